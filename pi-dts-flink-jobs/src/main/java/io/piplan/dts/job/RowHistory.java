package io.piplan.dts.job;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What is known of a row. A record of plain values, so that any JSON mapper can write it; what is
 * not known is null, or a list without elements. Times are ISO 8601, in UTC.
 *
 * @param source the source's row, null if there is none
 * @param target the target's row, null if there is none
 * @param owner between sites: the ZSID and the zone that owns it, or null if nobody says
 * @param differences columns that are not the same, each {@code column: source, target}
 * @param lastChange the row's last change, if what was read of the source's binlog has one
 * @param targetLog in Hive: the row's newest changes in the table's log, the oldest first
 * @param log what the source's binlog says of it, if that was asked for
 */
public record RowHistory(
    String sync,
    String table,
    String targetTable,
    Map<String, String> key,
    Map<String, String> source,
    Map<String, String> target,
    String comparison,
    List<String> differences,
    String owner,
    Version version,
    LastChange lastChange,
    Writer writer,
    Lock lock,
    List<Aside> aside,
    List<Conflict> conflicts,
    List<DeadLetter> deadLetters,
    Tombstone tombstone,
    List<String> refusedAgain,
    List<LoggedAtTarget> targetLog,
    RowLog log) {
  /** ISO 8601; null if there is no time. */
  static String time(long millis) {
    return millis <= 0 ? null : Instant.ofEpochMilli(millis).toString();
  }

  /**
   * The target row's version.
   *
   * @param time the clock as a time, if it is one
   */
  public record Version(String column, int zone, long clock, String time, boolean locked) {}

  /**
   * The row's last change at the source.
   *
   * @param place where the source's binlog has it
   * @param sourceTime when it was committed there
   * @param outcome what became of it at the target, as far as that is recorded, or how far its
   *     writer is
   */
  public record LastChange(String op, String place, String sourceTime, String outcome) {}

  /**
   * How far the writer is that applies this row's changes, among many others'.
   *
   * @param number -1 where the one that is furthest behind stands for all
   * @param place all changes up to here that it is to apply are applied, kept aside or put aside
   * @param sourceTime when the last change of that writer was committed at the source
   */
  public record Writer(int lane, int number, String place, String sourceTime, String time) {}

  /**
   * @param conflict the conflict that locked it, 0 if somebody asked for the lock
   */
  public record Lock(String state, long conflict, String since) {}

  /** A change kept aside while the row is locked. */
  public record Aside(String op, String place, String sourceTime) {}

  /** A change that was not applied as it should have been. */
  public record Conflict(
      long id, String kind, String op, String reason, String place, String found, String state) {}

  /**
   * A change that the target refused.
   *
   * @param retried what became of it since, or null
   */
  public record DeadLetter(
      String op, String reason, String place, String refused, String retried) {}

  /**
   * A change in the log of a table of Hive.
   *
   * @param op as {@code pi_op} there
   * @param place as {@code pi_lsn} there: generation, number of the binlog file, position, event,
   *     row
   * @param sourceTime null for copied rows
   */
  public record LoggedAtTarget(String op, String place, String sourceTime) {}

  /** What is left of a deleted row. */
  public record Tombstone(String version, String deleted) {}
}
