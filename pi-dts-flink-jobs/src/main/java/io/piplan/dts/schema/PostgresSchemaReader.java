package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads PostgreSQL's tables in our vocabulary: each column has the {@link ColumnType} whose
 * canonical form it takes, and PostgreSQL's own type name as {@link Column#columnType()}. Used by
 * one thread; does not own the connection.
 */
public final class PostgresSchemaReader {
  private static final String COLUMNS =
      "SELECT a.attname, t.typname, t.typtype, a.attndims, a.atttypmod, NOT a.attnotnull,"
          + " a.attgenerated <> '' OR a.attidentity = 'a', col_description(c.oid, a.attnum)"
          + " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
          + " JOIN pg_namespace n ON n.oid = c.relnamespace"
          + " JOIN pg_type t ON t.oid = a.atttypid"
          + " WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p')"
          + " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";
  private static final String KEYS =
      "SELECT CASE WHEN i.indisprimary THEN 'PRIMARY' ELSE x.relname END, a.attname"
          + " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
          + " JOIN pg_namespace n ON n.oid = c.relnamespace"
          + " JOIN pg_class x ON x.oid = i.indexrelid"
          + " CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)"
          + " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number"
          + " WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL"
          + " AND n.nspname = ? AND c.relname = ? AND k.place <= i.indnkeyatts"
          + " ORDER BY NOT i.indisprimary, x.relname, k.place";

  private final Connection connection;

  public PostgresSchemaReader(Connection connection) {
    this.connection = connection;
  }

  /** The schemas that are not the server's own. */
  public List<String> schemas() {
    return names(
        "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'"
            + " AND nspname <> 'information_schema' ORDER BY 1");
  }

  public List<String> tables(String schema) {
    return names(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1",
        schema);
  }

  public Optional<TableSchema> find(TableId id) {
    try {
      List<Column> columns = new ArrayList<>();
      each(COLUMNS, row -> columns.add(column(row)), id.database(), id.table());
      if (columns.isEmpty()) {
        return Optional.empty();
      }
      Map<String, List<String>> keys = new LinkedHashMap<>();
      each(
          KEYS,
          row ->
              keys.computeIfAbsent(row.getString(1), k -> new ArrayList<>()).add(row.getString(2)),
          id.database(),
          id.table());
      List<UniqueKey> unique = new ArrayList<>();
      keys.forEach((name, names) -> unique.add(new UniqueKey(name, names)));
      List<String> comment = new ArrayList<>();
      each(
          "SELECT obj_description(c.oid, 'pg_class') FROM pg_class c"
              + " JOIN pg_namespace n ON n.oid = c.relnamespace"
              + " WHERE n.nspname = ? AND c.relname = ?",
          row -> comment.add(row.getString(1) == null ? "" : row.getString(1)),
          id.database(),
          id.table());
      return Optional.of(
          new TableSchema(id, columns, key(unique, columns), unique, List.of(), comment.get(0)));
    } catch (SQLException e) {
      throw failed("table " + id, e);
    }
  }

  private static List<String> key(List<UniqueKey> unique, List<Column> columns) {
    for (UniqueKey candidate : unique) {
      boolean nullable =
          columns.stream()
              .anyMatch(column -> column.nullable() && candidate.columns().contains(column.name()));
      if (!nullable) {
        return candidate.columns();
      }
    }
    return List.of();
  }

  private static Column column(ResultSet row) throws SQLException {
    String type = row.getInt(4) > 0 ? "array" : PostgresTableReader.typeName(row.getString(2));
    int modifier = row.getInt(5);
    ColumnType columnType = columnType(type);
    boolean time =
        columnType == ColumnType.DATETIME
            || columnType == ColumnType.TIMESTAMP
            || columnType == ColumnType.TIME;
    boolean decimal = columnType == ColumnType.DECIMAL && modifier >= 0;
    // numeric packs precision and an 11-bit scale, text has 4 added, bits and times are plain.
    long length =
        switch (columnType) {
          case DECIMAL -> decimal ? ((modifier - 4) >> 16) & 0xFFFF : 0;
          case CHAR, VARCHAR -> modifier < 0 ? 0 : modifier - 4;
          case BIT -> Math.max(0, modifier);
          default -> 0;
        };
    int scale = decimal ? (((modifier - 4) & 0x7FF) ^ 1024) - 1024 : time ? digits(modifier) : 0;
    return new Column(
        row.getString(1),
        columnType,
        type,
        false,
        length,
        scale,
        null,
        null,
        row.getBoolean(6),
        null,
        false,
        row.getBoolean(7),
        false,
        List.of(),
        row.getString(8));
  }

  /** An interval's modifier has its digits in the lower half, all ones if none were given. */
  private static int digits(int modifier) {
    int digits = modifier & 0xFFFF;
    return modifier < 0 || digits > 6 ? 6 : digits;
  }

  private static ColumnType columnType(String type) {
    return switch (type) {
      case "boolean" -> ColumnType.TINYINT;
      case "smallint" -> ColumnType.SMALLINT;
      case "integer" -> ColumnType.INT;
      case "bigint" -> ColumnType.BIGINT;
      case "numeric" -> ColumnType.DECIMAL;
      case "real" -> ColumnType.FLOAT;
      case "double precision" -> ColumnType.DOUBLE;
      case "bit", "varbit" -> ColumnType.BIT;
      case "date" -> ColumnType.DATE;
      case "interval", "time", "timetz" -> ColumnType.TIME;
      case "timestamp" -> ColumnType.DATETIME;
      case "timestamptz" -> ColumnType.TIMESTAMP;
      case "char" -> ColumnType.CHAR;
      case "varchar" -> ColumnType.VARCHAR;
      case "json", "jsonb" -> ColumnType.JSON;
      case "uuid" -> ColumnType.UUID;
      case "inet", "cidr" -> ColumnType.INET;
      case "bytea" -> ColumnType.BLOB;
      default -> ColumnType.TEXT;
    };
  }

  private List<String> names(String sql, String... parameters) {
    List<String> names = new ArrayList<>();
    try {
      each(sql, row -> names.add(row.getString(1)), parameters);
    } catch (SQLException e) {
      throw failed("schemas and tables", e);
    }
    return names;
  }

  /** What is done with each row of an answer. */
  private interface RowUse {
    void accept(ResultSet row) throws SQLException;
  }

  private void each(String sql, RowUse use, String... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          use.accept(rows);
        }
      }
    }
  }

  private static DtsException failed(String what, SQLException e) {
    return new DtsException(
        DtsError.TARGET_UNREACHABLE,
        "reading " + what + " failed: " + e.getMessage(),
        "check the server's log and the connection to it",
        e);
  }
}
