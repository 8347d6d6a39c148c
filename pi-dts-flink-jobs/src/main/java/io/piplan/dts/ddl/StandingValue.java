package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a new column has in the rows that are there, as text. Pure. */
final class StandingValue {
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?");
  private static final Pattern TEXT = Pattern.compile("'([^'\\\\]*)'");

  private StandingValue() {}

  /**
   * The value, or null for NULL.
   *
   * @throws DdlException if it is not a plain literal
   */
  static String of(Column column) {
    String written = column.defaultExpression();
    if (written == null || written.strip().equalsIgnoreCase("NULL")) {
      return column.nullable() ? null : implicit(column);
    }
    String expression = written.strip();
    if (NUMBER.matcher(expression).matches()) {
      return expression;
    }
    Matcher text = TEXT.matcher(expression);
    if (text.matches()) {
      boolean padded = column.type() == ColumnType.CHAR;
      return padded ? text.group(1).stripTrailing() : text.group(1);
    }
    throw new DdlException(
        "rows that are there get "
            + written
            + " in the new column "
            + column.name()
            + ", which is no plain literal");
  }

  private static String implicit(Column column) {
    return switch (column.type()) {
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, YEAR, DECIMAL, FLOAT, DOUBLE -> "0";
      case CHAR, VARCHAR, TEXT, SET -> "";
      case ENUM -> column.labels().stream().findFirst().orElseThrow(() -> none(column));
      default -> throw none(column);
    };
  }

  private static DdlException none(Column column) {
    return new DdlException(
        "rows that are there get a value of the server's own in the new column " + column.name());
  }
}
