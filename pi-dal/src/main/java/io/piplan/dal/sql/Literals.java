package io.piplan.dal.sql;

import io.piplan.dal.Value;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The values of literals. What isn't certain is none. */
public final class Literals {
  private static final Pattern NUMBER = Pattern.compile("-?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)");

  private Literals() {}

  /** The value of an expression that is one literal. */
  public static Optional<Value> of(String expression) {
    return of(Tokens.of(expression));
  }

  /** The value of tokens that are one literal. */
  static Optional<Value> of(List<Token> tokens) {
    if (tokens.size() == 2 && (tokens.get(0).is("-") || tokens.get(0).is("+"))) {
      Token number = tokens.get(1);
      return number.kind() == Token.Kind.NUMBER
          ? number((tokens.get(0).is("-") ? "-" : "") + number.text())
          : Optional.empty();
    }
    if (tokens.size() == 2 && isTemporal(tokens.get(0)) && isString(tokens.get(1))) {
      return Optional.of(Value.temporal(text(tokens.get(1).text())));
    }
    if (tokens.size() == 3 && tokens.get(0).is("_utf8mb4") && tokens.get(1).is("x")) {
      return hex(tokens.get(2));
    }
    if (tokens.size() != 1) {
      return Optional.empty();
    }
    Token token = tokens.get(0);
    if (token.kind() == Token.Kind.PARAMETER) {
      return token.text().equals("?") ? Optional.empty() : of(token.text());
    }
    if (isString(token)) {
      return Optional.of(Value.text(text(token.text())));
    }
    if (token.kind() == Token.Kind.NUMBER) {
      return number(token.text());
    }
    if (token.is("NULL")) {
      return Optional.of(Value.NULL);
    }
    if (token.is("TRUE") || token.is("FALSE")) {
      return Optional.of(Value.whole(token.is("TRUE") ? 1 : 0));
    }
    return Optional.empty();
  }

  private static boolean isTemporal(Token token) {
    return token.is("DATE") || token.is("TIMESTAMP");
  }

  private static boolean isString(Token token) {
    return token.kind() == Token.Kind.STRING;
  }

  /** As {@link Value#literal} writes texts with backslashes. */
  private static Optional<Value> hex(Token token) {
    String digits = token.text().replaceAll("^'|'$", "");
    return isString(token) && digits.matches("([0-9a-fA-F]{2})*")
        ? Optional.of(
            Value.text(new String(HexFormat.of().parseHex(digits), StandardCharsets.UTF_8)))
        : Optional.empty();
  }

  /** Exact numbers only: 1e3 is floating, 0x1F is bytes. */
  private static Optional<Value> number(String text) {
    return NUMBER.matcher(text).matches()
        ? Optional.of(Value.number(new BigDecimal(text.endsWith(".") ? text + "0" : text)))
        : Optional.empty();
  }

  /** A quoted text without its quotes and escapes. */
  static String text(String quoted) {
    char quote = quoted.charAt(0);
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < quoted.length() - 1; i++) {
      char c = quoted.charAt(i);
      if (c == quote) {
        i++;
        text.append(quote);
      } else if (c == '\\') {
        i++;
        text.append(unescaped(quoted.charAt(i)));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  private static String unescaped(char c) {
    return switch (c) {
      case '0' -> "\0";
      case 'b' -> "\b";
      case 'n' -> "\n";
      case 'r' -> "\r";
      case 't' -> "\t";
      case 'Z' -> "\u001a";
      case '%', '_' -> "\\" + c;
      default -> String.valueOf(c);
    };
  }
}
