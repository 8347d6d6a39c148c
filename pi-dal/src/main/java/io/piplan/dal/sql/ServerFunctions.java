package io.piplan.dal.sql;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The servers' functions that tie a statement to one connection, to one server, or to the moment.
 */
public final class ServerFunctions {
  /** They tell what the statement before did. */
  public static final Set<String> OF_THE_STATEMENT_BEFORE = Set.of("ROW_COUNT", "FOUND_ROWS");

  /** Locks with names, which belong to a connection. */
  public static final Set<String> NAMED_LOCKS =
      Set.of("GET_LOCK", "RELEASE_LOCK", "RELEASE_ALL_LOCKS");

  /** The value of a sequence that a connection had last. */
  public static final Set<String> OF_ITS_SEQUENCES = Set.of("LASTVAL");

  /** What a session without a connection of its own can't have. */
  public static final Set<String> OF_ONE_CONNECTION =
      union(OF_THE_STATEMENT_BEFORE, NAMED_LOCKS, OF_ITS_SEQUENCES, Set.of("SETVAL"));

  /** They change something, or ask about the server itself: no replica answers them. */
  public static final Set<String> OF_THE_SOURCE =
      union(
          NAMED_LOCKS,
          OF_ITS_SEQUENCES,
          Set.of(
              "NEXTVAL", "SETVAL", "IS_FREE_LOCK", "IS_USED_LOCK", "CONNECTION_ID", "UUID_SHORT"));

  private static final Set<String> OF_THE_LAST_ID = Set.of("LAST_INSERT_ID");

  /** Called twice they may give two values. */
  public static final Set<String> DIFFERENT_EACH_TIME =
      union(
          OF_THE_STATEMENT_BEFORE,
          NAMED_LOCKS,
          OF_ITS_SEQUENCES,
          Set.of(
              "RAND",
              "ROWNUM",
              "UUID",
              "UUID_SHORT",
              "UUID_V4",
              "UUID_V7",
              "ENCRYPT",
              "SYS_GUID",
              "RANDOM_BYTES",
              "SYSDATE",
              "CONNECTION_ID",
              "LAST_INSERT_ID",
              "SLEEP",
              "NEXTVAL",
              "LOAD_FILE",
              "VERSION"));

  private ServerFunctions() {}

  /** Whether a token names one of them; the servers' own functions may stand in backticks, too. */
  public static boolean isOne(Token token, Set<String> functions) {
    return token.isName() && functions.contains(token.name().toUpperCase(Locale.ROOT));
  }

  /** Whether LAST_INSERT_ID(…) with a value stands in a statement: it becomes the last id. */
  public static boolean setsInsertId(List<Token> tokens) {
    for (int i = 0; i + 2 < tokens.size(); i++) {
      if (setsInsertId(tokens, i)) {
        return true;
      }
    }
    return false;
  }

  /** As above, of one place. */
  public static boolean setsInsertId(List<Token> tokens, int at) {
    return at + 2 < tokens.size()
        && isOne(tokens.get(at), OF_THE_LAST_ID)
        && tokens.get(at + 1).is("(")
        && !tokens.get(at + 2).is(")");
  }

  @SafeVarargs
  private static Set<String> union(Set<String>... sets) {
    Set<String> all = new TreeSet<>();
    for (Set<String> one : sets) {
      all.addAll(one);
    }
    return Set.copyOf(all);
  }
}
