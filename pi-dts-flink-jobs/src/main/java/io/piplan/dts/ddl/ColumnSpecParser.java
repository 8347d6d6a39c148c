package io.piplan.dts.ddl;

import io.piplan.dts.schema.MySqlNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the definition of one column, from its name on. */
final class ColumnSpecParser {
  private static final Pattern NUMBER = Pattern.compile("[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]+)?");
  private static final Pattern BITS = Pattern.compile("(?:0b[01]+|0x[0-9a-fA-F]+)");

  /** Other names of types. */
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("INTEGER", "int"),
          Map.entry("INT1", "tinyint"),
          Map.entry("INT2", "smallint"),
          Map.entry("INT3", "mediumint"),
          Map.entry("MIDDLEINT", "mediumint"),
          Map.entry("INT4", "int"),
          Map.entry("INT8", "bigint"),
          Map.entry("DEC", "decimal"),
          Map.entry("NUMERIC", "decimal"),
          Map.entry("FIXED", "decimal"),
          Map.entry("FLOAT4", "float"),
          Map.entry("FLOAT8", "double"),
          Map.entry("CHARACTER", "char"),
          Map.entry("VARCHARACTER", "varchar"),
          Map.entry("GEOMETRYCOLLECTION", "geomcollection"));

  private static final Set<String> KNOWN =
      Set.of(
          "bit",
          "tinyint",
          "smallint",
          "mediumint",
          "int",
          "bigint",
          "decimal",
          "float",
          "double",
          "year",
          "date",
          "time",
          "datetime",
          "timestamp",
          "char",
          "varchar",
          "tinytext",
          "text",
          "mediumtext",
          "longtext",
          "enum",
          "set",
          "json",
          "uuid",
          "inet4",
          "inet6",
          "binary",
          "varbinary",
          "tinyblob",
          "blob",
          "mediumblob",
          "longblob",
          "geometry",
          "point",
          "linestring",
          "polygon",
          "multipoint",
          "multilinestring",
          "multipolygon",
          "geomcollection");

  /** What begins another clause, and so ends a default that stands without brackets. */
  private static final Set<String> CLAUSES =
      Set.of(
          "NOT",
          "NULL",
          "DEFAULT",
          "ON",
          "AUTO_INCREMENT",
          "UNIQUE",
          "PRIMARY",
          "KEY",
          "COMMENT",
          "COLLATE",
          "COLUMN_FORMAT",
          "STORAGE",
          "GENERATED",
          "AS",
          "VISIBLE",
          "INVISIBLE",
          "CHECK",
          "CONSTRAINT",
          "REFERENCES",
          "FIRST",
          "AFTER",
          "ENGINE_ATTRIBUTE",
          "SECONDARY_ENGINE_ATTRIBUTE",
          "VIRTUAL",
          "STORED",
          "PERSISTENT",
          "WITH",
          "WITHOUT",
          "COMPRESSED",
          "SERIAL",
          "SRID",
          "REF_SYSTEM_ID");

  private final DdlTokens tokens;
  private final ServerFacts server;
  private String type;
  private List<String> arguments = new ArrayList<>();
  private boolean unsigned;
  private boolean zerofill;
  private String charset;
  private String collation;
  private boolean binary;
  private Boolean nullable;
  private String defaultValue;
  private String onUpdate;
  private boolean autoIncrement;
  private String generated;
  private boolean invisible;
  private String comment;
  private boolean primary;
  private boolean unique;

  private ColumnSpecParser(DdlTokens tokens, ServerFacts server) {
    this.tokens = tokens;
    this.server = server;
  }

  static ColumnSpec parse(DdlTokens tokens, ServerFacts server) {
    String name = tokens.name();
    return new ColumnSpecParser(tokens, server).definition(name);
  }

  private ColumnSpec definition(String name) {
    type();
    attributes();
    return new ColumnSpec(
        name,
        type,
        arguments,
        unsigned,
        zerofill,
        charset,
        collation,
        binary,
        nullable,
        defaultValue,
        onUpdate,
        autoIncrement,
        generated,
        invisible,
        comment,
        primary,
        unique);
  }

  private void type() {
    String word = tokens.peek().word();
    switch (word) {
      case "SERIAL" -> {
        tokens.take();
        type = "bigint";
        unsigned = true;
        nullable = false;
        autoIncrement = true;
        unique = true;
      }
      case "BOOL", "BOOLEAN" -> {
        tokens.take();
        type = "tinyint";
        arguments.add("1");
      }
      case "NATIONAL", "NCHAR", "NVARCHAR" -> national();
      case "LONG" -> {
        tokens.take();
        type = tokens.takeIf("VARBINARY") ? "mediumblob" : "mediumtext";
        if (type.equals("mediumtext") && !tokens.takeIf("VARCHAR")) {
          tokens.takeIf("VARCHARACTER");
        }
      }
      case "DOUBLE", "REAL" -> {
        tokens.take();
        tokens.takeIf("PRECISION");
        type = "double";
      }
      default -> {
        type = TYPES.getOrDefault(word, word.toLowerCase(Locale.ROOT));
        if (!KNOWN.contains(type)) {
          throw new DdlException("type " + (word.isEmpty() ? "missing" : word) + " is not known");
        }
        tokens.take();
      }
    }
    if (type.equals("char") && tokens.takeIf("VARYING")) {
      type = "varchar";
    }
    if (tokens.peek().is("(")) {
      arguments();
    }
    if (type.equals("float") && arguments.size() == 1) {
      type = Integer.parseInt(arguments.get(0)) > 24 ? "double" : "float";
      arguments = new ArrayList<>();
    }
  }

  private void national() {
    boolean varying = tokens.take().is("NVARCHAR");
    if (tokens.takeAny("VARCHAR", "VARCHARACTER")) {
      varying = true;
    } else if (tokens.takeAny("CHAR", "CHARACTER")) {
      varying |= tokens.takeIf("VARYING");
    } else {
      varying |= tokens.takeIf("VARYING");
    }
    type = varying ? "varchar" : "char";
    charset = "utf8mb3";
  }

  private void arguments() {
    tokens.expect("(");
    do {
      arguments.add(
          tokens.peek().kind() == DdlToken.Kind.TEXT
              ? tokens.text()
              : Long.toString(tokens.number()));
    } while (tokens.takeIf(","));
    tokens.expect(")");
  }

  private void attributes() {
    while (!tokens.atEnd() && attribute()) {}
  }

  /** Takes the next attribute if one comes. */
  private boolean attribute() {
    DdlToken next = tokens.peek();
    switch (next.word()) {
      case "UNSIGNED" -> {
        tokens.take();
        unsigned = true;
      }
      case "ZEROFILL" -> {
        tokens.take();
        zerofill = true;
        unsigned = true;
      }
      case "SIGNED", "VISIBLE", "PERSISTENT" -> tokens.take();
      case "CHARSET", "CHARACTER", "CHAR" -> {
        tokens.take();
        if (!next.is("CHARSET")) {
          tokens.expect("SET");
        }
        tokens.takeIf("=");
        charset = server.charset(textOrName());
      }
      case "ASCII" -> charset("latin1");
      case "UNICODE" -> charset("ucs2");
      case "BYTE" -> charset("binary");
      case "BINARY" -> {
        tokens.take();
        binary = true;
      }
      case "COLLATE" -> {
        tokens.take();
        tokens.takeIf("=");
        collation = textOrName().toLowerCase(Locale.ROOT).replaceFirst("^utf8_", "utf8mb3_");
      }
      case "INVISIBLE" -> {
        tokens.take();
        invisible = true;
      }
      case "COMMENT" -> {
        tokens.take();
        tokens.takeIf("=");
        comment = tokens.text();
      }
      case "NOT", "NULL", "PRIMARY", "KEY", "UNIQUE", "AUTO_INCREMENT" -> keyOrNull();
      case "DEFAULT" -> {
        tokens.take();
        defaultValue = defaultValue();
      }
      case "ON" -> {
        tokens.take();
        tokens.expect("UPDATE");
        onUpdate = now(tokens.take());
      }
      case "GENERATED", "AS" -> generated();
      case "SERIAL" -> {
        tokens.take();
        tokens.expect("DEFAULT");
        tokens.expect("VALUE");
        nullable = false;
        autoIncrement = true;
        unique = true;
      }
      default -> {
        return unimportant(next.word());
      }
    }
    return true;
  }

  private void charset(String named) {
    tokens.take();
    charset = named;
  }

  private String textOrName() {
    return tokens.peek().kind() == DdlToken.Kind.TEXT ? tokens.text() : tokens.name();
  }

  private void keyOrNull() {
    if (tokens.takeIf("NOT", "NULL")) {
      nullable = false;
    } else if (tokens.takeIf("NULL")) {
      nullable = true;
    } else if (tokens.takeIf("PRIMARY")) {
      tokens.takeIf("KEY");
      primary = true;
    } else if (tokens.takeIf("KEY")) {
      primary = true;
    } else if (tokens.takeIf("UNIQUE")) {
      tokens.takeIf("KEY");
      unique = true;
    } else if (tokens.takeIf("AUTO_INCREMENT")) {
      autoIncrement = true;
    } else if (!tokens.takeIf("NOT", "SECONDARY")) {
      throw tokens.unexpected("NULL");
    }
  }

  private void generated() {
    if (tokens.takeIf("GENERATED")) {
      tokens.expect("ALWAYS");
    }
    tokens.expect("AS");
    if (tokens.takeIf("ROW") || tokens.takeIf("IDENTITY")) {
      throw new DdlException("a column that the server fills by system versioning");
    }
    String expression = tokens.brackets();
    boolean stored = tokens.takeAny("STORED", "PERSISTENT");
    if (!stored) {
      tokens.takeIf("VIRTUAL");
    }
    generated = expression + (stored ? " STORED" : " VIRTUAL");
  }

  /** What says nothing about values. */
  private boolean unimportant(String word) {
    switch (word) {
      case "COLUMN_FORMAT", "STORAGE" -> {
        tokens.take();
        tokens.take();
      }
      case "SRID", "REF_SYSTEM_ID", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE" -> {
        tokens.take();
        tokens.takeIf("=");
        tokens.take();
      }
      case "CONSTRAINT", "CHECK" -> {
        tokens.take();
        if (word.equals("CONSTRAINT") && !tokens.takeIf("CHECK")) {
          tokens.name();
          tokens.expect("CHECK");
        }
        tokens.brackets();
        if (!tokens.takeIf("NOT", "ENFORCED")) {
          tokens.takeIf("ENFORCED");
        }
      }
      case "REFERENCES" -> references();
      case "WITH", "WITHOUT" -> {
        tokens.take();
        tokens.expect("SYSTEM");
        tokens.expect("VERSIONING");
      }
      case "COMPRESSED" -> throw new DdlException("compressed columns can't be read");
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Foreign keys are written out by themselves where they count; MySQL drops these silently. */
  private void references() {
    if (server.mariaDb() || server.version() >= 90000) {
      throw new DdlException("a foreign key in the definition of a column");
    }
    tokens.take();
    tokens.table("");
    if (tokens.peek().is("(")) {
      tokens.brackets();
    }
    while (tokens.takeIf("ON")) {
      tokens.take();
      if (!tokens.takeIf("SET") && !tokens.takeIf("NO")) {
        tokens.take();
      } else {
        tokens.take();
      }
    }
  }

  /** The value behind DEFAULT, in the form of a column's default; null for NULL. */
  String defaultValue() {
    DdlToken first = tokens.peek();
    if (first.is("(")) {
      return tokens.brackets();
    }
    if (first.kind() == DdlToken.Kind.TEXT) {
      return text(tokens.text());
    }
    tokens.take();
    if (first.is("-") || first.is("+")) {
      tokens.take();
    }
    restOfDefault();
    String written = tokens.textSince(first);
    String now = now(written);
    if (now != null) {
      return now;
    }
    return switch (first.word()) {
      case "NULL" -> null;
      case "TRUE" -> "1";
      case "FALSE" -> "0";
      default -> literalOrExpression(first, written);
    };
  }

  private void restOfDefault() {
    while (!tokens.atEnd()
        && !tokens.peek().is(",")
        && !tokens.peek().is(")")
        && !CLAUSES.contains(tokens.peek().word())) {
      if (tokens.peek().is("(")) {
        tokens.brackets();
      } else {
        tokens.take();
      }
    }
  }

  private String literalOrExpression(DdlToken first, String written) {
    String number = written.replaceFirst("^[-+]\\s*", "");
    if (NUMBER.matcher(number).matches()) {
      String value = (written.startsWith("-") ? "-" : "") + number;
      return type != null && ColumnSpec.isText(type) ? MySqlNames.literal(value) : value;
    }
    int quote = written.indexOf('\'');
    boolean introduced =
        quote > 0 && first.text().startsWith("_") && first.end() - first.start() == quote;
    boolean national = first.word().equals("N") && quote == 1;
    if (introduced || national) {
      return written.substring(quote);
    }
    boolean bits = quote == 1 && (first.is("b") || first.is("x"));
    if (bits) {
      return first.text().toLowerCase(Locale.ROOT) + written.substring(1);
    }
    boolean typed = quote > 0 && (first.is("DATE") || first.is("TIME") || first.is("TIMESTAMP"));
    if (typed) {
      return written.substring(quote);
    }
    return BITS.matcher(written).matches() ? written : "(" + written + ")";
  }

  private String text(String text) {
    return type != null
            && ColumnSpec.isNumber(type)
            && NUMBER.matcher(text.replaceFirst("^-", "")).matches()
        ? text
        : MySqlNames.literal(text);
  }

  /** A default alone, as in ALTER COLUMN … SET DEFAULT. */
  static String defaultAlone(DdlTokens tokens, ServerFacts server) {
    return new ColumnSpecParser(tokens, server).defaultValue();
  }

  private String now(DdlToken word) {
    String digits = "";
    if (tokens.peek().is("(")) {
      digits = tokens.brackets();
    }
    String now = now(word.text() + digits);
    if (now == null) {
      throw new DdlException("ON UPDATE " + word.text() + digits + " is not known");
    }
    return now;
  }

  private static String now(String written) {
    String text = written.toLowerCase(Locale.ROOT).replaceAll("\\s+", "");
    int bracket = text.indexOf('(');
    String word = bracket < 0 ? text : text.substring(0, bracket);
    String digits = bracket < 0 ? "" : text.substring(bracket + 1, text.length() - 1);
    boolean isNow =
        switch (word) {
          case "current_timestamp", "localtime", "localtimestamp" -> true;
          case "now" -> bracket > 0;
          default -> false;
        };
    if (!isNow || !digits.chars().allMatch(Character::isDigit)) {
      return null;
    }
    return "current_timestamp" + (digits.isEmpty() || digits.equals("0") ? "" : "(" + digits + ")");
  }
}
