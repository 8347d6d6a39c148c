package io.piplan.dal.rules;

import java.util.Locale;
import java.util.Objects;

/**
 * A real column.
 *
 * @param dataType as {@code bigint}, lower case
 * @param columnType as {@code bigint(20) unsigned}, lower case
 * @param collation null if it is no text
 * @param generated whether the server computes it from others
 * @param invisible whether {@code *} and an INSERT without a list of columns leave it out
 */
public record ColumnShape(
    String name,
    String dataType,
    String columnType,
    String collation,
    boolean autoIncrement,
    boolean generated,
    boolean invisible) {
  public ColumnShape {
    Objects.requireNonNull(name, "name");
    dataType = dataType.toLowerCase(Locale.ROOT);
    columnType = columnType.toLowerCase(Locale.ROOT);
  }

  /** A column that is visible. */
  public ColumnShape(
      String name,
      String dataType,
      String columnType,
      String collation,
      boolean autoIncrement,
      boolean generated) {
    this(name, dataType, columnType, collation, autoIncrement, generated, false);
  }

  public boolean isWholeNumber() {
    return switch (dataType) {
      case "tinyint", "smallint", "mediumint", "int", "bigint" -> true;
      default -> false;
    };
  }

  public boolean isText() {
    return dataType.equals("char") || dataType.equals("varchar");
  }

  public boolean isDate() {
    return dataType.equals("date") || dataType.equals("datetime");
  }

  public boolean isUnsigned() {
    return columnType.contains("unsigned");
  }

  /** Whether equal texts are equal bytes, but for spaces at the end. */
  public boolean comparesBytes() {
    return collation != null && (collation.endsWith("_bin") || collation.equals("binary"));
  }

  /** Whether spaces at the end of a text count. Older collations pad. */
  public boolean countsSpaces() {
    return collation != null
        && (collation.contains("_nopad_")
            || collation.contains("_0900_")
            || collation.equals("binary"));
  }
}
