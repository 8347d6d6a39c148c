package io.piplan.dts.flink;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.DataType;

/** What can be read of a row beside its columns. The last four are Flink CDC's. */
// Data types are immutable and the readers have no state, though nothing declares it.
@SuppressWarnings("ImmutableEnumChecker")
public enum RowMetadata {
  PI_LSN("pi_lsn", DataTypes.STRING(), row -> string(LsnText.encode(row.lsn()))),
  PI_OP("pi_op", DataTypes.STRING(), row -> string(row.op())),
  PI_SOURCE_TIME(
      "pi_source_time",
      DataTypes.TIMESTAMP_LTZ(3),
      row -> TimestampData.fromEpochMillis(row.sourceMillis())),
  DATABASE_NAME("database_name", DataTypes.STRING(), row -> string(row.table().database())),
  TABLE_NAME("table_name", DataTypes.STRING(), row -> string(row.table().table())),
  OP_TS(
      "op_ts",
      DataTypes.TIMESTAMP_LTZ(3),
      row -> TimestampData.fromEpochMillis(row.sourceMillis())),
  ROW_KIND("row_kind", DataTypes.STRING(), row -> string(row.kind()));

  /**
   * Where a row comes from.
   *
   * @param lsn its position; for a copied row the boundary its snapshot was taken at
   * @param op {@code c}, {@code u}, {@code d}, or {@code r} for a copied row
   * @param kind {@code +I}, {@code -U}, {@code +U} or {@code -D}
   * @param sourceMillis when it was committed; 0 for a copied row
   */
  record Origin(TableId table, Lsn lsn, String op, String kind, long sourceMillis) {}

  private final String key;
  private final transient DataType type;
  private final transient Function<Origin, Object> reader;

  RowMetadata(String key, DataType type, Function<Origin, Object> reader) {
    this.key = key;
    this.type = type.notNull();
    this.reader = reader;
  }

  /** The name after {@code METADATA FROM}. */
  public String key() {
    return key;
  }

  public DataType type() {
    return type;
  }

  Object read(Origin origin) {
    return reader.apply(origin);
  }

  static RowMetadata of(String key) {
    return Arrays.stream(values()).filter(value -> value.key.equals(key)).findFirst().orElseThrow();
  }

  static Map<String, DataType> all() {
    Map<String, DataType> all = new LinkedHashMap<>();
    for (RowMetadata metadata : values()) {
      all.put(metadata.key, metadata.type);
    }
    return all;
  }

  private static StringData string(String text) {
    return StringData.fromString(text);
  }
}
