package io.piplan.proxy.command;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Looks through a text of SQL once, past texts and comments, for the first words of its statements
 * and for what ties it to its connection. The bytes are of a charset in which ASCII means ASCII.
 */
public final class StatementScan {
  private static final int WORDS = 4;
  private static final Set<String> SHOWING = Set.of("SHOW", "GET");
  private static final Set<String> READING =
      Set.of("SELECT", "WITH", "SHOW", "TABLE", "VALUES", "DESCRIBE", "EXPLAIN");
  private static final Map<String, Mark> MARKS =
      Map.ofEntries(
          Map.entry("LAST_INSERT_ID", new Mark(Trait.LAST_INSERT_ID, Form.FUNCTION)),
          Map.entry("IDENTITY", new Mark(Trait.LAST_INSERT_ID, Form.SYSTEM_VARIABLE)),
          Map.entry("ROW_COUNT", new Mark(Trait.PREVIOUS_RESULT, Form.FUNCTION)),
          Map.entry("FOUND_ROWS", new Mark(Trait.PREVIOUS_RESULT, Form.FUNCTION)),
          Map.entry("WARNING_COUNT", new Mark(Trait.PREVIOUS_RESULT, Form.SYSTEM_VARIABLE)),
          Map.entry("ERROR_COUNT", new Mark(Trait.PREVIOUS_RESULT, Form.SYSTEM_VARIABLE)),
          Map.entry("WARNINGS", new Mark(Trait.PREVIOUS_RESULT, Form.SHOWN)),
          Map.entry("ERRORS", new Mark(Trait.PREVIOUS_RESULT, Form.SHOWN)),
          Map.entry("DIAGNOSTICS", new Mark(Trait.PREVIOUS_RESULT, Form.SHOWN)),
          Map.entry("SQL_CALC_FOUND_ROWS", new Mark(Trait.CALC_FOUND_ROWS, Form.ANYWHERE)),
          Map.entry("GET_LOCK", new Mark(Trait.NAMED_LOCK, Form.FUNCTION)),
          Map.entry("RELEASE_LOCK", new Mark(Trait.NAMED_LOCK, Form.FUNCTION)),
          Map.entry("RELEASE_ALL_LOCKS", new Mark(Trait.NAMED_LOCK, Form.FUNCTION)),
          Map.entry("LASTVAL", new Mark(Trait.SEQUENCE_VALUE, Form.FUNCTION)),
          Map.entry("PREVIOUS", new Mark(Trait.SEQUENCE_VALUE, Form.ANYWHERE)),
          Map.entry("TEMPORARY", new Mark(Trait.TEMPORARY_TABLE, Form.ANYWHERE)));

  /** Where a word has to be to mean something. */
  private enum Form {
    ANYWHERE,
    /** Before an opening parenthesis. */
    FUNCTION,
    /** After two at signs. */
    SYSTEM_VARIABLE,
    /** In a statement that begins with SHOW or GET. */
    SHOWN
  }

  private record Mark(Trait trait, Form form) {}

  private static final int[] HASHES;
  private static final String[] NAMES;

  static {
    TreeMap<Integer, String> byHash = new TreeMap<>();
    MARKS.keySet().forEach(name -> byHash.put(name.hashCode(), name));
    if (byHash.size() != MARKS.size()) {
      throw new IllegalStateException("two words have one hash");
    }
    HASHES = byHash.keySet().stream().mapToInt(Integer::intValue).toArray();
    NAMES = byHash.values().toArray(String[]::new);
  }

  private final ByteBuf sql;
  private final int end;
  private int at;
  private final List<List<String>> statements = new ArrayList<>();
  private final Set<Trait> traits = EnumSet.noneOf(Trait.class);
  private List<String> words;
  private boolean systemVariable;

  private StatementScan(ByteBuf sql, int from) {
    this.sql = sql;
    this.at = from;
    this.end = sql.writerIndex();
  }

  /**
   * @param from where the text begins; it ends with the buffer, whose indexes stay
   */
  public static StatementScan of(ByteBuf sql, int from) {
    StatementScan scan = new StatementScan(sql, from);
    scan.run();
    return scan;
  }

  /** The first words of each statement, quoted names without their quotes. */
  public List<List<String>> statements() {
    return statements;
  }

  public Set<Trait> traits() {
    return traits;
  }

  /** The word with this index of the first statement, in upper case; empty if there is none. */
  public String word(int index) {
    return statements.isEmpty() || statements.get(0).size() <= index
        ? ""
        : statements.get(0).get(index).toUpperCase(Locale.ROOT);
  }

