package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.schema.MySqlNames;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Makes a column of its definition, as the server would show it. */
final class ColumnMaker {
  private final ServerFacts server;
  private final String tableCollation;

  /**
   * @param tableCollation default for text that says nothing itself
   */
  ColumnMaker(ServerFacts server, String tableCollation) {
    this.server = server;
    this.tableCollation = tableCollation;
  }

  /** Character set and collation of a piece of text; both null for what is none. */
  private record Text(String charset, String collation) {
    private static final Text NONE = new Text(null, null);
  }

  Column column(ColumnSpec spec) {
    Text text = spec.isText() ? text(spec) : Text.NONE;
    boolean bytes = "binary".equals(text.charset());
    String type = bytes ? bytesOf(spec.type()) : spec.type();
    boolean ofBytes = !type.equals(spec.type());
    boolean json = type.equals("json") && server.mariaDb();
    boolean labelled = type.equals("enum") || type.equals("set");
    List<String> labels = labelled ? labels(spec) : List.of();
    boolean nullable = nullable(spec);
    return new Column(
        spec.name(),
        columnType(type),
        json ? "longtext" : shown(spec, type, labels, text),
        spec.unsigned(),
        length(spec, type, labels),
        scale(spec, type),
        json ? "utf8mb4" : ofBytes ? null : text.charset(),
        json ? "utf8mb4_bin" : ofBytes ? null : text.collation(),
        nullable,
        spec.generated() == null ? spec.defaultValue() : null,
        spec.autoIncrement(),
        spec.generated() != null,
        spec.invisible(),
        labels,
        spec.comment());
  }

  private boolean nullable(ColumnSpec spec) {
    if (spec.primary() || spec.autoIncrement()) {
      return false;
    }
    if (spec.nullable() != null) {
      return spec.nullable();
    }
    return !spec.type().equals("timestamp") || server.explicitTimestamps();
  }

  private Text text(ColumnSpec spec) {
    if (spec.collation() != null) {
      String collation = spec.collation();
      boolean withoutCharset = server.mariaDb() && collation.startsWith("uca1400");
      String charset =
          spec.charset() != null
              ? spec.charset()
              : withoutCharset
                  ? ServerFacts.charsetOf(tableCollation)
                  : ServerFacts.charsetOf(collation);
      return new Text(charset, withoutCharset ? charset + "_" + collation : collation);
    }
    if (spec.charset() != null) {
      return new Text(
          spec.charset(),
          spec.binary() ? spec.charset() + "_bin" : server.collation(spec.charset()));
    }
    String charset = ServerFacts.charsetOf(tableCollation);
    return new Text(charset, spec.binary() ? charset + "_bin" : tableCollation);
  }

  private static String bytesOf(String type) {
    return switch (type) {
      case "char" -> "binary";
      case "varchar" -> "varbinary";
      case "tinytext" -> "tinyblob";
      case "text" -> "blob";
      case "mediumtext" -> "mediumblob";
      case "longtext" -> "longblob";
      default -> type;
    };
  }

  private static ColumnType columnType(String type) {
    return switch (type) {
      case "tinytext", "text", "mediumtext", "longtext" -> ColumnType.TEXT;
      case "tinyblob", "blob", "mediumblob", "longblob" -> ColumnType.BLOB;
      case "inet4", "inet6" -> ColumnType.INET;
      case "geometry",
              "point",
              "linestring",
              "polygon",
              "multipoint",
              "multilinestring",
              "multipolygon",
              "geomcollection" ->
          ColumnType.GEOMETRY;
      default -> ColumnType.valueOf(type.toUpperCase(Locale.ROOT));
    };
  }

  /** Trailing spaces of labels don't count. */
  private static List<String> labels(ColumnSpec spec) {
    return spec.arguments().stream().map(label -> label.replaceFirst(" +$", "")).toList();
  }

  private String shown(ColumnSpec spec, String type, List<String> labels, Text text) {
    String arguments = String.join(",", spec.arguments());
    String sign = (spec.unsigned() ? " unsigned" : "") + (spec.zerofill() ? " zerofill" : "");
    return switch (type) {
      case "tinyint", "smallint", "mediumint", "int", "bigint" -> integer(spec) + sign;
      case "decimal" -> "decimal(" + digits(spec) + "," + scale(spec, type) + ")" + sign;
      case "float", "double" -> type + (arguments.isEmpty() ? "" : "(" + arguments + ")") + sign;
      case "bit", "char", "binary" -> type + "(" + (arguments.isEmpty() ? "1" : arguments) + ")";
      case "varchar", "varbinary" -> type + "(" + arguments + ")";
      case "year" -> server.showsWidths() ? "year(4)" : "year";
      case "time", "datetime", "timestamp" ->
          arguments.isEmpty() || arguments.equals("0") ? type : type + "(" + arguments + ")";
      case "tinytext", "text", "mediumtext", "longtext" -> sized(spec, text, "text");
      case "tinyblob", "blob", "mediumblob", "longblob" -> sized(spec, text, "blob");
      case "enum", "set" ->
          type
              + labels.stream().map(MySqlNames::literal).collect(Collectors.joining(",", "(", ")"));
      case "geomcollection" -> server.mariaDb() ? "geometrycollection" : type;
      default -> type;
    };
  }

