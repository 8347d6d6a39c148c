package io.piplan.dts.ddl;

import java.util.List;

/**
 * A column as a statement defines it.
 *
 * @param type as information_schema calls it, e.g. {@code int} or {@code mediumtext}
 * @param arguments numbers in brackets behind the type, or the labels of ENUM and SET
 * @param charset as named, else null; likewise collation
 * @param binary whether text is compared byte by byte (the attribute BINARY)
 * @param nullable null where nothing is said
 * @param defaultValue in the form of {@link io.piplan.dts.Column#defaultExpression}; null for none
 * @param onUpdate null for none
 * @param generated {@code (expression) VIRTUAL} or {@code STORED}; null for none
 * @param comment null for none
 */
record ColumnSpec(
    String name,
    String type,
    List<String> arguments,
    boolean unsigned,
    boolean zerofill,
    String charset,
    String collation,
    boolean binary,
    Boolean nullable,
    String defaultValue,
    String onUpdate,
    boolean autoIncrement,
    String generated,
    boolean invisible,
    String comment,
    boolean primary,
    boolean unique) {
  ColumnSpec {
    arguments = List.copyOf(arguments);
  }

  boolean isText() {
    return isText(type);
  }

  static boolean isText(String type) {
    return switch (type) {
      case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set" -> true;
      default -> false;
    };
  }

  static boolean isNumber(String type) {
    return switch (type) {
      case "tinyint",
              "smallint",
              "mediumint",
              "int",
              "bigint",
              "decimal",
              "float",
              "double",
              "year" ->
          true;
      default -> false;
    };
  }
}
