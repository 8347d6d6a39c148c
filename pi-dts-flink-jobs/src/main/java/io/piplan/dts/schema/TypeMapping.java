package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import java.util.Optional;

/** Which types the columns of a source have on one kind of target. */
public sealed interface TypeMapping permits MySqlTypeMapping, PostgresTypeMapping, HiveTypeMapping {

  /** The type a target column is created with. */
  TargetType map(Column source);

  /** Why an existing target column cannot take every value of the source column, if so. */
  Optional<String> refusal(Column source, TargetColumn target);

  /**
   * Whether a column of MySQL or MariaDB that is changed to another one keeps every value that it
   * can hold, as it is.
   */
  static boolean widens(Column before, Column after) {
    TypeMapping same = mySql(true);
    TargetColumn to = MySqlTypeMapping.targetColumn(after);
    boolean kept = before.type() == after.type() || (isPlainText(before) && isPlainText(after));
    boolean fits = same.refusal(before, to).isEmpty() && (kept || isWiderNumber(before, after));
    return fits
        && (!before.nullable() || after.nullable())
        && after.labels().containsAll(before.labels());
  }

  private static boolean isPlainText(Column column) {
    return switch (column.type()) {
      case CHAR, VARCHAR, TEXT -> true;
      default -> false;
    };
  }

  private static boolean isWiderNumber(Column before, Column after) {
    return (before.type().isInteger() && after.type().isInteger())
        || (before.type().isInteger() && after.type() == ColumnType.DECIMAL)
        || (before.type() == ColumnType.FLOAT && after.type() == ColumnType.DOUBLE)
        || (before.type() == ColumnType.VARBINARY && after.type() == ColumnType.BLOB);
  }

  static TypeMapping mySql(boolean mariaDb) {
    return new MySqlTypeMapping(mariaDb);
  }

  static TypeMapping hive() {
    return new HiveTypeMapping();
  }

  static TypeMapping postgres() {
    return new PostgresTypeMapping();
  }
}
