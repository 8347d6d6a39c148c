package io.piplan.dts.sql;

import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * Names tables of a sync: one table, or all that are LIKE a pattern ({@code %} any characters,
 * {@code _} one character, a backslash before one of them takes away its meaning).
 */
public record TablePattern(String text, boolean isPattern) implements Serializable {
  public boolean matches(String table) {
    return isPattern ? Pattern.matches(regex(), table) : text.equals(table);
  }

  private String regex() {
    StringBuilder regex = new StringBuilder("(?s)");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        i++;
        regex.append(Pattern.quote(String.valueOf(text.charAt(i))));
      } else if (c == '%') {
        regex.append(".*");
      } else if (c == '_') {
        regex.append('.');
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return regex.toString();
  }

  @Override
  public String toString() {
    return isPattern ? "'" + text + "'" : text;
  }
}
