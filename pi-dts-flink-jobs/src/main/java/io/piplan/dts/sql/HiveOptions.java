package io.piplan.dts.sql;

import io.piplan.dts.PartitionBy;
import java.io.Serializable;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a sync's options say of Hive; {@link HiveOption} says what each means.
 *
 * @param partitions by source table; {@code *} stands for every table that has the columns
 * @param compactInterval zero for never
 */
public record HiveOptions(
    Layout layout,
    Map<String, List<PartitionBy>> partitions,
    Format format,
    Compression compression,
    Duration compactInterval,
    Duration mergeInterval,
    Duration logRetention,
    Duration filesRetention,
    Duration successDelay,
    boolean followsCascades,
    ZoneId successZone)
    implements Serializable {
  /** The table in {@link #partitions} that stands for all. */
  public static final String EVERY_TABLE = "*";

  /** What becomes of a table. */
  public enum Layout {
    CHANGELOG,
    MERGE,
    PAIMON
  }

  /** The format of files. */
  public enum Format {
    ORC,
    PARQUET
  }

  /** How files are compressed. */
  public enum Compression {
    SNAPPY,
    ZLIB,
    NONE
  }

  private enum Cascades {
    FOLLOW,
    IGNORE
  }

  public HiveOptions {
    partitions = Collections.unmodifiableMap(new LinkedHashMap<>(partitions));
  }

  static HiveOptions parse(OptionReader reader) {
    return new HiveOptions(
        reader.choice(HiveOption.LAYOUT.spec(), Layout.class).orElse(Layout.CHANGELOG),
        HivePartitions.parse(reader),
        reader.choice(HiveOption.FORMAT.spec(), Format.class).orElse(Format.ORC),
        reader.choice(HiveOption.COMPRESSION.spec(), Compression.class).orElse(Compression.SNAPPY),
        reader.duration(HiveOption.COMPACT_INTERVAL.spec()).orElse(Duration.ofHours(1)),
        SyncOptions.positive(reader, HiveOption.MERGE_INTERVAL.spec(), Duration.ofMinutes(5)),
        reader.duration(HiveOption.LOG_RETENTION.spec()).orElse(Duration.ofDays(1)),
        reader.duration(HiveOption.FILES_RETENTION.spec()).orElse(Duration.ofHours(1)),
        reader.duration(HiveOption.SUCCESS_DELAY.spec()).orElse(Duration.ofMinutes(10)),
        reader.choice(HiveOption.CASCADES.spec(), Cascades.class).orElse(Cascades.FOLLOW)
            == Cascades.FOLLOW,
        reader.zone(HiveOption.SUCCESS_ZONE.spec()).orElse(ZoneOffset.UTC));
  }

  /** The layout as a definition spells it. */
  public String layoutName() {
    return OptionReader.hyphened(layout);
  }
}
