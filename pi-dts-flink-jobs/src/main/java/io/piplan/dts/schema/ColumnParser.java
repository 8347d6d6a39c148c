package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes a {@link Column} of a row of information_schema.columns. */
final class ColumnParser {
  private static final Pattern NUMBER = Pattern.compile("-?[0-9.]+([eE][-+]?[0-9]+)?");
  private static final Pattern BITS = Pattern.compile("b'[01]*'|0x[0-9a-fA-F]*|x'[0-9a-fA-F]*'");
  static final Pattern NOW =
      Pattern.compile("(?:current_timestamp|now)(?:\\(([0-6]?)\\))?", Pattern.CASE_INSENSITIVE);

  private static final Pattern INTRODUCER = Pattern.compile("_utf8(mb[34])?(?=')");

  private final boolean mariaDb;

  ColumnParser(boolean mariaDb) {
    this.mariaDb = mariaDb;
  }

  /**
   * @param json whether a check constraint makes it MariaDB's JSON
   * @param moment the literal default of a TIMESTAMP in the connection's time zone; null for none
   */
  Column parse(TableId table, ResultSet row, boolean json, String moment) throws SQLException {
    String name = row.getString("COLUMN_NAME");
    String dataType = row.getString("DATA_TYPE").toLowerCase(Locale.ROOT);
    String columnType = row.getString("COLUMN_TYPE");
    String extra = row.getString("EXTRA") == null ? "" : row.getString("EXTRA");
    String lowerExtra = extra.toLowerCase(Locale.ROOT);
    ColumnType type = json ? ColumnType.JSON : type(table, name, dataType);
    boolean generated =
        lowerExtra.contains("virtual generated")
            || lowerExtra.contains("stored generated")
            || lowerExtra.contains("persistent");
    return new Column(
        name,
        type,
        columnType,
        columnType.toLowerCase(Locale.ROOT).contains("unsigned"),
        length(type, row),
        scale(type, row),
        row.getString("CHARACTER_SET_NAME"),
        row.getString("COLLATION_NAME"),
        "YES".equals(row.getString("IS_NULLABLE")),
        generated
            ? null
            : moment != null
                ? moment
                : defaultExpression(type, row.getString("COLUMN_DEFAULT"), lowerExtra),
        lowerExtra.contains("auto_increment"),
        generated,
        lowerExtra.contains("invisible"),
        type == ColumnType.ENUM || type == ColumnType.SET ? labels(columnType) : List.of(),
        row.getString("COLUMN_COMMENT"));
  }

  private static ColumnType type(TableId table, String column, String dataType) {
    return switch (dataType) {
      case "tinyint" -> ColumnType.TINYINT;
      case "smallint" -> ColumnType.SMALLINT;
      case "mediumint" -> ColumnType.MEDIUMINT;
      case "int" -> ColumnType.INT;
      case "bigint" -> ColumnType.BIGINT;
      case "decimal" -> ColumnType.DECIMAL;
      case "float" -> ColumnType.FLOAT;
      case "double" -> ColumnType.DOUBLE;
      case "bit" -> ColumnType.BIT;
      case "year" -> ColumnType.YEAR;
      case "date" -> ColumnType.DATE;
      case "time" -> ColumnType.TIME;
      case "datetime" -> ColumnType.DATETIME;
      case "timestamp" -> ColumnType.TIMESTAMP;
      case "char" -> ColumnType.CHAR;
      case "varchar" -> ColumnType.VARCHAR;
      case "tinytext", "text", "mediumtext", "longtext" -> ColumnType.TEXT;
      case "enum" -> ColumnType.ENUM;
      case "set" -> ColumnType.SET;
      case "json" -> ColumnType.JSON;
      case "uuid" -> ColumnType.UUID;
      case "inet4", "inet6" -> ColumnType.INET;
      case "binary" -> ColumnType.BINARY;
      case "varbinary" -> ColumnType.VARBINARY;
      case "tinyblob", "blob", "mediumblob", "longblob" -> ColumnType.BLOB;
      case "geometry",
              "point",
              "linestring",
              "polygon",
              "multipoint",
              "multilinestring",
              "multipolygon",
              "geomcollection",
              "geometrycollection" ->
          ColumnType.GEOMETRY;
      default ->
          throw new DtsException(
              DtsError.SOURCE_TYPE_UNSUPPORTED,
              "column " + table + "." + column + " has type " + dataType + ", which is not known",
              "leave the table out with EXCLUDING TABLES, or change the column's type");
    };
  }

