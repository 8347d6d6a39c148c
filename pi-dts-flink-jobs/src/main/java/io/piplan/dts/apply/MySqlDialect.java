package io.piplan.dts.apply;

import io.piplan.dts.ColumnType;
import io.piplan.dts.Row;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * MySQL and MariaDB. Literals are right for a session whose character set is utf8mb4 and whose
 * sql_mode has neither NO_BACKSLASH_ESCAPES nor ANSI_QUOTES.
 */
final class MySqlDialect implements Dialect {
  private static final int SHORTEST_LARGEST = "3.4028235e38".length();

  /**
   * Whether transactions stay open for long. Then a statement must not look at rows that it doesn't
   * write: for a list of keys the server may read the whole table, and wait for each row that
   * another writer has locked.
   */
  private final boolean longTransactions;

  MySqlDialect(boolean longTransactions) {
    this.longTransactions = longTransactions;
  }

  MySqlDialect() {
    this(false);
  }

  private static final List<String> NUMBERS =
      List.of("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "year", "bit");

  @Override
  public String quote(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  @Override
  public String insertOverride() {
    return "";
  }

  @Override
  public void rows(SqlBuffer out, TableSql table, List<Row> rows) {
    table.values(out, rows);
  }

  @Override
  public boolean upsertsByKeyAlone() {
    return false;
  }

  /** ON DUPLICATE KEY UPDATE changes a row found by any unique index, so there may be only one. */
  @Override
  public String upsertClause(TableMapping mapping, boolean uniqueOnKey) {
    if (mapping.appendOnly() || mapping.otherUniqueKeys() || !uniqueOnKey) {
      return "";
    }
    return mapping.columns().stream()
        .map(column -> quote(column.targetName()))
        .map(name -> name + "=VALUES(" + name + ")")
        .collect(Collectors.joining(",", " ON DUPLICATE KEY UPDATE ", ""));
  }

  /** The server itself writes no row that stays as it is. */
  @Override
  public String copyClause(TableMapping mapping, boolean uniqueOnKey) {
    return upsertClause(mapping, uniqueOnKey);
  }

  @Override
  public void deleteMany(Script script, TableSql table, List<Row> rows) throws SQLException {
    SqlBuffer out = script.sql();
    if (longTransactions) {
      for (Row row : rows) {
        table.deleteOne(out, row);
        script.end();
      }
      return;
    }
    out.put("DELETE FROM ").put(table.name()).put(" WHERE ");
    keysAmong(out, table, rows);
    script.end();
  }

  @Override
  public String byIndex(String index) {
    return " FORCE INDEX (" + quote(index) + ")";
  }

  @Override
  public String overwriting(String key, List<String> columns) {
    return columns.stream()
        .map(column -> column + "=VALUES(" + column + ")")
        .collect(Collectors.joining(",", " ON DUPLICATE KEY UPDATE ", ""));
  }

  @Override
  public String distinct(String table, String column) {
    return "SELECT DISTINCT " + column + " FROM " + table;
  }

  @Override
  public void keysAmong(SqlBuffer out, TableSql table, List<Row> rows) {
    if (table.key().length == 1) {
      table.keyIn(out, quote(table.key()[0].targetName()), rows);
      return;
    }
    // MariaDB reads the whole table for a list of pairs.
    for (int r = 0; r < rows.size(); r++) {
      out.put(r == 0 ? "(" : " OR (");
      table.byKey(out, rows.get(r));
      out.put(')');
    }
  }

  @Override
  public void updateOrInsert(Script script, TableSql table, Row found, Row after)
      throws SQLException {
    table.update(script.sql(), found, after);
    script.end();
    // ROW_COUNT() counts found rows, as the connection asked for when it was opened.
    table.insertInto(script.sql());
    script.sql().put(" SELECT ");
    table.literals(script.sql(), after);
    script.sql().put(" FROM DUAL WHERE ROW_COUNT()=0");
    script.end();
  }

  @Override
  public String insertIfMissing(String table, String columns, String values, String key) {
    return "INSERT IGNORE INTO " + table + " " + columns + " VALUES " + values;
  }

  /** The shortest text of the largest float lies a little beyond it, and would be refused. */
  static byte[] inRange(byte[] floatText) {
    if (floatText.length < SHORTEST_LARGEST
        || Math.abs(Float.parseFloat(ascii(floatText))) != Float.MAX_VALUE) {
      return floatText;
    }
    double exact = Float.parseFloat(ascii(floatText));
    return Double.toString(exact).getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String reading(MappedColumn column) {
    String name = quote(column.targetName());
    // A FLOAT is printed with 6 digits only; as a double it has them all.
    return column.targetType().startsWith("float") ? name + " + 0e0" : name;
  }

  @Override
  public byte[] read(ResultSet row, int index, MappedColumn column) throws SQLException {
    return row.getBytes(index);
  }

  @Override
  public void literal(SqlBuffer out, MappedColumn column, byte[] value, boolean comparing) {
    ColumnType type = column.source().type();
    boolean number = isNumber(column.targetType());
    switch (type) {
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, YEAR, DECIMAL -> {
        if (number && isPlainNumber(value)) {
          out.put(value);
        } else {
          text(out, value);
        }
      }
      case FLOAT -> {
        if (comparing) {
          // A FLOAT column compares as the double it widens to; its shortest text does not.
          out.put(Double.toString(Float.parseFloat(ascii(value))));
        } else {
          text(out, inRange(value));
        }
      }
      case BIT -> {
        if (number) {
          out.put(Long.toUnsignedString(unsigned(value)));
        } else {
          raw(out, value);
        }
      }
      case BINARY, VARBINARY, BLOB, GEOMETRY -> raw(out, value);
      default -> text(out, value);
    }
  }

  static long unsigned(byte[] bigEndian) {
    long bits = 0;
    for (byte b : bigEndian) {
      bits = bits << 8 | (b & 0xff);
    }
    return bits;
  }

  private static boolean isNumber(String targetType) {
    int space = targetType.indexOf(' ');
    return NUMBERS.contains(space < 0 ? targetType : targetType.substring(0, space));
  }

  private static boolean isPlainNumber(byte[] value) {
    for (int i = 0; i < value.length; i++) {
      byte b = value[i];
      if ((b < '0' || b > '9') && b != '.' && !(b == '-' && i == 0)) {
        return false;
      }
    }
    return value.length > 0;
  }

  static String ascii(byte[] value) {
    return new String(value, StandardCharsets.US_ASCII);
  }

  private static void raw(SqlBuffer out, byte[] value) {
    out.put("x'").hex(value).put('\'');
  }

  /** Quotes and backslashes are all that the server looks for; zero bytes are for the reader. */
  static void text(SqlBuffer out, byte[] value) {
    out.room(2 * value.length + 2);
    byte[] to = out.array();
    int start = out.length();
    int at = start;
    to[at++] = '\'';
    for (byte b : value) {
      if (b == '\'' || b == '\\') {
        to[at++] = '\\';
        to[at++] = b;
      } else if (b == 0) {
        to[at++] = '\\';
        to[at++] = '0';
      } else {
        to[at++] = b;
      }
    }
    to[at++] = '\'';
    out.advance(at - start);
  }
}