  private String integer(ColumnSpec spec) {
    boolean bool = spec.type().equals("tinyint") && spec.arguments().equals(List.of("1"));
    if (!server.showsWidths() && !spec.zerofill()) {
      return bool && !spec.unsigned() ? "tinyint(1)" : spec.type();
    }
    String width =
        spec.arguments().isEmpty()
            ? Integer.toString(width(spec.type(), spec.unsigned()))
            : spec.arguments().get(0);
    return spec.type() + "(" + width + ")";
  }

  private static int width(String type, boolean unsigned) {
    return switch (type) {
      case "tinyint" -> unsigned ? 3 : 4;
      case "smallint" -> unsigned ? 5 : 6;
      case "mediumint" -> unsigned ? 8 : 9;
      case "int" -> unsigned ? 10 : 11;
      default -> 20;
    };
  }

  private static long digits(ColumnSpec spec) {
    return spec.arguments().isEmpty() ? 10 : number(spec.arguments().get(0));
  }

  private static long number(String argument) {
    return Long.parseLong(argument);
  }

  /** TEXT(1000) is the smallest of its kind that holds so many characters. */
  private String sized(ColumnSpec spec, Text text, String kind) {
    boolean plain = spec.type().equals("text") || spec.type().equals("blob");
    if (!plain || spec.arguments().isEmpty()) {
      return (spec.type().endsWith("text") || spec.type().endsWith("blob"))
          ? spec.type().substring(0, spec.type().length() - 4) + kind
          : kind;
    }
    boolean characters = spec.type().equals("text") && !"binary".equals(text.charset());
    long bytes = number(spec.arguments().get(0)) * (characters ? width(text.charset()) : 1);
    return bytes <= 255
        ? "tiny" + kind
        : bytes <= 65_535 ? kind : bytes <= 16_777_215 ? "medium" + kind : "long" + kind;
  }

  static int width(String charset) {
    return switch (charset == null ? "" : charset) {
      case "utf8mb4", "utf16", "utf16le", "utf32", "gb18030" -> 4;
      case "utf8mb3", "ujis", "eucjpms" -> 3;
      case "ucs2", "gbk", "gb2312", "big5", "sjis", "cp932", "euckr" -> 2;
      default -> 1;
    };
  }

  private long length(ColumnSpec spec, String type, List<String> labels) {
    long given =
        spec.arguments().isEmpty() || type.equals("enum") || type.equals("set")
            ? 0
            : number(spec.arguments().get(0));
    return switch (type) {
      case "decimal" -> digits(spec);
      case "bit", "char", "binary" -> spec.arguments().isEmpty() ? 1 : given;
      case "varchar", "varbinary" -> given;
      case "tinytext",
              "text",
              "mediumtext",
              "longtext",
              "tinyblob",
              "blob",
              "mediumblob",
              "longblob" ->
          capacity(sized(spec, spec.isText() ? text(spec) : Text.NONE, "text"));
      case "json" -> server.mariaDb() ? capacity("longtext") : 0;
      case "enum" -> labels.stream().mapToInt(ColumnMaker::characters).max().orElse(0);
      case "set" ->
          labels.stream().mapToInt(ColumnMaker::characters).sum() + Math.max(0, labels.size() - 1);
      default -> 0;
    };
  }

  private static int characters(String label) {
    return label.codePointCount(0, label.length());
  }

  private static long capacity(String sized) {
    return switch (sized) {
      case "tinytext" -> 255;
      case "text" -> 65_535;
      case "mediumtext" -> 16_777_215;
      default -> 4_294_967_295L;
    };
  }

  private static int scale(ColumnSpec spec, String type) {
    List<String> arguments = spec.arguments();
    return switch (type) {
      case "decimal" -> arguments.size() > 1 ? (int) number(arguments.get(1)) : 0;
      case "time", "datetime", "timestamp" ->
          arguments.isEmpty() ? 0 : (int) number(arguments.get(0));
      default -> 0;
    };
  }
}
