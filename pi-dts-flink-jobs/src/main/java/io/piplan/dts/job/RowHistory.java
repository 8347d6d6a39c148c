package io.piplan.dts.job;

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
    Applied applied,
    Lock lock,
    List<Aside> aside,
    List<Conflict> conflicts,
    List<DeadLetter> deadLetters,
    Tombstone tombstone,
    List<String> refusedAgain,
    RowLog log) {

  /**
   * The target row's version.
   *
   * @param time the clock as a time, if it is one
   */
  public record Version(String column, int zone, long clock, String time, boolean locked) {}

  /**
   * How far the writer is that applies this row's changes.
   *
   * @param place all the row's changes up to here are applied, kept aside or put aside
   * @param sourceTime when the last change of that writer was committed at the source
   */
  public record Applied(int lane, int writer, String place, String sourceTime, String time) {}

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

  /** What is left of a deleted row. */
  public record Tombstone(String version, String deleted) {}
}
