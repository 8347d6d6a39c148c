package io.piplan.dts.sql;

import java.util.Arrays;
import java.util.List;

/** Those options of a SYNC that count only where Hive is written to. */
public enum HiveOption {
  LAYOUT(
      OptionSpec.choice(
          "hive.layout",
          "changelog",
          List.of("changelog", "merge", "paimon"),
          "What becomes of a table: a log of its changes with a view of the current state, or an"
              + " ACID table or a table of Paimon that takes the log in at intervals.")),
  PARTITION(
      OptionSpec.of(
          "hive.partition",
          OptionType.TEXT,
          "",
          "How tables are partitioned, `orders: placed_at, customers: (month(created_at), level)`;"
              + " a table `*` stands for all that have the column. A time column alone means by"
              + " day. `year(c)`, `month(c)`, `day(c)`, `hour(c)`, `c`, `bucket(8, c)`,"
              + " `range(1000, c)`.")),
  FORMAT(
      OptionSpec.choice(
          "hive.format", "orc", List.of("orc", "parquet"), "The format of the files.")),
  COMPRESSION(
      OptionSpec.choice(
          "hive.compression",
          "snappy",
          List.of("snappy", "zlib", "none"),
          "How they are compressed; `zlib` is smaller and slower (for Parquet it is gzip).")),
  COMPACT_INTERVAL(
      OptionSpec.of(
          "hive.compact.interval",
          OptionType.DURATION,
          "1 h",
          "How often the running sync rewrites the current state; 0 is never. Layout"
              + " `changelog`.")),
  MERGE_INTERVAL(
      OptionSpec.of(
          "hive.merge.interval",
          OptionType.DURATION,
          "5 min",
          "How often the running sync merges the log into the table. Layouts `merge` and"
              + " `paimon`.")),
  LOG_RETENTION(
      OptionSpec.of(
          "hive.log.retention",
          OptionType.DURATION,
          "1 d",
          "How long changes stay in the log after a compaction or a merge has taken them.")),
  FILES_RETENTION(
      OptionSpec.of(
          "hive.files.retention",
          OptionType.DURATION,
          "1 h",
          "How long files are kept that no table names any more, for queries that still read"
              + " them.")),
  SUCCESS_DELAY(
      OptionSpec.of(
          "hive.success.delay",
          OptionType.DURATION,
          "10 min",
          "How long after the end of its time a partition by time gets its `_SUCCESS`.")),
  SUCCESS_ZONE(
      OptionSpec.of(
          "hive.success.time-zone",
          OptionType.TEXT,
          "UTC",
          "The time zone that `DATE` and `DATETIME` columns are in, `Asia/Shanghai`: when a"
              + " partition by such a column is over. `TIMESTAMP` columns are in UTC.")),
  CASCADES(
      OptionSpec.choice(
          "hive.cascades",
          "follow",
          List.of("follow", "ignore"),
          "What becomes of child rows that a foreign key of the source deletes or empties, which"
              + " the binlog does not have: `follow` does the same, and refuses what it cannot"
              + " follow; `ignore` keeps the rows."));

  // A record of strings and unmodifiable lists is immutable, though nothing declares it.
  @SuppressWarnings("ImmutableEnumChecker")
  private final OptionSpec spec;

  HiveOption(OptionSpec spec) {
    this.spec = spec;
  }

  public OptionSpec spec() {
    return spec;
  }

  static List<OptionSpec> specs() {
    return Arrays.stream(values()).map(HiveOption::spec).toList();
  }
}
