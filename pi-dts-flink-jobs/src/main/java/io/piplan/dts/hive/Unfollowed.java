package io.piplan.dts.hive;

import io.piplan.dts.TableSchema;
import io.piplan.dts.sql.HiveOptions;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Why what foreign keys of a table do can't be followed in Hive.
 *
 * @param keys the columns of one of them
 * @param otherwise what to do about it, beside leaving the rows; empty or ends so that that may
 *     come behind it
 */
record Unfollowed(List<String> keys, String why, String otherwise) {
  /** Leaves the rows that foreign keys delete or empty. */
  static final String CASCADES = "'hive.cascades' = 'ignore' if such rows may stay";

  String remedy() {
    return otherwise + CASCADES;
  }

  /**
   * Empty if it can be followed, or is not to be.
   *
   * @param leftOut whether Hive is to do without a column
   * @param table as it is in Hive, or is to be
   */
  static Optional<Unfollowed> of(
      TableSchema source, Predicate<String> leftOut, SyncedTable table, HiveOptions options) {
    if (!options.followsCascades()) {
      return Optional.empty();
    }
    List<ChildKey> keys =
        ChildKey.of(source).stream().filter(key -> !emptiesOnly(key, leftOut)).toList();
    if (table.layout() == Layout.PAIMON && !keys.isEmpty()) {
      return Optional.of(
          new Unfollowed(
              keys.get(0).columns(),
              "rows of "
                  + source.id()
                  + " are deleted or emptied by a foreign key, which 'hive.layout' = 'paimon' does"
                  + " not follow",
              "'hive.layout' = 'changelog', or "));
    }
    return blind(source, keys, leftOut).or(() -> emptiesPartition(source, keys, table));
  }

  /** Whether all that a key does is to empty columns that Hive is without. */
  private static boolean emptiesOnly(ChildKey key, Predicate<String> leftOut) {
    return !key.deletes() && key.columns().stream().allMatch(leftOut);
  }

  private static Optional<Unfollowed> blind(
      TableSchema source, List<ChildKey> keys, Predicate<String> leftOut) {
    return keys.stream()
        .filter(key -> key.columns().stream().anyMatch(leftOut))
        .findFirst()
        .map(
            key ->
                new Unfollowed(
                    key.columns(),
                    "foreign key "
                        + key.name()
                        + " of "
                        + source.id()
                        + " is on a column that Hive is without, so that it is not known there"
                        + " which rows end with their parents",
                    ""));
  }

  private static Optional<Unfollowed> emptiesPartition(
      TableSchema source, List<ChildKey> keys, SyncedTable table) {
    return keys.stream()
        .filter(key -> !key.deletes())
        .map(ChildKey::columns)
        .filter(
            columns ->
                table.partitions().stream()
                    .anyMatch(by -> columns.stream().anyMatch(by.column()::equalsIgnoreCase)))
        .findFirst()
        .map(
            columns ->
                new Unfollowed(
                    columns,
                    source.id() + " is partitioned by a column that ON DELETE SET NULL may empty",
                    "partition it by another column, or "));
  }
}
