package io.piplan.dts.apply;

import io.piplan.dts.Row;
import java.util.List;
import java.util.Map;

/** Rows as one array literal a column, to be unnested. */
final class PostgresArrays {
  /**
   * Element types for target types: wide enough to hold any value, so that it is the target column
   * which refuses what does not fit it. (A cast to {@code bit} would cut instead.)
   */
  private static final Map<String, String> ELEMENTS =
      Map.ofEntries(
          Map.entry("boolean", "bool"),
          Map.entry("bool", "bool"),
          Map.entry("smallint", "int2"),
          Map.entry("int2", "int2"),
          Map.entry("integer", "int4"),
          Map.entry("int4", "int4"),
          Map.entry("bigint", "int8"),
          Map.entry("int8", "int8"),
          Map.entry("numeric", "numeric"),
          Map.entry("real", "float4"),
          Map.entry("float4", "float4"),
          Map.entry("double precision", "float8"),
          Map.entry("float8", "float8"),
          Map.entry("text", "text"),
          Map.entry("varchar", "text"),
          Map.entry("char", "text"),
          Map.entry("bpchar", "text"),
          Map.entry("json", "json"),
          Map.entry("jsonb", "jsonb"),
          Map.entry("bytea", "bytea"),
          Map.entry("date", "date"),
          Map.entry("time", "time"),
          Map.entry("timestamp", "timestamp"),
          Map.entry("timestamptz", "timestamptz"),
          Map.entry("interval", "interval"),
          Map.entry("bit", "varbit"),
          Map.entry("varbit", "varbit"),
          Map.entry("uuid", "uuid"),
          Map.entry("inet", "inet"));

  private PostgresArrays() {}

  static boolean canHold(MappedColumn[] columns) {
    for (MappedColumn column : columns) {
      if (!ELEMENTS.containsKey(column.targetType())) {
        return false;
      }
    }
    return true;
  }

  /** {@code SELECT * FROM unnest('{…}'::…[], …)}: the rows, in their order. */
  static void select(SqlBuffer out, MappedColumn[] columns, List<Row> rows) {
    out.put(" SELECT * FROM unnest(");
    for (int c = 0; c < columns.length; c++) {
      out.put(c == 0 ? "'{" : ",'{");
      for (int r = 0; r < rows.size(); r++) {
        if (r > 0) {
          out.put(',');
        }
        byte[] value = rows.get(r).value(columns[c].sourceIndex());
        if (value == null) {
          out.put("NULL");
        } else {
          element(out, PostgresText.of(columns[c], value));
        }
      }
      out.put("}'::").put(ELEMENTS.get(columns[c].targetType())).put("[]");
    }
    out.put(')');
  }

  /** Quoted as an element and, as that is inside a literal, with its quotes doubled. */
  static void element(SqlBuffer out, byte[] text) {
    out.room(2 * text.length + 2);
    byte[] to = out.array();
    int start = out.length();
    int at = start;
    to[at++] = '"';
    for (byte b : text) {
      if (b == '"' || b == '\\') {
        to[at++] = '\\';
      } else if (b == '\'') {
        to[at++] = '\'';
      }
      to[at++] = b;
    }
    to[at++] = '"';
    out.advance(at - start);
  }
}
