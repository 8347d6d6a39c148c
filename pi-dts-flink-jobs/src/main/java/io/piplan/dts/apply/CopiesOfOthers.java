package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Row;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Copied rows that the source's site has written last and whose ZSID another zone owns. They may
 * have been its own once, so they are written where the target has no such row. A row that is there
 * is its owner's to change: one that differs is a conflict, as the change would be that made it so.
 */
final class CopiesOfOthers {
  /**
   * What became of copied rows.
   *
   * @param admitted those to be written, in their order
   * @param conflicts how many were recorded
   * @param left how many were left out beside them
   */
  record Outcome(List<ChangeEvent> admitted, long conflicts, long left) {}

  private final OwnerGate gate;
  private final Dialect dialect;
  private final ConflictRecorder recorder;

  CopiesOfOthers(OwnerGate gate, Dialect dialect, ConflictRecorder recorder) {
    this.gate = gate;
    this.dialect = dialect;
    this.recorder = recorder;
  }

  /**
   * @param existing whether some of the rows are known to be on the target
   */
  boolean judges(Connection on, String sync, GuardedTable table, boolean existing)
      throws SQLException {
    return judges(table)
        && (existing || recorder.anyOfOthers(on, sync, table.mapping().source().id()));
  }

  private boolean judges(GuardedTable table) {
    return table.hasKey() && gate.judgesCopies(table.mapping().source());
  }

  Outcome admit(Connection on, String sync, GuardedTable table, List<ChangeEvent> inserts)
      throws SQLException {
    if (!judges(table)) {
      return new Outcome(inserts, 0, 0);
    }
    Map<RowKey, String> refusals = new LinkedHashMap<>();
    Map<RowKey, TargetRows.Wanted> wanted = new LinkedHashMap<>();
    for (ChangeEvent insert : inserts) {
      gate.replacing(table.mapping().source(), insert.after())
          .ifPresent(
              refusal -> {
                RowKey key = TargetRows.exact(table.mapping(), insert.after());
                refusals.put(key, refusal);
                wanted.put(key, new TargetRows.Wanted(insert.after(), null, insert.after()));
              });
    }
    if (wanted.isEmpty()) {
      return new Outcome(inserts, 0, 0);
    }
    Map<RowKey, FoundRow> found = new TargetRows(dialect, table, true).lock(on, wanted);
    List<ChangeEvent> missing = new ArrayList<>();
    List<ChangeEvent> differ = new ArrayList<>();
    for (ChangeEvent insert : inserts) {
      FoundRow there = found.get(TargetRows.exact(table.mapping(), insert.after()));
      if (there != null && !there.isPresent()) {
        missing.add(insert);
      } else if (there != null && !there.isSameAsAfter() && !isOlder(table, insert, there)) {
        differ.add(insert);
      }
    }
    // An insert that was recorded as a conflict is none that the zone could make.
    Set<Row> written = rows(recorder.unknown(on, sync, table, missing));
    List<ChangeEvent> admitted =
        inserts.stream()
            .filter(
                insert ->
                    !found.containsKey(TargetRows.exact(table.mapping(), insert.after()))
                        || written.contains(insert.after()))
            .toList();
    int conflicts = record(on, sync, table, differ, refusals);
    return new Outcome(admitted, conflicts, (long) inserts.size() - admitted.size() - conflicts);
  }

  private static Set<Row> rows(List<ChangeEvent> inserts) {
    Set<Row> rows = Collections.newSetFromMap(new IdentityHashMap<>());
    inserts.forEach(insert -> rows.add(insert.after()));
    return rows;
  }

  /** What the owner has written since comes to the source too, and is there what it should be. */
  private static boolean isOlder(GuardedTable table, ChangeEvent insert, FoundRow there) {
    return table.hasVersion()
        && table.version().age(table.version().of(insert.after()), there.version()) == Age.OLDER;
  }

  /** Each once, whether the change that made the row so was recorded or the row was read before. */
  private int record(
      Connection on,
      String sync,
      GuardedTable table,
      List<ChangeEvent> differ,
      Map<RowKey, String> refusals)
      throws SQLException {
    List<ChangeEvent> unknown = recorder.unknown(on, sync, table, differ);
    for (ChangeEvent insert : unknown) {
      String refusal = refusals.get(TargetRows.exact(table.mapping(), insert.after()));
      recorder.record(
          on, sync, table, insert, ConflictKind.NOT_OWNER, refusal + "; read by the copy");
    }
    return unknown.size();
  }
}
