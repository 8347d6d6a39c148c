package io.piplan.dts.ddl;

import io.piplan.dts.DdlAction;
import io.piplan.dts.DdlKind;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Works out renamed tables, the last step of gh-ost and pt-online-schema-change among them. Used
 * once.
 */
final class RenameWork {
  private final SchemaFollower follower;
  private final TableRules rules;
  private final ServerFacts server;
  private final SchemaFollower.Surroundings surroundings;
  private final StatementWork work;
  private final Outcome outcome;
  private final List<Ddl.Renaming> renamings;

  /** Versions of before by the names they have come to; empty for tables of other databases. */
  private final Map<TableId, Optional<TableVersion>> moved = new TreeMap<>();

  private final List<TargetChange.Move> moves = new ArrayList<>();

  RenameWork(SchemaFollower follower, StatementWork work, List<Ddl.Renaming> renamings) {
    this.follower = follower;
    this.rules = follower.rules;
    this.server = follower.server;
    this.surroundings = follower.surroundings;
    this.work = work;
    this.outcome = work.outcome;
    this.renamings = renamings;
  }

  void run() {
    for (Ddl.Renaming renaming : renamings) {
      Optional<TableVersion> version =
          moved.containsKey(renaming.from())
              ? moved.remove(renaming.from())
              : Optional.ofNullable(outcome.now(renaming.from())).filter(TableVersion::exists);
      // All tables of the database are known: what is not known there is a view.
      if (version.isPresent() || !rules.includesDatabase(renaming.from().database())) {
        moved.put(renaming.to(), version);
      }
    }
    // First what leaves, so that what comes finds its place.
    moved.forEach((to, version) -> version.ifPresent(v -> leave(to, v)));
    moved.forEach(
        (to, version) -> {
          if (version.isPresent()) {
            settle(to, version.get());
          } else if (rules.includes(to) && !work.isGhost(to)) {
            enter(to, null);
          }
        });
    if (!moves.isEmpty()) {
      outcome.target(new TargetChange.Rename(orderedMoves()));
    }
    followForeignKeys();
  }

  private void leave(TableId to, TableVersion version) {
    TableId from = version.table();
    boolean parks = follower.isSynced(version) && isGhostOf(to, from);
    TableVersion.State state = parks ? TableVersion.State.PARKED : TableVersion.State.GONE;
    outcome.put(version.from(work.at).withState(state));
  }

  private boolean isGhostOf(TableId to, TableId from) {
    return work.origin(to).equals(Optional.of(from));
  }

  private void settle(TableId to, TableVersion version) {
    work.subject = version.table();
    boolean wasSynced = follower.isSynced(version);
    TableVersion there = version.from(work.at).moved(to);
    boolean cutsOver =
        version.ghost() != null
            && version.ghost().of().equals(to)
            && outcome.now(to) != null
            && outcome.now(to).state() == TableVersion.State.PARKED;
    if (cutsOver) {
      cutOver(to, version);
    } else if (wasSynced && isGhostOf(to, version.table())) {
      outcome.put(there.withState(TableVersion.State.ASIDE).withGhost(Ghost.like(version.table())));
    } else if (wasSynced && rules.includes(to)) {
      renamed(to, version, there);
    } else if (wasSynced) {
      left(to, version, there);
    } else if (rules.includes(to) && !work.isGhost(to)) {
      enter(to, there);
    } else {
      outcome.put(
          there.withGhost(work.origin(to).map(o -> new Ghost(o, false, List.of())).orElse(null)));
    }
  }

  private void renamed(TableId to, TableVersion version, TableVersion there) {
    if (work.decide(DdlKind.RENAME_TABLE, "") == DdlAction.IGNORE) {
      outcome.put(there);
      return;
    }
    TableId target = rules.target(to);
    outcome.put(there.withTarget(target.table(), version.divergence()));
    move(version, target);
  }

  private void move(TableVersion version, TableId target) {
    TableId from = new TableId(target.database(), version.target());
    if (!from.equals(target)) {
      moves.add(new TargetChange.Move(from, target, rules.keyed(version.definition())));
    }
  }

  /** It gets a name that the sync does not take. */
  private void left(TableId to, TableVersion version, TableVersion there) {
    if (work.decide(DdlKind.RENAME_TABLE, "") == DdlAction.EVOLVE) {
      if (!rules.includesDatabase(to.database())) {
        throw new DdlException("the table goes to another database");
      }
      move(version, rules.target(to));
    }
    if (rules.includesDatabase(to.database())) {
      outcome.put(there);
    }
  }

