package io.piplan.dts.ddl;

import io.piplan.dts.DdlAction;
import io.piplan.dts.DdlKind;
import io.piplan.dts.DdlPolicy;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.GhostTables;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.meta.RowVersion;
import java.util.List;
import java.util.Optional;

/** Works out one statement. Used once. */
final class StatementWork implements AlterPlan.Decision {
  final LoggedStatement statement;
  final Outcome outcome;
  final Lsn at;
  private final SchemaFollower follower;
  private final TableRules rules;
  private final DdlPolicy policy;
  private final ServerFacts server;
  private final SchemaFollower.Surroundings surroundings;

  /** What is decided about. */
  TableId subject;

  StatementWork(SchemaFollower follower, LoggedStatement statement, Outcome outcome) {
    this.follower = follower;
    this.rules = follower.rules;
    this.policy = follower.policy;
    this.server = follower.server;
    this.surroundings = follower.surroundings;
    this.statement = statement;
    this.outcome = outcome;
    this.at = outcome.at();
  }

  @Override
  public DdlAction decide(DdlKind kind, String what) {
    if (statement.bySync()) {
      // Where it comes from it has been done already, and so it is on this sync's target.
      return DdlAction.EVOLVE;
    }
    DdlAction action = policy.of(kind);
    String described = kind.optionName() + " " + (what.isEmpty() ? subject : subject + "." + what);
    if (action == DdlAction.STOP) {
      throw new DtsException(
          DtsError.SOURCE_SCHEMA_CHANGED,
          "a synchronised table is changed at "
              + at
              + ": "
              + statement.shortened()
              + " ("
              + described
              + ")",
          "let the target follow with 'ddl."
              + kind.optionName()
              + "' = 'evolve', or leave it as it is with 'ignore', and start the sync again: it"
              + " goes on at this statement");
    }
    if (action == DdlAction.IGNORE) {
      outcome.ignored(described);
    }
    return action;
  }

  boolean isGhost(TableId table) {
    return !rules.names(table)
        && GhostTables.originOf(table.table(), name -> isTable(new TableId(table.database(), name)))
            .isPresent();
  }

  Optional<TableId> origin(TableId table) {
    return rules.names(table)
        ? Optional.empty()
        : GhostTables.originOf(table.table(), name -> isTable(new TableId(table.database(), name)))
            .map(name -> new TableId(table.database(), name));
  }

  /** Whether there is or was just now a table that a ghost can be of. */
  private boolean isTable(TableId table) {
    TableVersion now = outcome.now(table);
    TableVersion before = outcome.before(table);
    return (now != null && now.state() != TableVersion.State.GONE)
        || (before != null && before.exists());
  }

  void create(Ddl.CreateTable create) {
    TableId table = create.table();
    if (!rules.includesDatabase(table.database()) || exists(table, create.ifNotExists())) {
      return;
    }
    TableDefinition definition;
    try {
      definition = TableDraft.create(create, follower.collation(), server);
    } catch (DdlException e) {
      definition = null;
    }
    created(table, definition, create.orReplace());
  }

  private boolean exists(TableId table, boolean ifNotExists) {
    TableVersion now = outcome.now(table);
    return ifNotExists && now != null && now.exists();
  }

  void createLike(Ddl.CreateLike like) {
    TableId table = like.table();
    if (!rules.includesDatabase(table.database()) || exists(table, like.ifNotExists())) {
      return;
    }
    TableVersion model = outcome.now(like.like());
    TableDefinition definition =
        model == null || model.definition() == null
            ? null
            : model.definition().withoutForeignKeys().named(table);
    created(table, definition, like.orReplace());
  }

  /**
   * @param worked null if it can't be told from the statement
   */
  private void created(TableId table, TableDefinition worked, boolean orReplace) {
    subject = table;
    Optional<TableId> origin = origin(table);
    boolean synced = rules.includes(table) && origin.isEmpty();
    TableVersion old = outcome.now(table);
    if (orReplace && old != null && follower.isSynced(old)) {
      drop(table);
    }
    TableDefinition definition = worked;
    Lsn readAt = null;
    if (synced || definition == null) {
      Optional<LiveSource.One> live = surroundings.live(table);
      boolean there = live.isPresent() && live.get().definition().isPresent();
      if (definition == null && there) {
        definition = live.get().definition().get();
        readAt = live.get().at();
      } else if (definition == null && synced) {
        throw new DdlException("what columns it has can't be told from it, and the table is gone");
      } else if (definition != null) {
        definition = checked(table, definition, live);
      }
    }
    TableVersion version =
        follower.version(table, at, definition).withDefinition(definition, readAt);
    if (origin.isPresent()) {
      outcome.put(
          version.withState(TableVersion.State.ASIDE).withGhost(ghost(origin.get(), definition)));
      return;
    }
    if (!synced) {
      outcome.put(version);
      return;
    }
    if (decide(DdlKind.CREATE_TABLE, "") == DdlAction.IGNORE) {
      outcome.put(version.withState(TableVersion.State.ASIDE));
      return;
    }
    requireUsable(version);
    rules.leftAside(definition).ifPresent(outcome::remark);
    outcome.put(version);
    outcome.target(
        new TargetChange.Create(rules.target(table), rules.keyed(definition), Divergence.NONE));
  }

