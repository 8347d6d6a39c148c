package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Goes through a batch in order and decides of each change what becomes of it. Touches no database:
 * what the target has was read before, and is kept up to date here from change to change.
 *
 * <p>An update that moves a row to another key is a delete and an insert to the guard. Where both
 * go ahead it stays the one update that it was.
 */
final class BatchGuard {
  /** What the guard looks at in a table. */
  interface Looks {
    GuardedTable table(TableId table);

    /** Whether the target's rows of the table were read, so that all of the batch are known. */
    boolean reads(GuardedTable table);

    /** Whether before images count in the table by now. */
    boolean verifies(GuardedTable table);

    boolean isLocked(GuardedTable table, Row row);

    /** The row of a key, for tables that were read. */
    FoundRow found(GuardedTable table, Row row);
  }

  /**
   * A change that was not applied and locks its row.
   *
   * @param target the target's row, if it was read; null if it was not, or is missing
   */
  record Refusal(ChangeEvent change, ConflictKind kind, FoundRow found, Row target) {}

  /** What became of a batch. */
  static final class Outcome {
    final List<ChangeEvent> applied = new ArrayList<>();
    final List<Refusal> refused = new ArrayList<>();
    final List<ChangeEvent> aside = new ArrayList<>();

    /** Rows whose lock bit says that somebody else locked them. */
    final List<ChangeEvent> foundLocked = new ArrayList<>();

    /** The version that was deleted, by table and exact key. */
    final Map<GuardedTable, Map<String, String>> buried = new LinkedHashMap<>();

    long stale;
  }

  private final VersionRule.Origin origin;
  private final Looks looks;
  private final Outcome outcome = new Outcome();
  private final Map<TableId, Set<String>> locked = new HashMap<>();

  BatchGuard(VersionRule.Origin origin, Looks looks) {
    this.origin = origin;
    this.looks = looks;
  }

  Outcome decide(List<ChangeEvent> changes) {
    changes.forEach(this::decide);
    return outcome;
  }

  private void decide(ChangeEvent change) {
    GuardedTable table = looks.table(change.table());
    if (!table.hasKey()) {
      outcome.applied.add(change);
    } else if (change.op() == Op.UPDATE && moves(table, change)) {
      move(table, change);
    } else if (settle(table, change, verdict(table, change))) {
      outcome.applied.add(clean(table, change));
      applied(table, change);
    }
  }

  /** Whether an update leaves the row that it found. */
  private boolean moves(GuardedTable table, ChangeEvent change) {
    if (table.table().sql().sameKey(change.before(), change.after())) {
      return false;
    }
    return looks.reads(table)
        ? looks.found(table, change.before()) != looks.found(table, change.after())
        : !table
            .match()
            .keyOfSource(change.before())
            .equals(table.match().keyOfSource(change.after()));
  }

  private void move(GuardedTable table, ChangeEvent change) {
    ChangeEvent leaves = half(change, Op.DELETE, change.before(), null);
    ChangeEvent arrives = half(change, Op.INSERT, null, change.after());
    boolean left = settle(table, leaves, verdict(table, leaves));
    if (left) {
      applied(table, leaves);
    }
    boolean arrived = settle(table, arrives, verdict(table, arrives));
    if (arrived) {
      applied(table, arrives);
    }
    if (left && arrived) {
      outcome.applied.add(clean(table, change));
    } else if (left) {
      outcome.applied.add(leaves);
    } else if (arrived) {
      outcome.applied.add(clean(table, arrives));
    }
  }

  private static ChangeEvent half(ChangeEvent change, Op op, Row before, Row after) {
    return new ChangeEvent(
        change.table(),
        change.lane(),
        op,
        before,
        after,
        change.lsn(),
        change.previous(),
        change.sourceMillis());
  }

  private Verdict verdict(GuardedTable table, ChangeEvent change) {
    boolean held = looks.isLocked(table, change.keyRow()) || lockedHere(table, change);
    if (!looks.reads(table)) {
      return held ? Verdict.ASIDE : Verdict.APPLY;
    }
    FoundRow found = looks.found(table, change.keyRow());
    VersionColumn version = table.version();
    boolean bit = version != null && found.isPresent() && version.isLocked(found.version());
    if (bit && !held && origin != VersionRule.Origin.ASIDE) {
      outcome.foundLocked.add(change);
      lockHere(table, change);
    }
    boolean removes = change.op() == Op.DELETE;
    boolean raises = version != null && raises(version, change);
    return VersionRule.decide(
        origin,
        removes,
        raises,
        new VersionRule.Found(
            held || (bit && origin != VersionRule.Origin.ASIDE),
            found.isPresent(),
            age(version, change, found)));
  }

