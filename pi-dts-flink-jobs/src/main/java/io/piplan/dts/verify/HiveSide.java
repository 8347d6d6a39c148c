package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableCondition;
import io.piplan.dts.hive.ReadTables;
import io.piplan.dts.hive.ReadTables.ReadColumn;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.value.Family;
import io.piplan.dts.value.Kind;
import io.piplan.dts.value.Meaning;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Hive: tables by its metastore, rows by HiveServer2. Every query is a job, so that a table is read
 * in one go and no digests are asked for.
 */
final class HiveSide implements SideDialect {
  private static final int FETCH_ROWS = 10_000;

  private final HiveServer server;

  HiveSide(HiveServer server) {
    this.server = server;
  }

  @Override
  public List<String> tableNames(Connection connection, String schema) {
    try (ReadTables tables = new ReadTables(server)) {
      return tables.names(schema);
    }
  }

  @Override
  public Optional<DiffTable> table(Connection connection, String schema, String name) {
    try (ReadTables tables = new ReadTables(server)) {
      return tables
          .table(schema, name)
          .map(
              found ->
                  new DiffTable(
                      schema,
                      name,
                      found.columns().stream().map(HiveSide::column).toList(),
                      found.key(),
                      0));
    }
  }

  private static DiffColumn column(ReadColumn column) {
    Kind kind = kind(column.family());
    int scale = kind == Kind.DECIMAL ? column.scale() : kind == Kind.INTEGER ? 0 : -1;
    return new DiffColumn(column.name(), kind, column.type(), scale, true, false, false);
  }

  private static Kind kind(String family) {
    return switch (family) {
      case "tinyint", "smallint", "int", "bigint" -> Kind.INTEGER;
      case "decimal" -> Kind.DECIMAL;
      case "float" -> Kind.FLOAT;
      case "double" -> Kind.DOUBLE;
      case "boolean" -> Kind.BOOLEAN;
      case "date" -> Kind.DATE;
      case "timestamp" -> Kind.DATETIME;
      case "binary" -> Kind.BYTES;
      case "char" -> Kind.CHAR;
      default -> Kind.TEXT;
    };
  }

  @Override
  public void prepare(Connection connection) {
    // Nothing: a query has no limit of time, and there are no transactions.
  }

  @Override
  public String quote(String identifier) {
    return "`" + identifier.replace("`", "``") + "`";
  }

  @Override
  public String select(DiffColumn column) {
    String name = quote(column.name());
    return switch (column.kind()) {
      case BOOLEAN -> "CAST(" + name + " AS INT)";
        // Not so decimals: of 37 and 38 digits Hive's cast makes NULL.
      case DATE, DATETIME -> "CAST(" + name + " AS STRING)";
      default -> name;
    };
  }

  @Override
  public byte[] read(ResultSet row, int column) throws SQLException {
    // The driver gives bytes as an object only.
    Object value = row.getObject(column);
    if (value == null || value instanceof byte[]) {
      return (byte[]) value;
    }
    String text = value instanceof BigDecimal number ? number.toPlainString() : value.toString();
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String order(DiffColumn column, Family family) {
    return quote(column.name());
  }

  @Override
  public String literal(DiffColumn column, Family family, byte[] normal) {
    String value = new String(normal, StandardCharsets.UTF_8);
    return switch (column.kind()) {
      case INTEGER -> value;
      case DECIMAL -> "CAST(" + text(value) + " AS " + column.nativeType() + ")";
      case FLOAT, DOUBLE -> "CAST(" + text(value) + " AS DOUBLE)";
      case BOOLEAN -> value.equals("0") ? "false" : "true";
      case DATE -> "CAST(" + text(value.substring(0, 10)) + " AS DATE)";
      case DATETIME -> "CAST(" + text(value) + " AS TIMESTAMP)";
      case BYTES -> "unhex('" + HexFormat.of().formatHex(normal) + "')";
      default -> text(value);
    };
  }

  private static String text(String value) {
    StringBuilder text = new StringBuilder("'");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '\'' -> text.append("\\'");
          // The driver cuts statements at it.
        case ';' -> text.append("\\u003B");
        default -> text.append(c);
      }
    }
    return text.append('\'').toString();
  }

  @Override
  public String value(DiffColumn column, Meaning meaning, byte[] value) {
    throw new DtsException(
        DtsError.DEFINITION_BAD_OPTION,
        "rows of Hive cannot be mended by statements",
        "let the sync copy them again: begin anew with --fresh; take another output than sql");
  }

  @Override
  public Optional<MendingSession> mendingSession(DiffSide side) {
    return Optional.empty();
  }

  @Override
  public String insertOverride() {
    return "";
  }

  @Override
  public TableCondition.Spelling spelling(DiffTable table) {
    return new TableCondition.Spelling() {
      @Override
      public String column(String name) {
        return quote(table.existing(name).name());
      }

      @Override
      public String text(String value) {
        return HiveSide.text(value);
      }
    };
  }

  /** Not asked for: see {@link #readsInOneGo}. */
  @Override
  public long estimate(Connection connection, String table, String condition) {
    return 0;
  }

  @Override
  public boolean readsInOneGo() {
    return true;
  }

  @Override
  public String digestText(
      DiffColumn column, DiffColumn other, Family family, boolean sameDialect, RowHash hash) {
    return null;
  }

  @Override
  public String rowDigest(List<String> texts, RowHash hash) {
    throw new UnsupportedOperationException("no digests of Hive");
  }

  @Override
  public String bucket(List<String> texts, RowHash hash) {
    throw new UnsupportedOperationException("no digests of Hive");
  }

  @Override
  public boolean has(Connection connection, RowHash hash) {
    return false;
  }

  @Override
  public Statement streaming(Connection connection) throws SQLException {
    Statement statement = connection.createStatement();
    statement.setFetchSize(FETCH_ROWS);
    return statement;
  }
}
