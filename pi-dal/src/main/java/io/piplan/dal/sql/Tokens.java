package io.piplan.dal.sql;

import io.piplan.dal.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Cuts MySQL's SQL into tokens. Comments are left out. */
public final class Tokens extends TokenScanner {
  private static final Set<String> PURPOSES = Set.of("JOIN", "ORDER", "GROUP");

  /** Long statements are mostly of such: they share them. */
  private static final List<String> SINGLE_CHARACTERS =
      IntStream.range(0, 128).mapToObj(c -> String.valueOf((char) c)).toList();

  /** A text may be one with rows in it; what clients send has been looked at before. */
  private static final StatementSize MOST = StatementSize.ofThisProcess().withRows();

  private final List<Token> tokens = new ArrayList<>();
  private final List<String> comments = new ArrayList<>();

  /** Whether an index hint may say what it is for. */
  private boolean purposes;

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
    if (tokens.purposes) {
      tokens.leaveOutPurposes();
    }
    return tokens;
  }

  /**
   * What an index hint is for, {@code USE INDEX FOR ORDER BY (k)}, says nothing about rows, and
   * would be read as a clause.
   */
  private void leaveOutPurposes() {
    for (int i = 2; i + 1 < tokens.size(); i++) {
      if (isPurpose(i)) {
        boolean join = tokens.get(i + 1).is("JOIN");
        tokens.subList(i, Math.min(tokens.size(), i + (join ? 2 : 3))).clear();
      }
    }
  }

  private boolean isPurpose(int at) {
    Token before = tokens.get(at - 1);
    Token hint = tokens.get(at - 2);
    return tokens.get(at).is("FOR")
        && (before.is("INDEX") || before.is("KEY"))
        && (hint.is("USE") || hint.is("FORCE") || hint.is("IGNORE"))
        && PURPOSES.stream().anyMatch(tokens.get(at + 1)::is);
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
    MOST.add(tokens.size());
    Token token = new Token(kind, text(begin, end), begin, end, openBrackets);
    purposes |=
        kind == Token.Kind.WORD
            && end - begin == 3
            && tokens.size() >= 2
            && token.is("FOR")
            && (tokens.get(tokens.size() - 1).is("INDEX")
                || tokens.get(tokens.size() - 1).is("KEY"));
    tokens.add(token);
  }

  private String text(int begin, int end) {
    return end - begin == 1 && sql.charAt(begin) < SINGLE_CHARACTERS.size()
        ? SINGLE_CHARACTERS.get(sql.charAt(begin))
        : sql.substring(begin, end);
  }

  @Override
  void comment(int begin, int end) {
    comments.add(sql.substring(begin, end));
  }
}
