package io.piplan.dts.verify;

import io.piplan.dts.TableCondition;
import io.piplan.dts.jdbc.PostgresServer;
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
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PostgreSQL. */
final class PostgresSide implements SideDialect {
  /** So many rows its driver holds at once, however large they are. */
  private static final int FETCH_ROWS = 1_000;

  private static final Pattern PLAN_ROWS = Pattern.compile(" rows=(\\d+) ");

  @Override
  public List<String> tableNames(Connection connection, String schema) throws SQLException {
    List<String> names = new ArrayList<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
                + " ORDER BY c.relname")) {
      query.setString(1, schema);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          names.add(rows.getString(1));
        }
      }
    }
    connection.commit();
    return names;
  }

  @Override
  public Optional<DiffTable> table(Connection connection, String schema, String name)
      throws SQLException {
    long oid;
    long estimate;
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT c.oid, c.reltuples FROM pg_class c JOIN pg_namespace n"
                + " ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relname = ?"
                + " AND c.relkind IN ('r', 'p')")) {
      query.setString(1, schema);
      query.setString(2, name);
      try (ResultSet rows = query.executeQuery()) {
        if (!rows.next()) {
          return Optional.empty();
        }
        oid = rows.getLong(1);
        estimate = Math.max(0, (long) rows.getDouble(2));
      }
    }
    List<DiffColumn> columns = columns(connection, oid);
    List<String> key = key(connection, oid);
    connection.commit();
    return Optional.of(new DiffTable(schema, name, columns, key, estimate));
  }

  private static List<DiffColumn> columns(Connection connection, long oid) throws SQLException {
    List<DiffColumn> columns = new ArrayList<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT a.attname, COALESCE(b.typname, t.typname),"
                + " format_type(a.atttypid, a.atttypmod), a.atttypmod,"
                + " current_setting('server_encoding'), a.attgenerated <> ''"
                + " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
                + " LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype"
                + " WHERE a.attrelid = ?::oid AND a.attnum > 0 AND NOT a.attisdropped"
                + " ORDER BY a.attnum")) {
      query.setLong(1, oid);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          Kind kind = kind(rows.getString(2));
          columns.add(
              new DiffColumn(
                  rows.getString(1),
                  kind,
                  rows.getString(3),
                  scale(kind, rows.getInt(4)),
                  rows.getString(5).equals("UTF8"),
                  rows.getBoolean(6),
                  false));
        }
      }
    }
    return columns;
  }

  private static int scale(Kind kind, int modifier) {
    return switch (kind) {
      case DECIMAL -> modifier < 4 ? -1 : (modifier - 4) & 0x7ff;
      case INTEGER, BOOLEAN -> 0;
      default -> modifier;
    };
  }

  private static Kind kind(String type) {
    return switch (type) {
      case "int2", "int4", "int8", "oid" -> Kind.INTEGER;
      case "numeric" -> Kind.DECIMAL;
      case "float4" -> Kind.FLOAT;
      case "float8" -> Kind.DOUBLE;
      case "bool" -> Kind.BOOLEAN;
      case "bit", "varbit" -> Kind.BIT_STRING;
      case "date" -> Kind.DATE;
      case "time", "interval" -> Kind.TIME;
      case "timestamp", "timestamptz" -> Kind.DATETIME;
      case "bpchar" -> Kind.CHAR;
      case "json", "jsonb" -> Kind.JSON;
      case "bytea" -> Kind.BYTES;
      case "uuid" -> Kind.UUID;
      case "inet", "cidr" -> Kind.INET;
      default -> Kind.TEXT;
    };
  }

  private static List<String> key(Connection connection, long oid) throws SQLException {
    List<String> key = new ArrayList<>();
    String index = null;
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT i.indexrelid::text, a.attname FROM pg_index i"
                + " CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)"
                + " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
                + " WHERE i.indrelid = ?::oid AND i.indisunique AND i.indpred IS NULL"
                + " AND i.indexprs IS NULL AND k.place <= i.indnkeyatts"
                + " AND NOT EXISTS (SELECT 1 FROM pg_attribute n WHERE n.attrelid = i.indrelid"
                + " AND n.attnum = ANY (i.indkey) AND NOT n.attnotnull)"
                + " ORDER BY i.indisprimary DESC, i.indexrelid, k.place")) {
      query.setLong(1, oid);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next() && (index == null || index.equals(rows.getString(1)))) {
          index = rows.getString(1);
          key.add(rows.getString(2));
        }
      }
    }
    return key;
  }

  @Override
  public void prepare(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TIME ZONE 'UTC'");
      statement.execute("SET IntervalStyle = 'postgres'");
      statement.execute("SET DateStyle = 'ISO'");
      statement.execute("SET bytea_output = 'hex'");
    }
    connection.commit();
  }

  @Override
  public String quote(String identifier) {
    return "\"" + identifier.replace("\"", "\"\"") + "\"";
  }

  @Override
  public String select(DiffColumn column) {
    String name = quote(column.name());
    return switch (column.kind()) {
      case BOOLEAN -> name + "::int";
      case DATETIME -> localTime(column) + "::text";
      case INTEGER, DECIMAL, FLOAT, DOUBLE, BYTES -> name;
      default -> name + "::text";
    };
  }

  private String localTime(DiffColumn column) {
    String name = quote(column.name());
    return column.nativeType().endsWith("with time zone")
        ? "(" + name + " AT TIME ZONE 'UTC')"
        : name;
  }

  @Override
  public String order(DiffColumn column, Family family) {
    boolean plain = family.ordersNatively() || column.kind() == Kind.BYTES;
    return plain ? quote(column.name()) : quote(column.name()) + "::text COLLATE \"C\"";
  }

  @Override
  public String literal(DiffColumn column, Family family, byte[] normal) {
    String text = new String(normal, StandardCharsets.UTF_8);
    if (column.kind() == Kind.BYTES) {
      return "'\\x"
          + (family == Family.UUID ? text : HexFormat.of().formatHex(normal))
          + "'::bytea";
    }
    if (family == Family.TIME) {
      return "(interval '1 microsecond' * " + text + ")::" + column.nativeType();
    }
    if (family == Family.NUMBER && column.kind() == Kind.INTEGER) {
      return text;
    }
    String type =
        column.kind() == Kind.DATETIME && column.nativeType().endsWith("with time zone")
            ? "timestamptz"
            : column.nativeType();
    return "CAST('" + text.replace("'", "''") + "' AS " + type + ")";
  }

  @Override
  public String value(DiffColumn column, Meaning meaning, byte[] value) {
    Family family = meaning.family();
    byte[] normal = meaning.normalA(value);
    String digits = new String(normal, StandardCharsets.UTF_8);
    return switch (family) {
      case NUMBER -> number(column, digits);
      case FLOAT, DOUBLE -> text(digits);
      case DATETIME ->
          text(column.kind() == Kind.DATE ? digits.substring(0, 10) : utc(column, digits));
      case TIME -> text(Times.clock(Long.parseLong(digits)));
      case UUID -> column.kind() == Kind.BYTES ? "'\\x" + digits + "'" : text(digits);
      case BYTES, GEOMETRY -> bytes(value);
      case JSON, INET, TEXT, PADDED_TEXT ->
          column.kind() == Kind.BYTES
              ? bytes(value)
              : text(new String(value, StandardCharsets.UTF_8));
    };
  }

  /** As a time of UTC, where the column would read it as one of the session's zone. */
  private static String utc(DiffColumn column, String time) {
    return column.nativeType().endsWith("with time zone") ? time + "+00" : time;
  }

  private static String number(DiffColumn column, String digits) {
    return switch (column.kind()) {
      case BOOLEAN -> digits.equals("0") ? "false" : "true";
      case BIT_STRING -> {
        String bits = new BigInteger(digits).toString(2);
        String width = column.nativeType().replaceAll("[^0-9]", "");
        int missing = width.isEmpty() ? 0 : Integer.parseInt(width) - bits.length();
        yield "B'" + "0".repeat(Math.max(0, missing)) + bits + "'";
      }
      case BYTES -> bytes(new BigInteger(digits).toByteArray());
      default -> digits;
    };
  }

  private static String text(String value) {
    return "'" + value.replace("'", "''") + "'";
  }

  private static String bytes(byte[] value) {
    return "'\\x" + HexFormat.of().formatHex(value) + "'";
  }

  @Override
  public Optional<MendingSession> mendingSession(DiffSide side) {
    return Optional.of(
        new MendingSession(
            List.of(
                "SET client_encoding = 'UTF8'",
                "SET standard_conforming_strings = on",
                "SET TIME ZONE 'UTC'",
                // Triggers that keep row versions for apps let pass what is written.
                "SET " + PostgresServer.APPLYING_SETTING + " = 'on'"),
            List.of(
                "Foreign keys are checked, unless the user may say before the rest:",
                "SET session_replication_role = replica;"),
            List.of()));
  }

  @Override
  public String insertOverride() {
    return " OVERRIDING SYSTEM VALUE";
  }

  @Override
  public TableCondition.Spelling spelling(DiffTable table) {
    return new TableCondition.Spelling() {
      @Override
      public String column(String name) {
        DiffColumn column = table.existing(name);
        return switch (column.kind()) {
          case TEXT, CHAR -> quote(column.name()) + "::text COLLATE \"C\"";
          case BOOLEAN -> quote(column.name()) + "::int";
          default -> quote(column.name());
        };
      }

      @Override
      public String text(String value) {
        return PostgresSide.text(value);
      }
    };
  }

  @Override
  public long estimate(Connection connection, String table, String condition) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("EXPLAIN SELECT 1 FROM " + table + " WHERE " + condition)) {
      rows.next();
      Matcher estimate = PLAN_ROWS.matcher(rows.getString(1));
      return estimate.find() ? Long.parseLong(estimate.group(1)) : 0;
    }
  }

  @Override
  public String digestText(
      DiffColumn column, DiffColumn other, Family family, boolean sameDialect, RowHash hash) {
    String name = quote(column.name());
    boolean sameKind = column.kind() == other.kind();
    return switch (family) {
      case NUMBER -> number(column, other);
      case FLOAT, DOUBLE -> sameKind ? name + "::float8::text" : null;
      case DATETIME -> "to_char(" + localTime(column) + ", 'YYYY-MM-DD HH24:MI:SS.US')";
      case TIME -> column.kind() == Kind.TIME ? time(name) : null;
      case PADDED_TEXT -> column.utf8() ? text(hash, "rtrim(" + name + "::text, ' ')") : null;
      case TEXT -> column.utf8() ? text(hash, name + "::text") : null;
      case JSON -> sameDialect && sameKind ? text(hash, name + "::text") : null;
      case BYTES -> sameKind ? bytes(hash, name) : null;
      case UUID, INET -> sameKind ? name + "::text" : null;
      case GEOMETRY -> column.kind() == Kind.BYTES ? bytes(hash, name) : null;
    };
  }

  @Override
  public String digestTextOfEven(DiffColumn column) {
    String name = quote(column.name());
    return "(" + name + " - MOD(" + name + ", 2))::text";
  }

  private static String time(String name) {
    String seconds = "abs(extract(epoch FROM " + name + "))";
    return "CASE WHEN extract(epoch FROM "
        + name
        + ") < 0 THEN '-' ELSE '' END || trunc("
        + seconds
        + ")::bigint::text || '.' || lpad(((("
        + seconds
        + ") * 1000000)::bigint % 1000000)::text, 6, '0')";
  }

  private String number(DiffColumn column, DiffColumn other) {
    String name = quote(column.name());
    if (column.kind() == Kind.BIT_STRING) {
      return column.nativeType().equals(other.nativeType()) ? name + "::text" : null;
    }
    if (column.kind() == Kind.BOOLEAN) {
      return name + "::int::text";
    }
    boolean alike =
        column.kind() != Kind.BYTES && column.scale() == other.scale() && column.scale() >= 0;
    return alike ? name + "::text" : null;
  }

  @Override
  public String rowDigest(List<String> texts, RowHash hash) {
    return "COALESCE(bit_xor(('x' || left("
        + text(hash, row(texts))
        + ", 16))::bit(64)::bigint), 0)";
  }

  @Override
  public String bucket(List<String> texts, RowHash hash) {
    return "('x' || left(" + text(hash, row(texts)) + ", 4))::bit(16)::int";
  }

  private static String row(List<String> texts) {
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < texts.size(); i++) {
      row.append(i == 0 ? "" : " || '#' || ");
      row.append("COALESCE(").append(texts.get(i)).append(", '~')");
    }
    return row.toString();
  }

  private static String text(RowHash hash, String text) {
    return hash == RowHash.MD5
        ? "md5(" + text + ")"
        : bytes(hash, "convert_to(" + text + ", 'UTF8')");
  }

  private static String bytes(RowHash hash, String bytes) {
    return hash == RowHash.MD5 ? "md5(" + bytes + ")" : "encode(sha256(" + bytes + "), 'hex')";
  }

  @Override
  public boolean has(Connection connection, RowHash hash) {
    return true;
  }

  @Override
  public Statement streaming(Connection connection) throws SQLException {
    Statement statement =
        connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
    statement.setFetchSize(FETCH_ROWS);
    return statement;
  }
}
