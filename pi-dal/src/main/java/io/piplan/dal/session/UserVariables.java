package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Value;
import io.piplan.dal.sql.Token;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A session's user variables. No node has them: their values are written into statements as
 * literals.
 */
final class UserVariables {
  private static final int MOST = 1_000;
  private static final int MOST_CHARACTERS = 1 << 20;

  /** By name, in small letters: a literal. */
  private final Map<String, String> literals = new HashMap<>();

  private long characters;

  /** Whether a token is one, {@code @x}, and not a variable of the server, {@code @@x}. */
  static boolean isOne(Token token) {
    return token.kind() == Token.Kind.WORD
        && token.text().startsWith("@")
        && !token.text().startsWith("@@");
  }

  /**
   * Its name.
   *
   * @throws DalException if it isn't written plainly
   */
  static String name(Token token) {
    String name = token.text().substring(1);
    if (name.isEmpty() || name.contains("@")) {
      throw new DalException(
          DalError.REFUSED,
          "user variables with quotes or @ in their names are not supported; write @name");
    }
    return name.toLowerCase(Locale.ROOT);
  }

  /** What a variable is now: NULL if it was never set. */
  String literal(Token token) {
    return literals.getOrDefault(name(token), "NULL");
  }

  /** Sets one to a value of a result. */
  void set(String name, Column column, byte[] value) {
    set(name, literal(column, value));
  }

  /** Sets one to a literal. */
  void set(String name, String literal) {
    Optional<String> before = Optional.ofNullable(literals.get(name));
    long more = (long) literal.length() - before.map(String::length).orElse(0);
    if (characters + more > MOST_CHARACTERS || (before.isEmpty() && literals.size() >= MOST)) {
      throw new DalException(
          DalError.REFUSED,
          "a session may have "
              + MOST
              + " user variables, and "
              + MOST_CHARACTERS
              + " characters in them; set some to NULL");
    }
    characters += more;
    literals.put(name, literal);
  }

  void clear() {
    literals.clear();
    characters = 0;
  }

  /** As servers keep them: whole numbers, decimals, floating numbers and texts. */
  static String literal(Column column, byte[] value) {
    if (value == null) {
      return "NULL";
    }
    if (column.type() == ColumnType.BIT) {
      return column.showsBitsAsNumber()
          ? new String(value, StandardCharsets.US_ASCII)
          : new BigInteger(1, value).toString();
    }
    if (ColumnType.isFloating(column.type())) {
      String text = new String(value, StandardCharsets.US_ASCII);
      return text.toLowerCase(Locale.ROOT).contains("e") ? text : text + "E0";
    }
    boolean temporal = ColumnType.isDate(column.type()) || column.type() == ColumnType.TIME;
    return temporal
        ? Value.text(new String(value, StandardCharsets.US_ASCII)).literal()
        : ResultLiterals.stored(column, value);
  }
}