  /** Whether it is a single statement that gives rows and changes nothing by itself. */
  public boolean onlyReads() {
    return statements.size() == 1 && READING.contains(word(0));
  }

  private void run() {
    while (at < end) {
      byte c = sql.getByte(at);
      switch (c) {
        case '\'', '"' -> quoted(c);
        case '`' -> name();
        case '#' -> line();
        case '-' -> dash();
        case '/' -> slash();
        case '@' -> variable();
        case ';' -> {
          words = null;
          at++;
        }
        default -> {
          if (isWord(c)) {
            word();
          } else {
            systemVariable &= c == '.';
            at++;
          }
        }
      }
    }
  }

  private byte peek(int ahead) {
    return at + ahead < end ? sql.getByte(at + ahead) : 0;
  }

  private static boolean isWord(byte c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '$'
        || c < 0;
  }

  private void quoted(byte quote) {
    at++;
    while (at < end) {
      byte c = sql.getByte(at++);
      if (c == '\\') {
        at++;
      } else if (c == quote) {
        // A doubled quote begins another text at once, which comes to the same.
        return;
      }
    }
  }

  private void name() {
    int from = at + 1;
    int to = sql.indexOf(from, end, (byte) '`');
    if (to < 0) {
      to = end;
    }
    add(from, to);
    at = to + 1;
  }

  private void line() {
    int newline = sql.indexOf(at, end, (byte) '\n');
    at = newline < 0 ? end : newline + 1;
  }

  private void dash() {
    byte third = peek(2);
    if (peek(1) == '-' && (third == 0 || third <= ' ') && third >= 0) {
      line();
    } else {
      at++;
    }
  }

  /** What a comment for newer servers holds is looked at: the server may run it. */
  private void slash() {
    if (peek(1) != '*') {
      at++;
    } else if (peek(2) == '!' || (peek(2) == 'M' && peek(3) == '!')) {
      at += peek(2) == '!' ? 3 : 4;
      while (at < end && peek(0) >= '0' && peek(0) <= '9') {
        at++;
      }
    } else {
      at += 2;
      while (at < end && !(peek(0) == '*' && peek(1) == '/')) {
        at++;
      }
      at = Math.min(end, at + 2);
    }
  }

  private void variable() {
    if (peek(1) == '@') {
      systemVariable = true;
      at += 2;
    } else {
      traits.add(Trait.USER_VARIABLE);
      at++;
    }
  }

  private void word() {
    int from = at;
    int hash = 0;
    while (at < end) {
      byte c = sql.getByte(at);
      if (!isWord(c)) {
        break;
      }
      hash = 31 * hash + upper(c);
      at++;
    }
    int found = Arrays.binarySearch(HASHES, hash);
    if (found >= 0 && is(NAMES[found], from)) {
      mark(MARKS.get(NAMES[found]));
    }
    add(from, at);
  }

  private void mark(Mark mark) {
    int next = at;
    while (next < end && sql.getByte(next) >= 0 && sql.getByte(next) <= ' ') {
      next++;
    }
    boolean called = next < end && sql.getByte(next) == '(';
    boolean meant =
        switch (mark.form()) {
          case ANYWHERE -> true;
          case FUNCTION -> called;
          case SYSTEM_VARIABLE -> systemVariable;
          case SHOWN -> words != null && SHOWING.contains(words.get(0).toUpperCase(Locale.ROOT));
        };
    if (meant) {
      traits.add(mark.trait());
      if (mark.trait() == Trait.LAST_INSERT_ID && called && !closesAfter(next + 1)) {
        traits.add(Trait.SETS_INSERT_ID);
      }
    }
  }

  private boolean closesAfter(int from) {
    int next = from;
    while (next < end && sql.getByte(next) >= 0 && sql.getByte(next) <= ' ') {
      next++;
    }
    return next < end && sql.getByte(next) == ')';
  }

  private static int upper(byte c) {
    return c >= 'a' && c <= 'z' ? c - 32 : c & 0xff;
  }

  private boolean is(String name, int from) {
    if (at - from != name.length()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (upper(sql.getByte(from + i)) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void add(int from, int to) {
    if (words == null) {
      words = new ArrayList<>(WORDS);
      statements.add(words);
    }
    if (words.size() < WORDS) {
      words.add(sql.toString(from, Math.min(256, to - from), StandardCharsets.UTF_8));
    }
  }
}
