package io.piplan.dts.schema;

import io.piplan.dts.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads a table's columns and unique indexes out of PostgreSQL's catalogs. */
final class PostgresTableReader {
  private static final String COLUMNS =
      "SELECT column_name, udt_name, character_maximum_length, numeric_precision, numeric_scale,"
          + " datetime_precision, is_nullable, column_default, is_generated, identity_generation"
          + " FROM information_schema.columns WHERE table_schema = ? AND table_name = ?"
          + " ORDER BY ordinal_position";
  private static final String INDEXES =
      "SELECT i.indexrelid, i.indpred IS NOT NULL OR i.indexprs IS NOT NULL, a.attname"
          + " FROM pg_index i"
          + " JOIN pg_class t ON t.oid = i.indrelid"
          + " JOIN pg_namespace n ON n.oid = t.relnamespace"
          + " CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)"
          + " LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number"
          + " WHERE i.indisunique AND n.nspname = ? AND t.relname = ? AND k.place <= i.indnkeyatts"
          + " ORDER BY NOT i.indisprimary, i.indexrelid, k.place";

  private final Connection connection;

  PostgresTableReader(Connection connection) {
    this.connection = connection;
  }

  Optional<TargetTable> find(TableId id) throws SQLException {
    List<TargetColumn> columns = new ArrayList<>();
    try (PreparedStatement statement = prepare(COLUMNS, id);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        columns.add(column(rows));
      }
    }
    if (columns.isEmpty()) {
      return Optional.empty();
    }
    Map<Long, List<String>> whole = new LinkedHashMap<>();
    Map<Long, Boolean> partial = new LinkedHashMap<>();
    try (PreparedStatement statement = prepare(INDEXES, id);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        if (rows.getBoolean(2)) {
          partial.put(rows.getLong(1), true);
        } else {
          whole.computeIfAbsent(rows.getLong(1), k -> new ArrayList<>()).add(rows.getString(3));
        }
      }
    }
    return Optional.of(new TargetTable(id, columns, List.copyOf(whole.values()), partial.size()));
  }

  private PreparedStatement prepare(String sql, TableId id) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setString(1, id.database());
    statement.setString(2, id.table());
    return statement;
  }

  private static TargetColumn column(ResultSet row) throws SQLException {
    String type = typeName(row.getString("udt_name"));
    boolean isTime = type.startsWith("timestamp") || type.equals("interval");
    long length =
        type.equals("numeric")
            ? row.getLong("numeric_precision")
            : row.getLong("character_maximum_length");
    boolean always = "ALWAYS".equals(row.getString("identity_generation"));
    return new TargetColumn(
        row.getString("column_name"),
        type,
        length,
        isTime ? row.getInt("datetime_precision") : row.getInt("numeric_scale"),
        null,
        "YES".equals(row.getString("is_nullable")),
        row.getString("column_default") != null || row.getString("identity_generation") != null,
        always || "ALWAYS".equals(row.getString("is_generated")));
  }

  /** SQL's names for those that PostgreSQL calls otherwise inside. */
  static String typeName(String internal) {
    return switch (internal) {
      case "int2" -> "smallint";
      case "int4" -> "integer";
      case "int8" -> "bigint";
      case "float4" -> "real";
      case "float8" -> "double precision";
      case "bool" -> "boolean";
      case "bpchar" -> "char";
      default -> internal;
    };
  }
}
