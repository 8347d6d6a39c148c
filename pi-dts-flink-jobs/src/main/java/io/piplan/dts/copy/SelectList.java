package io.piplan.dts.copy;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.MySqlNames;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How the columns of a table are read so that the server itself sends their canonical form, or
 * nearly: only FLOAT needs work here, for the server's text of it has too few digits.
 */
public final class SelectList {
  private final String sql;
  private final boolean[] floats;

  public SelectList(TableSchema schema) {
    this.sql =
        schema.columns().stream().map(SelectList::expression).collect(Collectors.joining(", "));
    this.floats = new boolean[schema.columns().size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = schema.columns().get(i).type() == ColumnType.FLOAT;
    }
  }

  public String sql() {
    return sql;
  }

  static String expression(Column column) {
    String name = MySqlNames.quote(column.name());
    String type = column.columnType().toLowerCase(Locale.ROOT);
    return switch (column.type()) {
        // As a double the server prints every digit that a float has.
      case FLOAT -> "(" + name + " + 0e0)";
        // DOUBLE(10,2) is printed with two digits, whatever it holds.
      case DOUBLE -> type.equals("double") ? name : "(" + name + " + 0e0)";
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, DECIMAL ->
          type.contains("zerofill") ? "(" + name + " + 0)" : name;
      default -> name;
    };
  }

  /** The values of the current row. */
  public byte[][] read(ResultSet rows) throws SQLException {
    byte[][] values = new byte[floats.length][];
    for (int i = 0; i < values.length; i++) {
      byte[] value = rows.getBytes(i + 1);
      values[i] = floats[i] && value != null ? FloatText.ofDouble(value) : value;
    }
    return values;
  }
}