  private static long length(ColumnType type, ResultSet row) throws SQLException {
    return switch (type) {
      case DECIMAL, BIT -> row.getLong("NUMERIC_PRECISION");
      default -> row.getLong("CHARACTER_MAXIMUM_LENGTH");
    };
  }

  private static int scale(ColumnType type, ResultSet row) throws SQLException {
    return switch (type) {
      case DECIMAL -> row.getInt("NUMERIC_SCALE");
      case TIME, DATETIME, TIMESTAMP -> row.getInt("DATETIME_PRECISION");
      default -> 0;
    };
  }

  /**
   * MariaDB stores SQL here; MySQL the bare text, and says only in EXTRA if it is an expression.
   */
  private String defaultExpression(ColumnType type, String stored, String lowerExtra) {
    if (stored == null || (mariaDb && stored.equalsIgnoreCase("NULL"))) {
      return null;
    }
    if (NOW.matcher(stored).matches()) {
      return stored;
    }
    if (mariaDb) {
      return isLiteral(stored) ? stored : "(" + stored + ")";
    }
    if (lowerExtra.contains("default_generated")) {
      String expression = unescapeExpression(stored);
      Matcher introduced = INTRODUCER.matcher(expression);
      // The session's text is utf8mb4 anyway, and other servers know no such prefix.
      String text = introduced.lookingAt() ? expression.substring(introduced.end()) : expression;
      return isText(text) ? text : "(" + expression + ")";
    }
    boolean bare =
        (BITS.matcher(stored).matches() && type.isRaw())
            || (NUMBER.matcher(stored).matches() && isNumeric(type));
    return bare ? stored : MySqlNames.literal(stored);
  }

  /** MySQL shows stored expressions with their quotes and backslashes escaped once more. */
  static String unescapeExpression(String expression) {
    StringBuilder sql = new StringBuilder();
    for (int i = 0; i < expression.length(); i++) {
      char c = expression.charAt(i);
      if (c == '\\' && i + 1 < expression.length()) {
        i++;
        c = MySqlNames.unescape(expression.charAt(i));
      }
      sql.append(c);
    }
    return sql.toString();
  }

  static boolean isLiteral(String expression) {
    return isText(expression)
        || NUMBER.matcher(expression).matches()
        || BITS.matcher(expression).matches();
  }

  static boolean isNumber(String expression) {
    return NUMBER.matcher(expression).matches();
  }

  /** Whether it is one quoted text and nothing else. */
  static boolean isText(String expression) {
    if (expression.length() < 2 || expression.charAt(0) != '\'') {
      return false;
    }
    int i = 1;
    while (i < expression.length()) {
      char c = expression.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '\'') {
        if (i == expression.length() - 1) {
          return true;
        }
        if (expression.charAt(i + 1) != '\'') {
          return false;
        }
        i++;
      }
      i++;
    }
    return false;
  }

  private static boolean isNumeric(ColumnType type) {
    return switch (type) {
      case DECIMAL, FLOAT, DOUBLE -> true;
      default -> type.isInteger();
    };
  }

  /** The labels in {@code enum('a','b''c')}; the servers escape them like text. */
  static List<String> labels(String columnType) {
    List<String> labels = new ArrayList<>();
    int i = columnType.indexOf('(') + 1;
    while (i < columnType.length() && columnType.charAt(i) == '\'') {
      int end = i + 1;
      while (columnType.charAt(end) != '\'' || columnType.charAt(end + 1) == '\'') {
        char c = columnType.charAt(end);
        end += c == '\'' || c == '\\' ? 2 : 1;
      }
      labels.add(MySqlNames.unquote(columnType.substring(i, end + 1)));
      i = end + 2;
    }
    return labels;
  }
}
