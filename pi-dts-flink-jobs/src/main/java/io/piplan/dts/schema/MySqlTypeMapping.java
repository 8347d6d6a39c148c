package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Types on MySQL and MariaDB: the source's own, where the target knows them. */
final class MySqlTypeMapping implements TypeMapping {
  private static final List<ColumnType> INTEGERS =
      List.of(
          ColumnType.TINYINT,
          ColumnType.SMALLINT,
          ColumnType.MEDIUMINT,
          ColumnType.INT,
          ColumnType.BIGINT);

  private final boolean mariaDb;

  MySqlTypeMapping(boolean mariaDb) {
    this.mariaDb = mariaDb;
  }

  @Override
  public TargetType map(Column source) {
    String ddl = source.columnType();
    return switch (source.type()) {
      case JSON ->
          mariaDb
              ? TargetType.of("json")
              : TargetType.of("json")
                  .losing("spelling of JSON (spaces, key order); values stay equal");
      case UUID ->
          mariaDb
              ? TargetType.of("uuid")
              : TargetType.of("char", "char(36) CHARACTER SET ascii")
                  .losing("being checked as UUID");
      case INET ->
          mariaDb
              ? TargetType.of(ddl.toLowerCase(Locale.ROOT))
              : TargetType.of("varchar", "varchar(45) CHARACTER SET ascii")
                  .losing("being checked and sorted as an address");
      case GEOMETRY ->
          TargetType.of(ddl, mariaDb && ddl.equals("geomcollection") ? "geometrycollection" : ddl);
      default -> TargetType.of(name(source), ddl);
    };
  }

  /** The name a column of that type has: {@code int unsigned} for {@code int(10) unsigned}. */
  static String name(Column column) {
    if (column.type() == ColumnType.JSON) {
      return "json";
    }
    String type = column.columnType().toLowerCase(Locale.ROOT);
    int end = 0;
    while (end < type.length() && Character.isLetterOrDigit(type.charAt(end))) {
      end++;
    }
    return type.substring(0, end) + (column.unsigned() ? " unsigned" : "");
  }

  /**
   * A target column out of the target's own schema; lengths of text and labels are those that
   * {@link #refusal} compares.
   */
  static TargetColumn targetColumn(Column column) {
    return new TargetColumn(
        column.name(),
        name(column),
        column.length(),
        column.scale(),
        column.charset(),
        column.nullable(),
        column.defaultExpression() != null || column.autoIncrement(),
        column.generated());
  }

  @Override
  public Optional<String> refusal(Column source, TargetColumn target) {
    String base = target.type().replace(" unsigned", "");
    boolean unsigned = target.type().endsWith(" unsigned");
    boolean fits =
        switch (source.type()) {
          case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT ->
              takesInteger(source, base, unsigned, target);
          case YEAR -> base.equals("year") || takesInteger(source, base, unsigned, target);
          case DECIMAL ->
              base.equals("decimal")
                  && !(unsigned && !source.unsigned())
                  && target.scale() >= source.scale()
                  && target.length() - target.scale() >= source.length() - source.scale();
          case FLOAT -> base.equals("float") || base.equals("double");
          case DOUBLE -> base.equals("double");
          case BIT -> base.equals("bit") && target.length() >= source.length();
          case DATE -> base.equals("date");
          case TIME -> base.equals("time") && target.scale() >= source.scale();
          case DATETIME, TIMESTAMP ->
              (base.equals("datetime") || base.equals(name(source)))
                  && target.scale() >= source.scale();
          case CHAR, VARCHAR, TEXT -> takesText(source, target, base);
          case ENUM -> base.equals("enum") || takesText(source, target, base);
          case SET -> base.equals("set") || takesText(source, target, base);
          case JSON -> base.equals("json") || base.equals("longtext");
          case UUID -> base.equals("uuid") || (isText(base) && target.length() >= 36);
          case INET ->
              base.equals(name(source))
                  || base.equals("inet6")
                  || (isText(base) && target.length() >= 39);
          case BINARY ->
              (base.equals("binary") && target.length() == source.length())
                  || takesBytes(source, target, base);
          case VARBINARY, BLOB -> takesBytes(source, target, base);
          case GEOMETRY -> base.equals(source.columnType()) || base.equals("geometry");
        };
    return fits ? Optional.empty() : Optional.of(reason(source, target, base));
  }

  private String reason(Column source, TargetColumn target, String base) {
    boolean charset = isText(base) && source.charset() != null && !holdsCharset(source, target);
    return charset
        ? "character set "
            + target.charset()
            + " does not have every character of "
            + source.charset()
            + (target.length() < source.length() ? ", and it is too short" : "")
        : "expected " + map(source).ddl() + " or wider";
  }

  private static boolean holdsCharset(Column source, TargetColumn target) {
    return holds(target.charset(), source.charset());
  }

  private static boolean takesInteger(
      Column source, String base, boolean unsigned, TargetColumn target) {
    if (base.equals("decimal")) {
      return !(unsigned && !source.unsigned()) && target.length() - target.scale() >= 20;
    }
    int have = rank(base);
    int need = source.type() == ColumnType.YEAR ? 1 : INTEGERS.indexOf(source.type());
    if (source.type() == ColumnType.YEAR) {
      return have >= need;
    }
    return source.unsigned() == unsigned ? have >= need : source.unsigned() && have > need;
  }

  private static int rank(String base) {
    for (int i = 0; i < INTEGERS.size(); i++) {
      if (INTEGERS.get(i).name().toLowerCase(Locale.ROOT).equals(base)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean takesText(Column source, TargetColumn target, String base) {
    return (base.equals("char") ? source.type() == ColumnType.CHAR : isText(base))
        && target.length() >= source.length()
        && (source.charset() == null || holdsCharset(source, target));
  }

  /** Whether every character of one set is in the other. */
  private static boolean holds(String target, String source) {
    return source.equals(target)
        || "utf8mb4".equals(target)
        || source.equals("ascii")
        || (target != null && target.startsWith("utf8") && source.equals("latin1"));
  }

  private static boolean takesBytes(Column source, TargetColumn target, String base) {
    return (base.equals("varbinary") || base.endsWith("blob"))
        && target.length() >= source.length();
  }

  private static boolean isText(String base) {
    return base.equals("char") || base.equals("varchar") || base.endsWith("text");
  }
}
