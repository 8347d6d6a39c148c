package io.piplan.dts.flink;

import io.piplan.dts.Column;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;

/**
 * How a column looks in Flink SQL: the narrowest type that holds every value exactly, else STRING
 * in the form in which MySQL prints it.
 */
final class FlinkTypes {
  private static final int MAX_DECIMAL = 38;

  private FlinkTypes() {}

  static DataType of(Column column) {
    return nullability(column, exact(column));
  }

  /**
   * The same without bounds on text. A planner cuts text to the sink's length without a word; a
   * sink with this type leaves it to the database to refuse what is too long.
   */
  static DataType unbounded(Column column) {
    return switch (column.type()) {
      case CHAR, VARCHAR -> nullability(column, DataTypes.STRING());
      default -> of(column);
    };
  }

  private static DataType nullability(Column column, DataType type) {
    return column.nullable() ? type.nullable() : type.notNull();
  }

  private static DataType exact(Column column) {
    boolean unsigned = column.unsigned();
    return switch (column.type()) {
      case TINYINT -> tinyint(column);
      case SMALLINT -> unsigned ? DataTypes.INT() : DataTypes.SMALLINT();
      case MEDIUMINT -> DataTypes.INT();
      case INT -> unsigned ? DataTypes.BIGINT() : DataTypes.INT();
      case BIGINT -> unsigned ? DataTypes.DECIMAL(20, 0) : DataTypes.BIGINT();
      case DECIMAL ->
          column.length() >= 1 && column.length() <= MAX_DECIMAL
              ? DataTypes.DECIMAL((int) column.length(), column.scale())
              : DataTypes.STRING();
      case FLOAT -> DataTypes.FLOAT();
      case DOUBLE -> DataTypes.DOUBLE();
      case YEAR -> DataTypes.SMALLINT();
      case DATE -> DataTypes.DATE();
      case DATETIME -> DataTypes.TIMESTAMP(column.scale());
      case TIMESTAMP -> DataTypes.TIMESTAMP_LTZ(column.scale());
      case CHAR -> bounded(column) ? DataTypes.CHAR((int) column.length()) : DataTypes.STRING();
      case VARCHAR ->
          bounded(column) ? DataTypes.VARCHAR((int) column.length()) : DataTypes.STRING();
        // TIME goes from -838 to 838 hours in microseconds; Flink's is a time of day in
        // milliseconds.
      case TIME, TEXT, ENUM, SET, JSON, UUID, INET -> DataTypes.STRING();
      case BIT, BINARY, VARBINARY, BLOB, GEOMETRY -> DataTypes.BYTES();
    };
  }

  private static DataType tinyint(Column column) {
    if (column.columnType().equals("boolean")) {
      return DataTypes.BOOLEAN();
    }
    return column.unsigned() ? DataTypes.SMALLINT() : DataTypes.TINYINT();
  }

  private static boolean bounded(Column column) {
    return column.length() >= 1 && column.length() < Integer.MAX_VALUE;
  }
}
