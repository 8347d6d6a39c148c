package io.piplan.dts.schema;

import io.piplan.dts.TableId;
import java.util.List;
import java.util.stream.Collectors;

/** Names and text as MySQL and MariaDB write them in SQL. */
public final class MySqlNames {
  private MySqlNames() {}

  public static String quote(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  public static String quote(TableId table) {
    return quote(table.database()) + "." + quote(table.table());
  }

  public static String quoteAll(List<String> names) {
    return names.stream().map(MySqlNames::quote).collect(Collectors.joining(", "));
  }

  /** A text literal; right under any sql_mode but NO_BACKSLASH_ESCAPES. */
  public static String literal(String text) {
    StringBuilder literal = new StringBuilder("'");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\'' -> literal.append("''");
        case '\\' -> literal.append("\\\\");
        case '\0' -> literal.append("\\0");
        default -> literal.append(c);
      }
    }
    return literal.append('\'').toString();
  }

  /** The text of a literal as {@link #literal} and the servers write them. */
  static String unquote(String literal) {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < literal.length() - 1; i++) {
      char c = literal.charAt(i);
      if (c == '\'') {
        i++;
        text.append('\'');
      } else if (c == '\\' && i + 1 < literal.length() - 1) {
        i++;
        text.append(unescape(literal.charAt(i)));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  /** The character that a backslash before this one stands for. */
  static char unescape(char c) {
    return switch (c) {
      case '0' -> '\0';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'Z' -> '\032';
      default -> c;
    };
  }
}