  /** A ghost that begins as its origin is is known from there on. */
  private Ghost ghost(TableId origin, TableDefinition definition) {
    TableVersion of = outcome.now(origin);
    boolean alike =
        definition != null
            && of != null
            && of.definition() != null
            && Structure.of(of.definition()).columns().equals(Structure.of(definition).columns());
    return new Ghost(origin, alike, List.of());
  }

  void requireUsable(TableVersion version) {
    rules
        .refusal(version.definition())
        .ifPresent(
            why -> {
              throw new DtsException(
                  DtsError.SOURCE_NO_KEY,
                  "after the statement at "
                      + at
                      + " ("
                      + statement.shortened()
                      + ") table "
                      + version.table()
                      + " can't be synced: "
                      + why,
                  "correct the table at the source and the definition (KEYS, WHERE,"
                      + " 'append-only.tables'), and start the sync again; or leave the table out"
                      + " with EXCLUDING TABLES");
            });
  }

  /** The server's own spelling of a definition that was worked out, if they agree. */
  TableDefinition checked(TableId table, TableDefinition worked, Optional<LiveSource.One> live) {
    if (live.isEmpty()) {
      return worked;
    }
    Structure here = Structure.of(worked);
    Optional<Structure> there = live.get().definition().map(Structure::of);
    if (there.isPresent() && there.get().equals(here)) {
      return live.get().definition().get();
    }
    String difference = there.map(here::difference).orElse("the table is gone");
    follower.doubts.put(
        table,
        new SchemaFollower.Doubt(
            live.get().at(),
            there.orElse(null),
            SchemaFollower.unsupported(
                statement, at, "the source's " + table + " is not what it makes: " + difference)));
    return worked;
  }

  void alter(Ddl.AlterTable alter) {
    TableId table = alter.table();
    subject = table;
    TableVersion version = outcome.now(table);
    RenamedColumns.of(table, alter.alterations()).follow(outcome);
    if (version == null || !version.exists()) {
      if (follower.includes(table)) {
        follower.lookUp(table, Lsn.boundary(at.file(), at.position()));
      }
      return;
    }
    boolean synced = follower.isSynced(version);
    List<Alteration> alterations = alter.alterations();
    if (version.definition() == null || version.mayHold(at)) {
      alreadyHeld(version, alterations, synced);
    } else if (synced) {
      alterSynced(version, alter);
    } else {
      alterOther(version, alterations);
    }
    for (Alteration alteration : alterations) {
      if (alteration instanceof Alteration.RenameTo to) {
        rename(List.of(new Ddl.Renaming(table, to.table())));
      }
    }
  }

  /** The definition was read later: what changed columns makes it wrong for rows before. */
  private void alreadyHeld(TableVersion version, List<Alteration> alterations, boolean synced) {
    boolean harmless =
        alterations.stream()
            .allMatch(
                alteration ->
                    alteration instanceof Alteration.Other
                        || alteration instanceof Alteration.Check
                        || alteration instanceof Alteration.TableComment
                        || alteration instanceof Alteration.DefaultText
                        || alteration instanceof Alteration.RenameIndex
                        || (alteration instanceof Alteration.AddIndex add
                            && add.index().kind() != IndexSpec.Kind.PRIMARY)
                        || (alteration instanceof Alteration.DropIndex drop
                            && !drop.index().equals("PRIMARY")));
    if (synced && !harmless) {
      throw new DtsException(
          DtsError.SOURCE_SCHEMA_CHANGED,
          "a synchronised table is changed at "
              + at
              + ": "
              + statement.shortened()
              + "; its columns are known only as they were at "
              + version.readAt()
              + ", so rows before can't be read for sure",
          SchemaFollower.COPY_AGAIN);
    }
  }

  private void alterSynced(TableVersion version, Ddl.AlterTable alter) {
    List<Alteration> alterations = alter.alterations();
    unloggedRows(alter);
    TableDefinition before = version.definition();
    TableDefinition worked = TableDraft.alter(before, alterations, server);
    boolean renamed = alterations.stream().anyMatch(a -> a instanceof Alteration.RenameTo);
    TableDefinition after =
        renamed ? worked : checked(version.table(), worked, surroundings.live(version.table()));
    AlterPlan plan = AlterPlan.of(before, after, alterations, version.divergence(), this);
    constraints(before, alterations);
    altered(version, after, plan);
  }

  /**
   * Constraints are the source's own, which has looked at the rows: writers of the target come in
   * another order.
   */
  void constraints(TableDefinition before, List<Alteration> alterations) {
    alterations.forEach(alteration -> constraint(before, alteration));
  }

