package io.piplan.dts.job;

import java.util.List;
import java.util.Map;

/**
 * What a binlog says of a row. A record of plain values, so that any JSON mapper can write it; what
 * is not known is null. Times are ISO 8601, in UTC.
 *
 * @param from where reading began
 * @param to where it ended
 * @param bytes how much was read
 * @param found how many changes of the row there were
 * @param changes the newest of them and of the table's own changes, the oldest first
 * @param problem why not all of it could be read; null if it could
 */
public record RowLog(
    String from, String to, long bytes, long found, List<Change> changes, String problem) {
  public RowLog {
    changes = List.copyOf(changes);
  }

  /**
   * A change of the row, or of its table.
   *
   * @param op INSERT, UPDATE or DELETE; TABLE where a statement changed the table
   * @param place its place in the binlog
   * @param gtid of its transaction
   * @param time when it was committed at the source; whole seconds on MariaDB
   * @param ofSync whether a sync wrote it there
   * @param statement the one that changed the table
   */
  public record Change(
      String op,
      String place,
      String gtid,
      String time,
      boolean ofSync,
      Map<String, String> before,
      Map<String, String> after,
      String statement) {}

  /** How far reading is. */
  public record Progress(long bytes, long ofBytes) {}
}
