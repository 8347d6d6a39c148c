package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.ControlTables;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes down what was not applied: conflicts, locks, changes kept aside. */
final class ConflictRecorder {
  private final Dialect dialect;
  private final ConflictTable conflicts;
  private final AsideTable aside;
  private final HeldLocks locks;

  /** Tables found to have conflicts of rows of others; one that has none any more does no harm. */
  private final Set<List<String>> ofOthers = new HashSet<>();

  ConflictRecorder(ControlTables tables, Dialect dialect, HeldLocks locks) {
    this.dialect = dialect;
    this.conflicts = new ConflictTable(tables);
    this.aside = new AsideTable(tables);
    this.locks = locks;
  }

  /** Records a conflict, with the target's row as it is now; returns its id. */
  long record(
      Connection on,
      String sync,
      GuardedTable table,
      ChangeEvent change,
      ConflictKind kind,
      String reason)
      throws SQLException {
    Row target = null;
    if (table.hasKey()) {
      target = new TargetRows(dialect, table, true).lock(on, change.keyRow());
    }
    TableSchema source = table.mapping().source();
    return conflicts.add(
        on,
        new Conflict(
            0,
            sync,
            change.table(),
            table.mapping().targetTable(),
            RowJson.key(source, change.keyRow()),
            kind,
            change.op(),
            RowJson.write(source, change.before()),
            RowJson.write(source, change.after()),
            RowJson.write(source, target),
            reason == null ? reason(table, change, kind, target) : reason,
            change.lsn(),
            version(table, change),
            System.currentTimeMillis(),
            ConflictState.OPEN));
  }

  /** Whether a table has, or has had, open conflicts of rows that another zone owns. */
  boolean anyOfOthers(Connection on, String sync, TableId table) throws SQLException {
    List<String> name = List.of(sync, table.database(), table.table());
    // Without its index asking reads all conflicts, so not for every batch of a copy.
    boolean any = ofOthers.contains(name) || conflicts.anyOfOthers(on, sync, table);
    if (any) {
      ofOthers.add(name);
    }
    return any;
  }

  /** Those for which no open conflict of the row and its version says already whose it is. */
  List<ChangeEvent> unknown(
      Connection on, String sync, GuardedTable table, List<ChangeEvent> changes)
      throws SQLException {
    if (changes.isEmpty()) {
      return List.of();
    }
    TableSchema source = table.mapping().source();
    Set<List<String>> open =
        conflicts.openOfOthers(
            on,
            sync,
            source.id(),
            changes.stream().map(change -> RowJson.key(source, change.keyRow())).toList());
    return changes.stream()
        .filter(
            change ->
                !open.contains(
                    Arrays.asList(RowJson.key(source, change.keyRow()), version(table, change))))
        .toList();
  }

  private static String version(GuardedTable table, ChangeEvent change) {
    byte[] version = table.hasVersion() ? table.version().of(newest(change)) : null;
    return version == null ? null : new String(version, StandardCharsets.US_ASCII);
  }

  private static Row newest(ChangeEvent change) {
    return change.after() == null ? change.before() : change.after();
  }

  private static String reason(
      GuardedTable table, ChangeEvent change, ConflictKind kind, Row target) {
    return switch (kind) {
      case ROW_DIFFERS ->
          "the target's row is not what the source's row was before the change: it differs in "
              + differences(table, change.before(), target);
      case ROW_MISSING -> "the target has no row of this key, but the source had one";
      case ROW_EXISTS ->
          "the target has a row of this key already, which differs from the inserted one in "
              + differences(table, change.after(), target);
      case LOCKED ->
          "another sync has locked the target's row (its lock bit is set): its changes are kept"
              + " aside here too, and applied as soon as the row is unlocked there";
      case NOT_OWNER, REFUSED -> kind.name();
    };
  }

  private static String differences(GuardedTable table, Row wanted, Row target) {
    return target == null
        ? "being gone"
        : "column " + String.join(", ", table.match().differences(wanted, target));
  }

  /** Locks a change's row for a conflict, 0 for none; returns whether it was not locked. */
  boolean lock(Connection on, String sync, GuardedTable table, ChangeEvent change, long conflict)
      throws SQLException {
    TableSchema source = table.mapping().source();
    setLockBit(on, table, change.keyRow(), true);
    return locks.hold(
        on,
        new LockedRow(
            sync,
            change.table(),
            RowIdentity.lock(source, change.keyRow()),
            RowJson.key(source, change.keyRow()),
            table.mapping().targetTable(),
            change.lane(),
            conflict,
            LockedRow.State.HELD,
            Lsn.START,
            System.currentTimeMillis()));
  }

  /** Those of a sync's rows that another has locked itself, so that their lock bit is its too. */
  Set<LockedRow> lockedByOthers(
      Connection on, GuardedTable table, List<LockedRow> rows, LockTable lockTable)
      throws SQLException {
    if (!table.hasVersion() || !table.version().isRowVersion()) {
      return Set.of();
    }
    // A table that was renamed has locks of its earlier name too.
    Map<String, List<LockedRow>> byTarget =
        rows.stream().collect(Collectors.groupingBy(LockedRow::targetTable));
    Set<LockedRow> found = new HashSet<>();
    for (List<LockedRow> ofTarget : byTarget.values()) {
      List<LockedRow> theirs = conflicts.lockedByOthers(on, ofTarget, lockTable);
      Map<RowKey, TargetRows.Wanted> wanted = new HashMap<>();
      for (LockedRow lock : theirs) {
        Row key = RowJson.read(table.mapping().source(), lock.key());
        wanted.put(TargetRows.exact(table.mapping(), key), new TargetRows.Wanted(key, null, null));
      }
      // Two that unlock a row at once would each leave the bit to the other: who comes second here
      // waits for the first, and sees that it has gone.
      new TargetRows(dialect, table, false).lock(on, wanted);
      found.addAll(conflicts.lockedByOthers(on, theirs, lockTable));
    }
    return found;
  }

  /** Sets or clears the lock bit of a row, if the table has one and the row is there. */
  void setLockBit(Connection on, GuardedTable table, Row key, boolean locked) throws SQLException {
    if (!table.hasVersion() || !table.version().isRowVersion()) {
      return;
    }
    String column = dialect.quote(table.version().column().targetName());
    String bit = "(" + column + " & 1) = " + (locked ? 0 : 1);
    SqlBuffer sql =
        new SqlBuffer(256)
            .put("UPDATE ")
            .put(table.table().sql().name())
            .put(" SET ")
            .put(column + " = " + column + (locked ? " + 1" : " - 1"))
            .put(" WHERE ");
    table.table().sql().byKey(sql, key);
    sql.put(" AND ").put(bit).put(" AND ").put(column).put(" > 0");
    try (Statement statement = on.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.executeUpdate(new String(sql.toBytes(), StandardCharsets.UTF_8));
    }
  }

  void keepAside(Connection on, String sync, GuardedTable table, ChangeEvent change)
      throws SQLException {
    aside.add(on, sync, table.mapping().source(), change);
  }

  AsideTable aside() {
    return aside;
  }

  ConflictTable conflicts() {
    return conflicts;
  }
}
