package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Comments that servers run: {@code /*! … *}{@code /}, from a version on if it names one, and
 * MariaDB's own {@code /*M! … *}{@code /}. Whoever routes a statement must read what servers run.
 */
public final class ExecutableComments {
  /** MariaDB takes comments for these versions of MySQL for what it doesn't know. */
  private static final int FIRST_OF_MYSQL = 50_700;

  private static final int LAST_OF_MYSQL = 99_999;
  private static final int LEAST_DIGITS = 5;
  private static final int MOST_DIGITS = 6;

  private final String sql;
  private final Server server;
  private final StringBuilder text;
  private int at;
  private boolean inside;
  private boolean asks;

  /**
   * What decides about a comment.
   *
   * @param version as comments have it: 110402 for 11.4.2
   */
  public record Server(boolean mariaDb, int version) {
    private static final Pattern VERSION =
        Pattern.compile("(?:5\\.5\\.5-)?(\\d+)\\.(\\d+)\\.(\\d+).*", Pattern.DOTALL);

    /** By what {@code VERSION()} tells. */
    public static Server of(String version) {
      Matcher numbers = VERSION.matcher(version);
      if (!numbers.matches()) {
        throw new DalException(DalError.NODE_PROTOCOL, "a node has version " + version);
      }
      return new Server(
          version.toLowerCase(Locale.ROOT).contains("mariadb"),
          Integer.parseInt(numbers.group(1)) * 10_000
              + Integer.parseInt(numbers.group(2)) * 100
              + Integer.parseInt(numbers.group(3)));
    }
  }

  private ExecutableComments(String sql, Server server) {
    this.sql = sql;
    this.server = server;
    this.text = new StringBuilder(sql.length());
  }

  /** Whether there may be some; for every statement, so that it costs little. */
  public static boolean mayBeIn(String sql) {
    int at = sql.indexOf("/*");
    return at >= 0 && (sql.indexOf("/*!", at) >= 0 || sql.indexOf("/*M!", at) >= 0);
  }

  /**
   * The statement with what servers run written out, and without what they don't.
   *
   * @param servers all nodes; asked for only if they decide
   * @throws DalException if one node would run what another doesn't, or a comment doesn't end, or
   *     stands within another
   */
  public static String written(String sql, Supplier<List<Server>> servers) {
    if (!mayBeIn(sql)) {
      return sql;
    }
    ExecutableComments anywhere = new ExecutableComments(sql, null);
    String text = anywhere.written();
    if (!anywhere.asks) {
      return text;
    }
    Set<String> texts =
        servers.get().stream()
            .distinct()
            .map(server -> new ExecutableComments(sql, server).written())
            .collect(Collectors.toSet());
    if (texts.size() != 1) {
      throw new DalException(
          DalError.REFUSED,
          "some nodes run a comment of this statement and others don't, by their versions; write it"
              + " without the comment, or leave it out");
    }
    return texts.iterator().next();
  }

  private String written() {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (c == '\'' || c == '"' || c == '`') {
        copy(endOfQuoted(c));
      } else if (c == '#' || isDashes()) {
        int end = sql.indexOf('\n', at);
        copy(end < 0 ? sql.length() : end + 1);
      } else if (sql.startsWith("/*", at)) {
        comment();
      } else if (inside && sql.startsWith("*/", at)) {
        inside = false;
        replace(at + 2);
      } else {
        copy(at + 1);
      }
    }
    if (inside) {
      throw unended();
    }
    return text.toString();
  }

  private static DalException unended() {
    return new DalException(DalError.SYNTAX, "a comment that begins with /*! doesn't end");
  }

  private void copy(int end) {
    text.append(sql, at, end);
    at = end;
  }

  /** Words on both sides stay apart. */
  private void replace(int end) {
    text.append(' ');
    at = end;
  }

  private boolean isDashes() {
    return sql.startsWith("--", at) && (at + 2 == sql.length() || sql.charAt(at + 2) <= ' ');
  }

  private int endOfQuoted(char quote) {
    int end = at + 1;
    while (end < sql.length()) {
      char c = sql.charAt(end);
      if (c == '\\' && quote != '`') {
        end += 2;
      } else if (c == quote) {
        // A doubled one begins another text at once, which comes to the same.
        return end + 1;
      } else {
        end++;
      }
    }
    return sql.length();
  }

  private void comment() {
    boolean ofMariaDb = sql.startsWith("/*M!", at);
    if (!ofMariaDb && !sql.startsWith("/*!", at)) {
      int end = sql.indexOf("*/", at + 2);
      copy(end < 0 ? sql.length() : end + 2);
      return;
    }
    if (inside) {
      throw nested();
    }
    int from = at + (ofMariaDb ? 4 : 3);
    int to = from;
    while (to < sql.length() && to - from < MOST_DIGITS && isDigit(sql.charAt(to))) {
      to++;
    }
    boolean versioned = to - from >= LEAST_DIGITS;
    int version = versioned ? Integer.parseInt(sql.substring(from, to)) : -1;
    if (runs(ofMariaDb, version)) {
      inside = true;
      replace(versioned ? to : from);
      return;
    }
    int end = sql.indexOf("*/", from);
    if (end < 0) {
      throw unended();
    }
    if (sql.substring(from, end).contains("/*")) {
      throw nested();
    }
    replace(end + 2);
  }

  private static DalException nested() {
    return new DalException(
        DalError.REFUSED, "a comment within a comment that servers run; leave one of them out");
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /**
   * Whether the server does.
   *
   * @param version -1 for none
   */
  private boolean runs(boolean ofMariaDb, int version) {
    if (!ofMariaDb && version < 0) {
      return true;
    }
    if (server == null) {
      asks = true;
      return false;
    }
    if (!server.mariaDb()) {
      return !ofMariaDb && version <= server.version();
    }
    return version < 0
        || (version <= server.version()
            && (ofMariaDb || version < FIRST_OF_MYSQL || version > LAST_OF_MYSQL));
  }
}
