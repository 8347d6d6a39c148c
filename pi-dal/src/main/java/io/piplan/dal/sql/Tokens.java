package io.piplan.dal.sql;

import io.piplan.dal.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** Cuts MySQL's SQL into tokens. Comments are left out. */
public final class Tokens extends TokenScanner {
  private final List<Token> tokens = new ArrayList<>();
  private final List<String> comments = new ArrayList<>();

  private Tokens(String sql) {
    super(sql);
  }

  /**
   * The tokens of a text.
   *
   * @throws io.piplan.dal.DalException if a text, name or comment doesn't end, brackets don't
   *     match, or there is a comment that MySQL would run
   */
  public static List<Token> of(String sql) {
    return read(sql).tokens;
  }

  /** The comments of a text that begin with a slash. */
  static List<String> comments(String sql) {
    return read(sql).comments;
  }

  private static Tokens read(String sql) {
    Tokens tokens = new Tokens(sql);
    tokens.scan();
    return tokens;
  }

  /** The same text for expressions that differ in case, spaces and backticks only. */
  public static String normal(String expression) {
    return of(expression).stream().map(Token::normal).collect(Collectors.joining(" "));
  }

  /**
   * The same tokens, with values in their parameters.
   *
   * @param values by the number of the parameter
   */
  public static List<Token> bound(List<Token> tokens, IntFunction<Value> values) {
    List<Token> bound = new ArrayList<>(tokens.size());
    int number = 0;
    for (Token token : tokens) {
      bound.add(token.kind() == Token.Kind.PARAMETER ? token.bound(values.apply(number++)) : token);
    }
    return bound;
  }

  @Override
  void token(Token.Kind kind, int begin, int end, int openBrackets) {
    tokens.add(new Token(kind, sql.substring(begin, end), begin, end, openBrackets));
  }

  @Override
  void comment(int begin, int end) {
    comments.add(sql.substring(begin, end));
  }
}
