package io.piplan.dal.sql;

import io.piplan.dal.DalException;
import io.piplan.dal.Value;
import java.util.List;
import java.util.Optional;

/**
 * A statement with a parameter in the place of each number and text: what is planned for it holds
 * for all statements that differ in those only.
 */
public final class TextTemplate implements FilledStatement {
  private static final int LONGEST = 4_000;
  private static final int MOST_LITERALS = 200;

  private final String sql;
  private final String text;

  /** Begin and end of each literal, one after the other. */
  private final int[] places;

  private TextTemplate(String sql, String text, int[] places) {
    this.sql = sql;
    this.text = text;
    this.places = places;
  }

  /**
   * The template of a text.
   *
   * @return empty if it can't be understood, has parameters already, is of several statements, or
   *     others are hardly like it: it is too long, or has a comment, which may tell of one request
   */
  public static Optional<TextTemplate> of(String sql) {
    if (sql.length() > LONGEST) {
      return Optional.empty();
    }
    Scanner scanner = new Scanner(sql);
    try {
      scanner.scan();
    } catch (DalException e) {
      return Optional.empty();
    }
    return scanner.usable ? Optional.of(scanner.template()) : Optional.empty();
  }

  /** The text that this is the template of. */
  public String sql() {
    return sql;
  }

  @Override
  public String text() {
    return text;
  }

  /** Of a literal by itself, without a sign before it. */
  @Override
  public Optional<Value> value(int literal) {
    String own = sql.substring(places[2 * literal], places[2 * literal + 1]);
    char first = own.charAt(0);
    Token.Kind kind = first == '\'' || first == '"' ? Token.Kind.STRING : Token.Kind.NUMBER;
    return Literals.of(List.of(new Token(kind, own, 0, own.length(), 0)));
  }

  @Override
  public String written(List<String> pieces) {
    if (pieces.size() > places.length / 2 + 1) {
      throw new IllegalArgumentException(
          pieces.size() + " pieces for " + places.length / 2 + " literals");
    }
    StringBuilder written = new StringBuilder(sql.length() + 64);
    for (int i = 0; i < pieces.size() - 1; i++) {
      written.append(pieces.get(i)).append(sql, places[2 * i], places[2 * i + 1]);
    }
    return written.append(pieces.get(pieces.size() - 1)).toString();
  }

  private static final class Scanner extends TokenScanner {
    private final StringBuilder text;
    private final int[] places = new int[2 * MOST_LITERALS];
    private int count;
    private int copied;
    private boolean usable = true;

    Scanner(String sql) {
      super(sql);
      this.text = new StringBuilder(sql.length());
    }

    @Override
    void token(Token.Kind kind, int begin, int end, int openBrackets) {
      boolean literal = kind == Token.Kind.NUMBER || kind == Token.Kind.STRING;
      usable &=
          kind != Token.Kind.PARAMETER
              && !(literal && count == MOST_LITERALS)
              && !(kind == Token.Kind.SYMBOL && sql.charAt(begin) == ';');
      if (literal && usable) {
        text.append(sql, copied, begin).append('?');
        copied = end;
        places[2 * count] = begin;
        places[2 * count + 1] = end;
        count++;
      }
    }

    @Override
    void comment(int begin, int end) {
      usable = false;
    }

    TextTemplate template() {
      return new TextTemplate(
          sql,
          text.append(sql, copied, sql.length()).toString(),
          java.util.Arrays.copyOf(places, 2 * count));
    }
  }
}
