package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import java.util.Optional;

/**
 * How values of a PostgreSQL column become what the source's server has made of them when it
 * changed their type. Only where that is sure to be the same.
 */
final class PostgresConversion {
  private PostgresConversion() {}

  /**
   * The expression, with {@code %s} for the column; {@code %s} alone if nothing special is needed.
   * Empty if the results may differ.
   *
   * @param zone of the session that changed the type, {@code +hh:mm}
   */
  static Optional<String> of(Column before, Column after, boolean strict, String zone) {
    ColumnType from = before.type();
    ColumnType to = after.type();
    if (isExact(from) && isExact(to)) {
      // Values out of range are errors here; the source made them the nearest ones if not strict.
      return strict || !narrows(before, after) ? Optional.of("%s") : Optional.empty();
    }
    if (from == ColumnType.FLOAT && (to == ColumnType.DOUBLE || to == ColumnType.FLOAT)) {
      return Optional.of("%s");
    }
    if (isText(from) && isText(to)) {
      return text(after, strict);
    }
    if (isExact(from) && to == ColumnType.VARCHAR && strict) {
      return Optional.of("%s::text");
    }
    if (isMoment(from) && isMoment(to)) {
      return Optional.of(from == to ? "%s" : "%s AT TIME ZONE INTERVAL '" + zone + "'");
    }
    if (from == ColumnType.DATE && to == ColumnType.DATETIME) {
      return Optional.of("%s");
    }
    if (from == to) {
      return same(before, after);
    }
    boolean bytes = isBytes(from) && isBytes(to);
    return bytes ? Optional.of("%s") : Optional.empty();
  }

  private static Optional<String> same(Column before, Column after) {
    return switch (before.type()) {
      case DOUBLE, DATE, TIME, JSON, UUID, INET, YEAR -> Optional.of("%s");
      case BIT ->
          after.length() >= before.length()
              ? Optional.of(
                  "lpad(%s::text, " + after.length() + ", '0')::bit(" + after.length() + ")")
              : Optional.empty();
        // The server fills up with zero bytes.
      case BINARY -> before.length() == after.length() ? Optional.of("%s") : Optional.empty();
      case VARBINARY, BLOB, GEOMETRY -> Optional.of("%s");
      default -> Optional.empty();
    };
  }

  private static Optional<String> text(Column after, boolean strict) {
    boolean bounded = after.type() == ColumnType.CHAR || after.type() == ColumnType.VARCHAR;
    boolean listed = after.type() == ColumnType.ENUM || after.type() == ColumnType.SET;
    if (listed && !strict) {
      // Labels that are gone became empty text.
      return Optional.empty();
    }
    return Optional.of(bounded && !strict ? "left(%s, " + after.length() + ")" : "%s");
  }

  private static boolean narrows(Column before, Column after) {
    boolean decimals = after.scale() < before.scale();
    return decimals || rank(before) > rank(after) || before.unsigned() != after.unsigned();
  }

  private static long rank(Column column) {
    return switch (column.type()) {
      case TINYINT -> 3;
      case YEAR -> 4;
      case SMALLINT -> 5;
      case MEDIUMINT -> 7;
      case INT -> 10;
      case BIGINT -> 20;
      default -> column.length() - column.scale();
    };
  }

  private static boolean isExact(ColumnType type) {
    return type.isInteger() || type == ColumnType.DECIMAL;
  }

  private static boolean isText(ColumnType type) {
    return type.isCollated();
  }

  private static boolean isMoment(ColumnType type) {
    return type == ColumnType.DATETIME || type == ColumnType.TIMESTAMP;
  }

  private static boolean isBytes(ColumnType type) {
    return type == ColumnType.VARBINARY || type == ColumnType.BLOB;
  }
}
