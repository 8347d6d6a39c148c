package io.piplan.dts.verify;

import io.piplan.dts.TableCondition;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.value.Family;
import io.piplan.dts.value.Kind;
import io.piplan.dts.value.Meaning;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** MySQL and MariaDB. */
final class MySqlSide implements SideDialect {

  @Override
  public List<String> tableNames(Connection connection, String schema) throws SQLException {
    List<String> names = new ArrayList<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT TABLE_NAME FROM information_schema.TABLES"
                + " WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME")) {
      query.setString(1, schema);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          names.add(rows.getString(1));
        }
      }
    }
    return names;
  }

  @Override
  public Optional<DiffTable> table(Connection connection, String schema, String name)
      throws SQLException {
    Set<String> json = jsonColumns(connection, schema, name);
    List<DiffColumn> columns = new ArrayList<>();
    Set<String> nullable = new HashSet<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, NUMERIC_SCALE, DATETIME_PRECISION,"
                + " CHARACTER_SET_NAME, IS_NULLABLE, GENERATION_EXPRESSION, EXTRA"
                + " FROM information_schema.COLUMNS"
                + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION")) {
      query.setString(1, schema);
      query.setString(2, name);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          columns.add(column(rows, json));
          if (rows.getString(7).equals("YES")) {
            nullable.add(rows.getString(1));
          }
        }
      }
    }
    if (columns.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new DiffTable(
            schema,
            name,
            columns,
            key(connection, schema, name, nullable),
            tableRows(connection, schema, name)));
  }

  private static DiffColumn column(ResultSet row, Set<String> json) throws SQLException {
    String name = row.getString(1);
    String type = row.getString(2).toLowerCase(Locale.ROOT);
    Kind kind = json.contains(name) ? Kind.JSON : kind(type);
    int decimals = row.getInt(4);
    int fraction = row.getInt(5);
    String charset = row.getString(6);
    return new DiffColumn(
        name,
        kind,
        row.getString(3),
        kind.isNumber() ? decimals : fraction,
        charset != null && charset.startsWith("utf8"),
        row.getString(8) != null && !row.getString(8).isEmpty(),
        row.getString(9).toLowerCase(Locale.ROOT).contains("on update"));
  }

  private static Kind kind(String type) {
    return switch (type) {
      case "tinyint", "smallint", "mediumint", "int", "bigint", "year" -> Kind.INTEGER;
      case "decimal" -> Kind.DECIMAL;
      case "float" -> Kind.FLOAT;
      case "double" -> Kind.DOUBLE;
      case "bit" -> Kind.BIT;
      case "date" -> Kind.DATE;
      case "time" -> Kind.TIME;
      case "datetime", "timestamp" -> Kind.DATETIME;
      case "char" -> Kind.CHAR;
      case "json" -> Kind.JSON;
      case "uuid" -> Kind.UUID;
      case "inet4", "inet6" -> Kind.INET;
      case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "vector" ->
          Kind.BYTES;
      case "geometry",
              "point",
              "linestring",
              "polygon",
              "multipoint",
              "multilinestring",
              "multipolygon",
              "geometrycollection",
              "geomcollection" ->
          Kind.GEOMETRY;
      default -> Kind.TEXT;
    };
  }

  /** MariaDB's JSON is a LONGTEXT with a check that names the column. */
  private static Set<String> jsonColumns(Connection connection, String schema, String table)
      throws SQLException {
    Set<String> names = new HashSet<>();
    if (!connection.getMetaData().getDatabaseProductVersion().contains("MariaDB")) {
      return names;
    }
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS"
                + " WHERE CONSTRAINT_SCHEMA = ? AND TABLE_NAME = ?")) {
      query.setString(1, schema);
      query.setString(2, table);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          String clause = rows.getString(1).strip();
          if (clause.toLowerCase(Locale.ROOT).startsWith("json_valid(`") && clause.endsWith("`)")) {
            names.add(clause.substring(12, clause.length() - 2).replace("``", "`"));
          }
        }
      }
    }
    return names;
  }

  private static List<String> key(
      Connection connection, String schema, String table, Set<String> nullable)
      throws SQLException {
    Map<String, List<String>> keys = new LinkedHashMap<>();
    Set<String> unusable = new HashSet<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT INDEX_NAME, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS"
                + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0"
                + " ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX")) {
      query.setString(1, schema);
      query.setString(2, table);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          String index = rows.getString(1);
          String column = rows.getString(2);
          if (column == null || rows.getString(3) != null || nullable.contains(column)) {
            unusable.add(index);
          } else {
            keys.computeIfAbsent(index, name -> new ArrayList<>()).add(column);
          }
        }
      }
    }
    keys.keySet().removeAll(unusable);
    return keys.values().stream().findFirst().orElse(List.of());
  }

  private static long tableRows(Connection connection, String schema, String table)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT TABLE_ROWS FROM information_schema.TABLES"
                + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?")) {
      query.setString(1, schema);
      query.setString(2, table);
      try (ResultSet rows = query.executeQuery()) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    }
  }

  @Override
  public void prepare(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // One side may wait for the other; keys are sorted by more than their first 1024 bytes.
      statement.execute(
          "SET SESSION net_write_timeout = 3600, SESSION max_sort_length = 16384,"
              + " SESSION time_zone = '+00:00'");
      // Repairs write here too; and a mode of the server's own might change what is read.
      statement.execute("SET SESSION sql_mode = '" + MySqlServer.WRITING_MODE + "'");
      statement.execute("SET NAMES utf8mb4");
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }
  }

  @Override
  public String quote(String identifier) {
    return "`" + identifier.replace("`", "``") + "`";
  }

  @Override
  public String select(DiffColumn column) {
    String name = quote(column.name());
    return switch (column.kind()) {
        // A FLOAT is printed with 6 digits only; as a double it has them all.
      case FLOAT -> name + " + 0e0";
      case BIT -> name + " + 0";
      case TEXT, CHAR -> utf8(column);
      default -> name;
    };
  }

  private String utf8(DiffColumn column) {
    String name = quote(column.name());
    return column.utf8() ? name : "CONVERT(" + name + " USING utf8mb4)";
  }

  @Override
  public String order(DiffColumn column, Family family) {
    boolean plain = family.ordersNatively() || column.kind() == Kind.BYTES;
    return plain
        ? quote(column.name())
        : "CAST(CONVERT(" + quote(column.name()) + " USING utf8mb4) AS BINARY)";
  }

  @Override
  public String literal(DiffColumn column, Family family, byte[] normal) {
    String text = new String(normal, StandardCharsets.UTF_8);
    if ((family == Family.NUMBER && column.kind() != Kind.BYTES) || family == Family.DOUBLE) {
      return text;
    }
    if (family == Family.TIME) {
      return "SEC_TO_TIME(" + new java.math.BigDecimal(text).movePointLeft(6) + ")";
    }
    String hex = HexFormat.of().formatHex(normal);
    if (column.kind() == Kind.BYTES) {
      return "x'" + (family == Family.UUID ? text : hex) + "'";
    }
    return "_utf8mb4 x'" + hex + "'";
  }

  @Override
  public String value(DiffColumn column, Meaning meaning, byte[] value) {
    Family family = meaning.family();
    byte[] normal = meaning.normalA(value);
    return switch (family) {
      case NUMBER, FLOAT, DOUBLE, TIME -> ofNumber(column, family, normal);
      case DATETIME -> text(normal);
      case GEOMETRY -> hex(value);
      case BYTES -> hex(value);
      case UUID -> column.kind() == Kind.BYTES ? hexOf(normal) : text(value);
      case JSON, INET, TEXT, PADDED_TEXT -> column.kind() == Kind.BYTES ? hex(value) : text(value);
    };
  }

  private String ofNumber(DiffColumn column, Family family, byte[] normal) {
    String digits = ascii(normal);
    if (family == Family.TIME) {
      return "'" + Times.clock(Long.parseLong(digits)) + "'";
    }
    return column.kind() == Kind.BYTES ? hex(new BigInteger(digits).toByteArray()) : digits;
  }

  private static String ascii(byte[] value) {
    return new String(value, StandardCharsets.US_ASCII);
  }

  private static String hex(byte[] value) {
    return "x'" + HexFormat.of().formatHex(value) + "'";
  }

  private static String hexOf(byte[] digits) {
    return "x'" + ascii(digits) + "'";
  }

  /** Right whatever the sql_mode: a text that would need an escape goes as its bytes. */
  private static String text(byte[] value) {
    for (byte b : value) {
      if (b == '\\' || (b >= 0 && b < ' ')) {
        return "CONVERT(" + hex(value) + " USING utf8mb4)";
      }
    }
    return "'" + new String(value, StandardCharsets.UTF_8).replace("'", "''") + "'";
  }

  @Override
  public Optional<MendingSession> mendingSession(DiffSide side) {
    return Optional.of(
        new MendingSession(
            List.of(
                "SET NAMES utf8mb4",
                "SET SESSION time_zone = '+00:00'",
                "SET SESSION sql_mode = '" + MySqlServer.WRITING_MODE + "'",
                // Tables come in no order of theirs, and each is mended by itself.
                "SET SESSION foreign_key_checks = 0",
                // Triggers that keep row versions for apps let pass what is written.
                "SET " + MySqlServer.APPLYING),
            List.of(),
            side.hasTable(ControlTables.ORIGIN) ? mark(side) : List.of()));
  }

  /** As {@link io.piplan.dts.apply.OriginMark} does it, with a row of the session's own. */
  private static List<String> mark(DiffSide side) {
    return List.of(
        "SET @pi_dts_mark = COALESCE(@pi_dts_mark, UUID())",
        "INSERT INTO "
            + side.controlTable(ControlTables.ORIGIN)
            + " (id, sync, zone, transactions, since_ms) VALUES (@pi_dts_mark, 'pi diff', 0, 1,"
            + " FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000))"
            + " ON DUPLICATE KEY UPDATE transactions = transactions + 1");
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
        DiffColumn column = table.existing(name);
        return switch (column.kind()) {
          case TEXT, CHAR ->
              "CONVERT(" + quote(column.name()) + " USING utf8mb4) COLLATE utf8mb4_bin";
          default -> quote(column.name());
        };
      }

      @Override
      public String text(String value) {
        return MySqlSide.text(value.getBytes(StandardCharsets.UTF_8));
      }
    };
  }

  @Override
  public long estimate(Connection connection, String table, String condition) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "EXPLAIN FORMAT=TRADITIONAL SELECT 1 FROM " + table + " WHERE " + condition)) {
      return row.next() ? row.getLong("rows") : 0;
    }
  }

  @Override
  public String digestText(
      DiffColumn column, DiffColumn other, Family family, boolean sameDialect, RowHash hash) {
    String name = quote(column.name());
    boolean sameKind = column.kind() == other.kind();
    return switch (family) {
      case NUMBER -> number(column, other);
      case FLOAT, DOUBLE -> sameKind ? name + " + 0e0" : null;
      case DATETIME -> "DATE_FORMAT(" + name + ", '%Y-%m-%d %H:%i:%s.%f')";
      case TIME -> column.kind() == Kind.TIME ? time(name) : null;
      case PADDED_TEXT -> hash(hash, "TRIM(TRAILING ' ' FROM " + utf8(column) + ")");
      case TEXT -> hash(hash, utf8(column));
      case JSON ->
          sameDialect && sameKind ? hash(hash, "CONVERT(" + name + " USING utf8mb4)") : null;
      case BYTES -> sameKind ? hash(hash, name) : null;
      case UUID, INET -> sameKind ? "CAST(" + name + " AS CHAR)" : null;
      case GEOMETRY -> hash(hash, name);
    };
  }

  /** A sign and digits on all servers, whatever they think of bits of numbers below 0. */
  @Override
  public String digestTextOfEven(DiffColumn column) {
    String name = quote(column.name());
    return name + " - MOD(" + name + ", 2)";
  }

  private static String time(String name) {
    return "CONCAT(IF(%1$s < 0, '-', ''), FLOOR(ABS(TIME_TO_SEC(%1$s))), '.', LPAD(MICROSECOND(%1$s), 6, '0'))"
        .formatted(name);
  }

  private String number(DiffColumn column, DiffColumn other) {
    if (other.kind() == Kind.BIT_STRING) {
      return column.kind() == Kind.BIT && column.nativeType().equals(other.nativeType())
          ? "LPAD(BIN(" + quote(column.name()) + "), " + digits(column.nativeType()) + ", '0')"
          : null;
    }
    boolean alike =
        column.kind() != Kind.BYTES && column.scale() == other.scale() && column.scale() >= 0;
    return alike ? number(column) : null;
  }

  private static String digits(String type) {
    return type.replaceAll("[^0-9]", "");
  }

  /** The number as text. A sum would lose the last digit of the widest decimals. */
  private String number(DiffColumn column) {
    String name = quote(column.name());
    boolean padded =
        column.nativeType().contains("zerofill") || column.nativeType().startsWith("year");
    return column.kind() == Kind.BIT || padded ? name + " + 0" : name;
  }

  @Override
  public String rowDigest(List<String> texts, RowHash hash) {
    return "BIT_XOR(" + number(hash(hash, row(texts)), 16) + ")";
  }

  @Override
  public String bucket(List<String> texts, RowHash hash) {
    return number(hash(hash, row(texts)), 4);
  }

  private static String row(List<String> texts) {
    StringBuilder row = new StringBuilder("CONCAT(");
    for (int i = 0; i < texts.size(); i++) {
      row.append(i == 0 ? "" : ", '#', ").append("IFNULL(").append(texts.get(i)).append(", '~')");
    }
    return row + ")";
  }

  private static String number(String hash, int digits) {
    return "CAST(CONV(LEFT(" + hash + ", " + digits + "), 16, 10) AS UNSIGNED)";
  }

  private static String hash(RowHash hash, String value) {
    return hash == RowHash.MD5 ? "MD5(" + value + ")" : "SHA2(" + value + ", 256)";
  }

  @Override
  public boolean has(Connection connection, RowHash hash) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeQuery("SELECT " + hash(hash, "''")).close();
      return true;
    } catch (SQLException e) {
      // A function that isn't built in is looked for in a database, and there is none of that name.
      if (e.getErrorCode() == 1305 || e.getErrorCode() == 1046) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public Statement streaming(Connection connection) throws SQLException {
    Statement statement =
        connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
    statement.setFetchSize(Integer.MIN_VALUE);
    return statement;
  }
}
