package io.piplan.proxy.command;

import io.piplan.proxy.node.SessionSettings.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What becomes of a SET statement: can it be said again on another connection, does it leave
 * nothing in the session, or does the session have to keep its connection?
 *
 * @param setting null unless it can be said again
 * @param pin why the connection must be kept; null if it needn't
 */
record SetStatement(Setting setting, String pin) {
  private static final SetStatement NOTHING = new SetStatement(null, null);
  private static final int MAX_LENGTH = 4096;

  private static final Pattern NAMES =
      Pattern.compile("(?is)SET\\s+(NAMES|CHARACTER\\s+SET|CHARSET)\\s+.*");
  private static final Pattern NAMES_PART =
      Pattern.compile("(?is)\\s*(NAMES|CHARACTER\\s+SET|CHARSET)\\s+[^=]+");
  private static final String UNSAFE_CHARSET =
      "a charset in which ASCII may be part of other characters";
  private static final Pattern TRANSACTION =
      Pattern.compile("(?is)SET\\s+(?:(SESSION|LOCAL|GLOBAL)\\s+)?TRANSACTION\\s+(.*)");
  private static final Pattern ASSIGNMENT =
      Pattern.compile(
          "(?is)\\s*(?:(SESSION|LOCAL|GLOBAL|PERSIST|PERSIST_ONLY)\\s+"
              + "|@@(?:(SESSION|LOCAL|GLOBAL|PERSIST|PERSIST_ONLY)\\s*\\.\\s*)?)?"
              + "`?([a-z_0-9]+)`?\\s*:?=\\s*(.+?)\\s*");

  /**
   * Charsets in which a byte of ASCII is always ASCII, so that statements can be looked through.
   */
  private static final Pattern SAFE_CHARSET =
      Pattern.compile("(?is).*?(utf8|utf8mb3|utf8mb4|latin1|ascii|binary|default)\\b.*");

  /** Gone with the next statement, or not to be given twice. */
  private static final Set<String> ONCE =
      Set.of(
          "timestamp",
          "insert_id",
          "last_insert_id",
          "identity",
          "rand_seed1",
          "rand_seed2",
          "gtid_next",
          "gtid_seq_no",
          "gtid_domain_id",
          "pseudo_thread_id",
          "server_id",
          "sql_log_bin",
          "password",
          "role");

  /** With @@ and no scope they are for the next transaction. */
  private static final Set<String> OF_TRANSACTIONS =
      Set.of("transaction_isolation", "tx_isolation", "transaction_read_only", "tx_read_only");

  /**
   * @param sql the statement's bytes as chars of latin1
   */
  static SetStatement of(String sql) {
    if (sql.length() > MAX_LENGTH) {
      return pinned("a SET statement of more than " + MAX_LENGTH + " bytes");
    }
    String text = withoutEnd(sql.strip());
    if (NAMES.matcher(text).matches()) {
      return SAFE_CHARSET.matcher(text).matches()
          ? new SetStatement(new Setting("names", text, false), null)
          : pinned(UNSAFE_CHARSET);
    }
    Matcher transaction = TRANSACTION.matcher(text);
    if (transaction.matches()) {
      return transaction(text, transaction);
    }
    return assignments(text);
  }

  private static String withoutEnd(String text) {
    int end = text.length();
    while (end > 0 && (text.charAt(end - 1) == ';' || text.charAt(end - 1) <= ' ')) {
      end--;
    }
    return text.substring(0, end);
  }

  private static SetStatement pinned(String why) {
    return new SetStatement(null, why);
  }

  private static SetStatement transaction(String text, Matcher found) {
    String scope = found.group(1);
    if (scope == null) {
      return pinned("SET TRANSACTION is for the next transaction of its connection");
    }
    if (scope.equalsIgnoreCase("GLOBAL")) {
      return NOTHING;
    }
    String what = found.group(2).toUpperCase(Locale.ROOT);
    boolean isolation = what.contains("ISOLATION");
    boolean access = what.contains("READ ONLY") || what.contains("READ WRITE");
    String variable = isolation && access ? null : isolation ? "isolation" : "access";
    return new SetStatement(new Setting(variable, text, false), null);
  }

  private static SetStatement assignments(String text) {
    List<String> parts = split(text.substring("SET".length()));
    String variable = null;
    boolean reads = false;
    boolean session = false;
    boolean others = false;
    for (String part : parts) {
      if (NAMES_PART.matcher(part).matches()) {
        if (!SAFE_CHARSET.matcher(part).matches()) {
          return pinned(UNSAFE_CHARSET);
        }
        variable = "names";
        session = true;
        continue;
      }
      Matcher assignment = ASSIGNMENT.matcher(part);
      if (!assignment.matches()) {
        return pinned("a form of SET that is not known");
      }
      String scope = assignment.group(1) == null ? assignment.group(2) : assignment.group(1);
      boolean global =
          scope != null && !scope.equalsIgnoreCase("SESSION") && !scope.equalsIgnoreCase("LOCAL");
      variable = assignment.group(3).toLowerCase(Locale.ROOT);
      String value = assignment.group(4);
      String upper = value.toUpperCase(Locale.ROOT);
      if (scope == null && OF_TRANSACTIONS.contains(variable) && part.strip().startsWith("@@")) {
        return pinned("SET TRANSACTION is for the next transaction of its connection");
      }
      if (ONCE.contains(variable)) {
        return pinned("SET " + variable);
      }
      if (upper.contains("SELECT") || upper.contains("ANSI") || upper.contains("BACKSLASH")) {
        return pinned("SET " + variable + " to " + value);
      }
      if (variable.startsWith("character_set_client") && !SAFE_CHARSET.matcher(value).matches()) {
        return pinned(UNSAFE_CHARSET);
      }
      reads |= value.contains("@@") || value.contains("(");
      session |= !global;
      others |= global;
    }
    if (!session) {
      return NOTHING;
    }
    if (others) {
      // Said again elsewhere it would take back what others have set for all meanwhile.
      return pinned("SET of global and session variables at once");
    }
    return new SetStatement(new Setting(parts.size() == 1 ? variable : null, text, reads), null);
  }

  /** At commas outside quotes and parentheses. */
  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int from = 0;
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        if (c == '\\') {
          i++;
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '\'' || c == '"' || c == '`') {
        quote = c;
      } else if (c == '(') {
        depth++;
      } else if (c == ')') {
        depth--;
      } else if (c == ',' && depth == 0) {
        parts.add(text.substring(from, i));
        from = i + 1;
      }
    }
    parts.add(text.substring(from));
    return parts;
  }
}
