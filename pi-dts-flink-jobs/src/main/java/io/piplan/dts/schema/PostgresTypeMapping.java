package io.piplan.dts.schema;

import io.piplan.dts.Column;
import java.util.Optional;

/** Types on PostgreSQL. */
final class PostgresTypeMapping implements TypeMapping {
  private static final String ZERO_DATES = "zero dates (the sync's policy for them decides)";
  private static final String NUL = "text with the character U+0000, which is refused";
  private static final long MAX_VARCHAR = 10_485_760;

  @Override
  public TargetType map(Column source) {
    boolean unsigned = source.unsigned();
    return switch (source.type()) {
      case TINYINT, YEAR -> TargetType.of("smallint");
      case SMALLINT -> TargetType.of(unsigned ? "integer" : "smallint");
      case MEDIUMINT -> TargetType.of("integer");
      case INT -> TargetType.of(unsigned ? "bigint" : "integer");
      case BIGINT -> unsigned ? TargetType.of("numeric", "numeric(20,0)") : TargetType.of("bigint");
      case DECIMAL ->
          TargetType.of("numeric", "numeric(" + source.length() + "," + source.scale() + ")");
      case FLOAT -> TargetType.of("real");
      case DOUBLE -> TargetType.of("double precision");
      case BIT -> TargetType.of("bit", "bit(" + Math.max(1, source.length()) + ")");
      case DATE -> TargetType.of("date").losing(ZERO_DATES);
      case TIME -> TargetType.of("interval", "interval(" + source.scale() + ")");
      case DATETIME ->
          TargetType.of("timestamp", "timestamp(" + source.scale() + ")").losing(ZERO_DATES);
      case TIMESTAMP ->
          TargetType.of("timestamptz", "timestamptz(" + source.scale() + ")").losing(ZERO_DATES);
      case CHAR, VARCHAR -> text(source);
      case TEXT -> TargetType.of("text").losing(NUL);
      case ENUM, SET -> TargetType.of("text").losing("the list of labels; order is that of text");
      case JSON ->
          TargetType.of("jsonb").losing("spelling of JSON (spaces, key order); values stay equal");
      case UUID -> TargetType.of("uuid");
      case INET -> TargetType.of("inet");
      case BINARY, VARBINARY, BLOB -> TargetType.of("bytea");
      case GEOMETRY ->
          TargetType.of("bytea").losing("being a geometry: bytes are SRID and WKB as in MySQL");
    };
  }

  private static TargetType text(Column source) {
    long length = Math.max(1, source.length());
    return (length > MAX_VARCHAR
            ? TargetType.of("text")
            : TargetType.of("varchar", "varchar(" + length + ")"))
        .losing(NUL);
  }

  @Override
  public Optional<String> refusal(Column source, TargetColumn target) {
    String type = target.type();
    boolean fits =
        switch (source.type()) {
          case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, YEAR -> takesInteger(source, target);
          case DECIMAL ->
              type.equals("numeric")
                  && (target.length() == 0
                      || (target.scale() >= source.scale()
                          && target.length() - target.scale() >= source.length() - source.scale()));
          case FLOAT -> type.equals("real") || type.equals("double precision");
          case DOUBLE -> type.equals("double precision");
          case BIT ->
              (type.equals("bit") && target.length() == source.length())
                  || (type.equals("varbit") && isWide(target, source.length()));
          case DATE -> type.equals("date");
          case TIME -> type.equals("interval") && target.scale() >= source.scale();
          case DATETIME, TIMESTAMP ->
              (type.equals("timestamp") || type.equals("timestamptz"))
                  && target.scale() >= source.scale();
          case CHAR, VARCHAR, TEXT, ENUM -> takesText(target, source.length());
          case SET -> takesText(target, source.length());
          case JSON -> type.equals("jsonb") || type.equals("json") || takesText(target, 1L << 32);
          case UUID -> type.equals("uuid") || takesText(target, 36);
          case INET -> type.equals("inet") || takesText(target, 45);
          case BINARY, VARBINARY, BLOB, GEOMETRY -> type.equals("bytea");
        };
    return fits ? Optional.empty() : Optional.of("expected " + map(source).ddl() + " or wider");
  }

  private static boolean takesInteger(Column source, TargetColumn target) {
    long digits = digits(source);
    return switch (target.type()) {
      case "smallint" -> digits < 5 || (digits == 5 && !source.unsigned());
      case "integer" -> digits < 10 || (digits == 10 && !source.unsigned());
      case "bigint" -> digits < 20;
      case "numeric" -> target.length() == 0 || target.length() - target.scale() >= digits;
      default -> false;
    };
  }

  private static long digits(Column source) {
    return switch (source.type()) {
      case TINYINT -> 3;
      case YEAR -> 4;
      case SMALLINT -> 5;
      case MEDIUMINT -> 8;
      case INT -> 10;
      default -> source.unsigned() ? 20 : 19;
    };
  }

  private static boolean takesText(TargetColumn target, long length) {
    return target.type().equals("text")
        || (target.type().equals("varchar") && isWide(target, length));
  }

  private static boolean isWide(TargetColumn target, long length) {
    return target.length() == 0 || target.length() >= length;
  }
}