  private static boolean raises(VersionColumn version, ChangeEvent change) {
    return change.op() == Op.INSERT
        || (change.op() == Op.UPDATE
            && version.age(version.of(change.after()), version.of(change.before())) != Age.SAME);
  }

  private static Age age(VersionColumn version, ChangeEvent change, FoundRow found) {
    if (version == null) {
      return Age.UNKNOWN;
    }
    byte[] mine = version.of(change.after() == null ? change.before() : change.after());
    if (found.isPresent()) {
      return version.age(mine, found.version());
    }
    return found.tombstone() == null
        ? Age.UNKNOWN
        : version.age(mine, TombstoneTable.version(found.tombstone()));
  }

  /** Notes what becomes of a change; returns whether it is to be applied. */
  private boolean settle(GuardedTable table, ChangeEvent change, Verdict byVersion) {
    FoundRow found = looks.reads(table) ? looks.found(table, change.keyRow()) : null;
    ConflictKind conflict = null;
    if (byVersion == Verdict.APPLY && found != null && looks.verifies(table)) {
      found.compareAnew(change.before(), change.after(), table.match());
      conflict = ImageRule.check(change.before(), change.after(), found, table.version());
    }
    if (conflict != null) {
      outcome.refused.add(new Refusal(change, conflict, found, found.image()));
      lockHere(table, change);
      outcome.aside.add(change);
      return false;
    }
    if (byVersion == Verdict.ASIDE) {
      outcome.aside.add(change);
    } else if (byVersion.drops()) {
      outcome.stale++;
    }
    return byVersion == Verdict.APPLY;
  }

  private boolean lockedHere(GuardedTable table, ChangeEvent change) {
    Set<String> keys = locked.get(change.table());
    return keys != null
        && keys.contains(RowIdentity.lock(table.mapping().source(), change.keyRow()));
  }

  private void lockHere(GuardedTable table, ChangeEvent change) {
    locked
        .computeIfAbsent(change.table(), id -> new HashSet<>())
        .add(RowIdentity.lock(table.mapping().source(), change.keyRow()));
  }

  /** What is on the target after the change. */
  private void applied(GuardedTable table, ChangeEvent change) {
    if (!looks.reads(table)) {
      return;
    }
    FoundRow found = looks.found(table, change.keyRow());
    if (change.op() == Op.DELETE) {
      found.remove(bury(table, change.before(), found));
      return;
    }
    if (change.op() == Op.UPDATE && !table.table().sql().sameKey(change.before(), change.after())) {
      // The same row spelt anew: its old spelling is gone.
      bury(table, change.before(), found);
    }
    Map<String, String> graves = outcome.buried.get(table);
    if (graves != null) {
      graves.remove(RowIdentity.exact(table.mapping().source(), change.after()));
    }
    found.put(table.hasVersion() ? table.version().of(change.after()) : null);
  }

  /**
   * Remembers the version of a row that goes, unless a newer one was deleted there before or
   * versions say nothing; returns the newest that is known.
   */
  private String bury(GuardedTable table, Row row, FoundRow found) {
    VersionColumn version = table.version();
    byte[] deleted = version == null ? null : version.of(row);
    if (deleted == null || !version.orders(deleted)) {
      return found.tombstone();
    }
    if (found.tombstone() != null
        && version.age(deleted, TombstoneTable.version(found.tombstone())) == Age.OLDER) {
      return found.tombstone();
    }
    String tombstone = new String(deleted, StandardCharsets.US_ASCII);
    outcome
        .buried
        .computeIfAbsent(table, t -> new LinkedHashMap<>())
        .put(RowIdentity.exact(table.mapping().source(), row), tombstone);
    return tombstone;
  }

  /** A change without the lock bit of the place that it comes from. */
  static ChangeEvent clean(GuardedTable table, ChangeEvent change) {
    VersionColumn version = table.version();
    boolean locked =
        version != null && change.after() != null && version.isLocked(version.of(change.after()));
    return locked ? change.withAfter(version.unlocked(change.after())) : change;
  }
}