  private void constraint(TableDefinition before, Alteration alteration) {
    if (alteration instanceof Alteration.AddForeignKey add) {
      outcome.notCarried("foreign key", add.name());
    } else if (alteration instanceof Alteration.DropForeignKey drop) {
      outcome.notCarried("foreign key", drop.name());
    } else if (alteration instanceof Alteration.Check check) {
      outcome.notCarried("check", check.name());
    } else if (alteration instanceof Alteration.DropConstraint drop
        && before.indexes().stream().noneMatch(i -> i.name().equalsIgnoreCase(drop.name()))) {
      outcome.notCarried("constraint", drop.name());
    }
  }

  private void unloggedRows(Ddl.AlterTable alter) {
    for (Alteration alteration : alter.alterations()) {
      if (alteration instanceof Alteration.UnloggedRows rows
          && decide(DdlKind.TRUNCATE_TABLE, "") == DdlAction.EVOLVE) {
        throw new DdlException(rows.what() + " moves or drops rows that the target can't tell");
      }
    }
    boolean mayDropRows =
        alter.ignore()
            && alter.alterations().stream().anyMatch(a -> a instanceof Alteration.AddIndex);
    if (mayDropRows) {
      throw new DdlException("ALTER IGNORE drops rows, which the target can't tell");
    }
  }

  void altered(TableVersion version, TableDefinition after, AlterPlan plan) {
    TableVersion changed =
        version
            .from(at)
            .withDefinition(after, null)
            .withTarget(version.target(), plan.divergence());
    requireUsable(changed);
    requireTaken(version, after);
    if (rules.leftAside(version.definition()).isPresent() && rules.leftAside(after).isEmpty()) {
      outcome.remark(
          "changes of "
              + version.table()
              + " are taken from here on; rows from before need bin/pi sync resync");
    }
    if (plan.actions().isEmpty() && sameForRows(version, changed)) {
      // An index or an option, and the target does not follow: nobody has to wait for that.
      outcome.put(changed.sameBut(version));
      return;
    }
    outcome.put(changed);
    if (!plan.actions().isEmpty()) {
      outcome.target(
          new TargetChange.Alter(
              new TableId(rules.target(version.table()).database(), version.target()),
              rules.keyed(version.definition()),
              rules.keyed(after),
              plan.actions()));
    }
  }

  /** Whose changes were taken must not fall silent. */
  private void requireTaken(TableVersion version, TableDefinition after) {
    if (rules.leftAside(version.definition()).isPresent() || rules.leftAside(after).isEmpty()) {
      return;
    }
    throw new DtsException(
        DtsError.SOURCE_SCHEMA_CHANGED,
        "the statement at "
            + at
            + " ("
            + statement.shortened()
            + ") takes column "
            + RowVersion.COLUMN
            + " from table "
            + version.table()
            + ", by which 'loop.prevention' = 'version' tells whose changes are",
        "leave the table out with EXCLUDING TABLES and start the sync again; or add the column"
            + " (bin/pi sites triggers) and "
            + SchemaFollower.COPY_AGAIN);
  }

  private boolean sameForRows(TableVersion before, TableVersion after) {
    return rules
            .keyed(before.definition())
            .schema()
            .equals(rules.keyed(after.definition()).schema())
        && before.divergence().equals(after.divergence());
  }

  private void alterOther(TableVersion version, List<Alteration> alterations) {
    TableDefinition after;
    try {
      after = TableDraft.alter(version.definition(), alterations, server);
    } catch (DdlException e) {
      after = null;
    }
    TableVersion changed = version.from(at).withDefinition(after, null);
    if (version.ghost() != null) {
      changed =
          changed.withGhost(
              version
                  .ghost()
                  .with(
                      new Ghost.Step(statement.sql(), statement.database(), statement.sqlMode())));
    }
    outcome.put(changed);
  }

  void drop(TableId table) {
    subject = table;
    TableVersion version = outcome.now(table);
    if (version == null || !version.exists()) {
      return;
    }
    if (follower.isSynced(version)) {
      if (hasGhost(table)) {
        // pt-online-schema-change's way without a swap: the ghost is renamed next.
        outcome.put(version.from(at).withState(TableVersion.State.PARKED));
        return;
      }
      if (decide(DdlKind.DROP_TABLE, "") == DdlAction.EVOLVE) {
        outcome.target(
            new TargetChange.Drop(new TableId(rules.target(table).database(), version.target())));
      }
    }
    outcome.put(version.from(at).withState(TableVersion.State.GONE));
  }

  private boolean hasGhost(TableId table) {
    return outcome.all().values().stream()
        .anyMatch(
            other ->
                other.exists()
                    && other.ghost() != null
                    && other.ghost().of().equals(table)
                    && !other.ghost().statements().isEmpty());
  }

  void truncate(TableId table) {
    subject = table;
    TableVersion version = outcome.now(table);
    if (version == null || !follower.isSynced(version)) {
      return;
    }
    if (decide(DdlKind.TRUNCATE_TABLE, "") == DdlAction.EVOLVE) {
      outcome.put(version.from(at).withDefinition(version.definition(), version.readAt()));
      outcome.target(
          new TargetChange.Truncate(new TableId(rules.target(table).database(), version.target())));
    }
  }

  void rename(List<Ddl.Renaming> renamings) {
    new RenameWork(follower, this, renamings).run();
  }
}
