package io.piplan.dts.schema;

import io.piplan.dts.Column;
import java.util.Optional;

/** Types on Hive. Text has no bounds there, and TIMESTAMP no zone: instants are written in UTC. */
final class HiveTypeMapping implements TypeMapping {
  private static final String ZERO_DATES = "zero dates (the sync's policy for them decides)";
  private static final int MAX_DIGITS = 38;

  @Override
  public TargetType map(Column source) {
    boolean unsigned = source.unsigned();
    return switch (source.type()) {
      case TINYINT -> TargetType.of(unsigned ? "smallint" : "tinyint");
      case SMALLINT -> TargetType.of(unsigned ? "int" : "smallint");
      case MEDIUMINT -> TargetType.of("int");
      case INT -> TargetType.of(unsigned ? "bigint" : "int");
      case BIGINT -> unsigned ? decimal(20, 0) : TargetType.of("bigint");
      case YEAR -> TargetType.of("smallint");
      case DECIMAL -> decimal(source);
      case FLOAT -> TargetType.of("float");
      case DOUBLE -> TargetType.of("double");
      case BIT -> bit(Math.max(1, source.length()));
      case DATE -> TargetType.of("date").losing(ZERO_DATES);
      case DATETIME -> TargetType.of("timestamp").losing(ZERO_DATES);
      case TIMESTAMP ->
          TargetType.of("timestamp")
              .losing("being an instant: it is the time in UTC")
              .losing(ZERO_DATES);
      case TIME -> TargetType.of("string").losing("being a time: it is text, and orders as text");
      case CHAR, VARCHAR -> TargetType.of("string").losing("the bound on the length");
      case TEXT -> TargetType.of("string");
      case ENUM, SET -> TargetType.of("string").losing("the list of labels; order is that of text");
      case JSON -> TargetType.of("string").losing("being JSON: it is text");
      case UUID, INET -> TargetType.of("string").losing("being of that type: it is text");
      case BINARY, VARBINARY -> TargetType.of("binary").losing("the bound on the length");
      case BLOB -> TargetType.of("binary");
      case GEOMETRY ->
          TargetType.of("binary").losing("being a geometry: bytes are SRID and WKB as in MySQL");
    };
  }

  private static TargetType decimal(long precision, int scale) {
    return TargetType.of("decimal", "decimal(" + precision + "," + scale + ")");
  }

  private static TargetType decimal(Column source) {
    return source.length() <= MAX_DIGITS
        ? decimal(Math.max(1, source.length()), source.scale())
        : TargetType.of("string")
            .losing("being a number: Hive's decimals end at 38 digits, so it is text");
  }

  private static TargetType bit(long bits) {
    if (bits == 1) {
      return TargetType.of("boolean");
    }
    return (bits < 64 ? TargetType.of("bigint") : decimal(20, 0))
        .losing("being bits: it is a whole number");
  }

  /** A table of a sync has just the types of {@link #map}. */
  @Override
  public Optional<String> refusal(Column source, TargetColumn target) {
    String expected = map(source).ddl();
    return target.type().equals(expected) ? Optional.empty() : Optional.of("expected " + expected);
  }
}
