package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.Locale;

/** Statements that are about the session and no table: recognized by their first words. */
final class SessionCommand {
  /** As servers take them. */
  private static final int LONGEST_NAME = 64;

  private SessionCommand() {}

  /**
   * Runs a statement of the session.
   *
   * @return false if it is none
   */
  static boolean run(String sql, RoutedSession session) {
    List<Token> all = Tokens.of(sql);
    int end = all.size();
    while (end > 0 && all.get(end - 1).is(";")) {
      end--;
    }
    List<Token> tokens = all.subList(0, end);
    if (tokens.isEmpty()) {
      throw new DalException(DalError.SYNTAX, "Query was empty");
    }
    if (tokens.stream().anyMatch(token -> token.is(";"))) {
      throw new DalException(
          DalError.REFUSED, "several statements in one text; send them one by one");
    }
    switch (tokens.get(0).text().toUpperCase(Locale.ROOT)) {
      case "BEGIN" -> {
        only(tokens, "BEGIN", "WORK");
        session.begin();
      }
      case "START" -> start(tokens, session);
      case "COMMIT" -> {
        only(tokens, "COMMIT", "WORK");
        session.commit();
      }
      case "ROLLBACK" -> rollback(tokens, session);
      case "SAVEPOINT" -> session.savepoint(name(tokens, 1));
      case "RELEASE" -> session.release(name(tokens, 2));
      case "RELOAD" -> {
        only(tokens, "RELOAD");
        session.reloadRules();
      }
      case "USE" -> session.use(name(tokens, 1));
      case "SET" -> new SetCommand(sql, session).run(tokens);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void start(List<Token> tokens, RoutedSession session) {
    boolean readOnly = words(tokens).equals("START TRANSACTION READ ONLY");
    if (readOnly || words(tokens).equals("START TRANSACTION READ WRITE")) {
      session.begin(readOnly);
      return;
    }
    if (!words(tokens).equals("START TRANSACTION")) {
      throw new DalException(
          DalError.REFUSED,
          words(tokens)
              + " is not supported: a snapshot is consistent on one node only; write START"
              + " TRANSACTION");
    }
    session.begin();
  }

  private static void rollback(List<Token> tokens, RoutedSession session) {
    int to = 1;
    while (to < tokens.size() && tokens.get(to).is("WORK")) {
      to++;
    }
    if (to == tokens.size()) {
      session.rollback();
      return;
    }
    if (!tokens.get(to).is("TO")) {
      throw new DalException(DalError.REFUSED, words(tokens) + " is not supported");
    }
    boolean word = to + 1 < tokens.size() && tokens.get(to + 1).is("SAVEPOINT");
    session.rollbackTo(name(tokens, word ? to + 2 : to + 1));
  }

  private static void only(List<Token> tokens, String... words) {
    for (int i = 0; i < tokens.size(); i++) {
      if (i >= words.length || !tokens.get(i).is(words[i])) {
        throw new DalException(DalError.REFUSED, words(tokens) + " is not supported");
      }
    }
  }

  private static String words(List<Token> tokens) {
    return String.join(
        " ", tokens.stream().map(token -> token.text().toUpperCase(Locale.ROOT)).toList());
  }

  private static String name(List<Token> tokens, int index) {
    if (index != tokens.size() - 1 || !tokens.get(index).isName()) {
      throw new DalException(DalError.SYNTAX, "a name was expected after " + tokens.get(0).text());
    }
    String name = tokens.get(index).name();
    if (name.length() > LONGEST_NAME) {
      throw DalException.ofNode(
          1059,
          "42000",
          "Identifier name '" + name.substring(0, LONGEST_NAME) + "…' is too long",
          null);
    }
    return name;
  }
}