  /**
   * A table comes in that was not synced.
   *
   * @param there null if nothing is known of it
   */
  private void enter(TableId to, TableVersion there) {
    work.subject = to;
    if (work.decide(DdlKind.RENAME_TABLE, "") == DdlAction.IGNORE) {
      if (there != null) {
        outcome.put(there.withState(TableVersion.State.ASIDE));
      }
      return;
    }
    if (!follower.copies && !work.statement.bySync()) {
      throw new DdlException(
          "it brings in table " + to + " with rows that are not known, and this sync copies none");
    }
    TableDefinition definition = there == null ? null : there.definition();
    Lsn readAt = null;
    Optional<LiveSource.One> live = surroundings.live(to);
    if (definition != null) {
      definition = work.checked(to, definition, live);
    } else if (live.isPresent() && live.get().definition().isPresent()) {
      definition = live.get().definition().get();
      readAt = live.get().at();
    } else {
      throw new DdlException("what columns " + to + " has is not known");
    }
    TableVersion version =
        follower
            .version(to, work.at, definition)
            .withDefinition(definition, readAt)
            .reborn(work.at);
    work.requireUsable(version);
    rules.leftAside(definition).ifPresent(outcome::remark);
    outcome.put(version);
    outcome.target(
        new TargetChange.Create(rules.target(to), rules.keyed(definition), Divergence.NONE));
  }

  /** A ghost takes the place of its origin: what was done to it is done to the origin. */
  private void cutOver(TableId to, TableVersion ghost) {
    work.subject = to;
    TableVersion parked = outcome.now(to);
    TableDefinition before = parked.definition();
    TableDefinition after = ghost.definition();
    if (after == null) {
      throw new DdlException("what " + ghost.table() + " is like is not known");
    }
    after = work.checked(to, after.named(to), surroundings.live(to));
    TableVersion there = parked.withState(TableVersion.State.THERE);
    if (!ghost.ghost().known()) {
      AlterPlan plan = AlterPlan.between(before, after, parked.divergence(), work);
      foreignKeys(before, after);
      work.altered(there, after, plan);
      return;
    }
    TableVersion step = there;
    List<Ghost.Step> statements = ghost.ghost().statements();
    for (int i = 0; i < statements.size(); i++) {
      List<Alteration> alterations = alterations(statements.get(i));
      boolean last = i == statements.size() - 1;
      TableDefinition next =
          last ? after : TableDraft.alter(step.definition(), alterations, server);
      AlterPlan plan = AlterPlan.of(step.definition(), next, alterations, step.divergence(), work);
      work.constraints(step.definition(), alterations);
      work.altered(step, next, plan);
      step = outcome.now(to);
    }
    if (statements.isEmpty()) {
      outcome.put(there.from(work.at));
    }
  }

  /** Those that only one of two definitions has, whatever they are called. */
  private void foreignKeys(TableDefinition before, TableDefinition after) {
    List<ForeignKey> had = before.schema().foreignKeys();
    List<ForeignKey> has = after.schema().foreignKeys();
    for (ForeignKey key : has) {
      if (had.stream().noneMatch(old -> isLike(old, key))) {
        outcome.notCarried("foreign key", key.name());
      }
    }
    for (ForeignKey key : had) {
      if (has.stream().noneMatch(other -> isLike(other, key))) {
        outcome.notCarried("foreign key", key.name());
      }
    }
  }

  private static boolean isLike(ForeignKey one, ForeignKey other) {
    return one.columns().equals(other.columns())
        && one.parent().equals(other.parent())
        && one.parentColumns().equals(other.parentColumns())
        && one.onDelete() == other.onDelete()
        && one.onUpdate() == other.onUpdate();
  }

  private List<Alteration> alterations(Ghost.Step step) {
    Ddl ddl =
        DdlParser.parse(step.sql(), step.database(), server, SqlMode.of(step.sqlMode()))
            .orElseThrow();
    return ((Ddl.AlterTable) ddl).alterations();
  }

  /** In the statement's order, by way of the names that it uses in between. */
  private List<TargetChange.Move> orderedMoves() {
    Map<TableId, TargetChange.Move> byName = new HashMap<>();
    List<TargetChange.Move> ordered = new ArrayList<>();
    Map<TableId, TableId> places = new HashMap<>();
    moves.forEach(move -> byName.put(move.from(), move));
    for (Ddl.Renaming renaming : renamings) {
      TableVersion origin = outcome.before(renaming.from());
      TableId from = places.remove(renaming.from());
      if (from == null && origin != null) {
        from = new TableId(rules.target(renaming.from()).database(), origin.target());
        if (!byName.containsKey(from)) {
          continue;
        }
      }
      if (from != null) {
        TableId to = rules.target(renaming.to());
        TableDefinition definition = definition(byName, ordered, from);
        ordered.add(new TargetChange.Move(from, to, definition));
        places.put(renaming.to(), to);
      }
    }
    return ordered;
  }

  private TableDefinition definition(
      Map<TableId, TargetChange.Move> byName, List<TargetChange.Move> ordered, TableId from) {
    for (int i = ordered.size() - 1; i >= 0; i--) {
      if (ordered.get(i).to().equals(from)) {
        return ordered.get(i).definition();
      }
    }
    return byName.get(from).definition();
  }

  /** Foreign keys of other tables go with the tables that they refer to. */
  private void followForeignKeys() {
    Map<TableId, TableId> renamed = new HashMap<>();
    moved.forEach((to, version) -> version.ifPresent(v -> renamed.put(v.table(), to)));
    for (TableVersion version : outcome.all().values()) {
      if (version.exists() && version.definition() != null) {
        outcome.putFollowed(version, version.definition().withParents(renamed));
      }
    }
  }
}
