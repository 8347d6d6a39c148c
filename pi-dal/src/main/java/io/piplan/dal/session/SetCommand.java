package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.rules.TransactionMode;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** SET: what the session keeps itself, what its node connections get, and what is refused. */
final class SetCommand {
  /** Given to the nodes as they are. */
  private static final Set<String> PASSED =
      Set.of(
          "time_zone",
          "foreign_key_checks",
          "unique_checks",
          "sql_safe_updates",
          "group_concat_max_len",
          "innodb_lock_wait_timeout",
          "lock_wait_timeout",
          "max_execution_time",
          "max_statement_time",
          "transaction_isolation",
          "tx_isolation",
          "lc_time_names",
          "div_precision_increment",
          "optimizer_switch");

  /** About the connection between client and proxy: of no effect here. */
  private static final Set<String> IGNORED =
      Set.of(
          "wait_timeout",
          "interactive_timeout",
          "net_write_timeout",
          "net_read_timeout",
          "session_track_schema",
          "session_track_system_variables",
          "session_track_state_change",
          "session_track_transaction_info",
          "sql_notes",
          "profiling");

  private static final Set<String> SPOKEN =
      Set.of("utf8mb4", "utf8", "utf8mb3", "null", "default", "binary");

  private static final Set<String> CHARSETS =
      Set.of(
          "character_set_results",
          "character_set_client",
          "character_set_connection",
          "names",
          "charset");

  private static final Set<String> MODES =
      Set.of(
          "strict_trans_tables",
          "strict_all_tables",
          "only_full_group_by",
          "no_zero_date",
          "no_zero_in_date",
          "error_for_division_by_zero",
          "no_auto_create_user",
          "no_engine_substitution",
          "traditional",
          "");

  /** What may stand in SET sql_mode beside texts. */
  private static final Set<String> MODE_WORDS =
      Set.of(
          "session",
          "local",
          "sql_mode",
          "@@sql_mode",
          "@@session",
          "@@local",
          "concat",
          "default");

  /** Without a scope they are for the next transaction alone. */
  private static final Set<String> PER_TRANSACTION =
      Set.of("transaction_isolation", "tx_isolation", "transaction_read_only", "tx_read_only");

  private static final int LONGEST_VALUE = 4_096;

  private static final String ISOLATION = "ISOLATION LEVEL ";

  /** Each at its number. */
  private static final List<String> LEVELS =
      List.of("READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE");

  private final String sql;
  private final RoutedSession session;

  SetCommand(String sql, RoutedSession session) {
    this.sql = sql;
    this.session = session;
  }

  void run(List<Token> tokens) {
    if (tokens.size() < 2) {
      throw new DalException(DalError.SYNTAX, "SET of nothing");
    }
    if (isOfTransactions(tokens)) {
      int from = tokens.get(1).is("TRANSACTION") ? 2 : 3;
      transaction(tokens.subList(from, tokens.size()), from == 3);
      return;
    }
    // As servers do: all values are those of before, then all is set.
    List<Runnable> assignments = new ArrayList<>();
    List<Token> assignment = new ArrayList<>();
    for (Token token : tokens.subList(1, tokens.size())) {
      if (token.is(",") && token.depth() == 0) {
        assignments.add(assignment(assignment));
        assignment = new ArrayList<>();
      } else {
        assignment.add(token);
      }
    }
    assignments.add(assignment(assignment));
    assignments.forEach(Runnable::run);
  }

  private static boolean isOfTransactions(List<Token> tokens) {
    int at = tokens.get(1).is("SESSION") || tokens.get(1).is("LOCAL") ? 2 : 1;
    return tokens.size() > at + 1
        && tokens.get(at).is("TRANSACTION")
        && !tokens.get(at + 1).is("=")
        && !tokens.get(at + 1).is(":=");
  }

  /** One of them, with its value; nothing is set yet. */
  private Runnable assignment(List<Token> tokens) {
    int at = 0;
    if (tokens.size() > 1 && (tokens.get(0).is("SESSION") || tokens.get(0).is("LOCAL"))) {
      at = 1;
    }
    String first = tokens.isEmpty() ? "" : tokens.get(at).name().toLowerCase(Locale.ROOT);
    boolean twoWords =
        first.equals("character") && tokens.size() > at + 1 && tokens.get(at + 1).is("SET");
    if (first.equals("names") || first.equals("charset") || twoWords) {
      String charset = text(tokens, twoWords ? at + 2 : at + 1);
      String which = twoWords ? "charset" : first;
      return () -> charset(which, charset);
    }
    if (first.equals("@@session") || first.equals("@@local") || first.equals("@@global")) {
      first = first + "." + (tokens.size() > at + 2 ? tokens.get(at + 2).name() : "");
      at += 2;
    }
    String name = first.replaceFirst("^@@((session|local)\\.)?", "").toLowerCase(Locale.ROOT);
    boolean equals =
        tokens.size() > at + 2 && (tokens.get(at + 1).is("=") || tokens.get(at + 1).is(":="));
    if (equals && at == 0 && UserVariables.isOne(tokens.get(0))) {
      String variable = UserVariables.name(tokens.get(0));
      String literal = session.userVariable(text(tokens, 2));
      return () -> session.userVariables().set(variable, literal);
    }
    if (!equals || name.startsWith("@") || name.startsWith("global")) {
      throw refuse(tokens);
    }
    String value = text(tokens, at + 2);
    String written = session.withUserVariables(value);
    if (written.length() > LONGEST_VALUE) {
      throw new DalException(
          DalError.REFUSED,
          "SET " + name + " to more than " + LONGEST_VALUE + " characters is not supported");
    }
    if (PER_TRANSACTION.contains(name) && at == 0 && first.startsWith("@@" + name)) {
      return () -> nextTransaction(name, written);
    }
    List<Token> in = written.equals(value) ? tokens : Tokens.of(written);
    return () -> variable(name, in, written);
  }

  /** As servers read {@code SET @@name} without a scope. */
  private void nextTransaction(String name, String value) {
    String plain = value.replaceAll("^['\"]|['\"]$", "").toUpperCase(Locale.ROOT);
    boolean access = name.endsWith("read_only");
    String words = plain.replace('-', ' ');
    if (plain.equals("DEFAULT")) {
      session.nextTransactionAsTheSession(!access, access);
    } else if (access) {
      session.nextTransaction(null, isOn(name, plain.toLowerCase(Locale.ROOT)));
    } else if (value.matches("[0-3]")) {
      session.nextTransaction(level(LEVELS.get(Integer.parseInt(value))), null);
    } else if (LEVELS.contains(words)) {
      session.nextTransaction(level(words), null);
    } else {
      throw DalException.ofNode(
          1231, "42000", "Variable '" + name + "' can't be set to the value of " + value, null);
    }
  }

  private void variable(String name, List<Token> tokens, String value) {
    String plain = value.replaceAll("^['\"]|['\"]$", "").toLowerCase(Locale.ROOT);
    if (name.equals("autocommit")) {
      session.setAutocommit(plain.equals("default") || isOn(name, plain));
    } else if (name.equals("read_your_writes")) {
      session.setReadYourWrites(isOn(name, plain));
    } else if (name.equals("transaction_read_only") || name.equals("tx_read_only")) {
      session.setReadsOnly(!plain.equals("default") && isOn(name, plain));
    } else if (name.equals("collation_connection")) {
      collation(name, plain);
    } else if (name.equals("transaction_mode")) {
      session.setMode(mode(plain));
    } else if (CHARSETS.contains(name)) {
      charset(name, value);
    } else if (name.equals("sql_mode")) {
      checkModes(tokens);
      session.setVariable(name, value);
    } else if (name.equals("sql_select_limit") && plain.equals("default")) {
      session.setVariable(name, value);
    } else if (PASSED.contains(name)) {
      session.setVariable(name, value);
    } else if (!IGNORED.contains(name)) {
      session.checkIsVariable(name);
      throw refuse(tokens);
    }
  }

  private static boolean isOn(String name, String plain) {
    if (Set.of("0", "off", "false").contains(plain)) {
      return false;
    }
    if (Set.of("1", "on", "true").contains(plain)) {
      return true;
    }
    throw DalException.ofNode(
        1231,
        "42000",
        "Variable '" + name + "' can't be set to the value of '" + plain + "'; expected 0 or 1",
        null);
  }

  private static TransactionMode mode(String text) {
    for (TransactionMode mode : TransactionMode.values()) {
      if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
        return mode;
      }
    }
    throw new DalException(
        DalError.REFUSED, "there is no transaction_mode '" + text + "'; expected simple or xa");
  }

  /** An isolation level, READ ONLY or READ WRITE, or one of each. */
  private void transaction(List<Token> tokens, boolean forSession) {
    String words =
        String.join(" ", tokens.stream().map(t -> t.text().toUpperCase(Locale.ROOT)).toList());
    String level = null;
    Boolean readsOnly = null;
    for (String part : words.split(" , ", -1)) {
      boolean access = part.equals("READ ONLY") || part.equals("READ WRITE");
      boolean isolation = part.startsWith(ISOLATION) && level == null;
      if (!(isolation || (access && readsOnly == null))) {
        throw new DalException(
            DalError.SYNTAX,
            "SET TRANSACTION "
                + words
                + ": expected ISOLATION LEVEL … and READ ONLY or READ WRITE, each once");
      }
      if (access) {
        readsOnly = part.equals("READ ONLY");
      } else {
        level = level(part.substring(ISOLATION.length()));
      }
    }
    if (!forSession) {
      session.nextTransaction(level, readsOnly);
      return;
    }
    if (level != null) {
      session.setVariable(RoutedSession.ISOLATION, level);
    }
    if (readsOnly != null) {
      session.setReadsOnly(readsOnly);
    }
  }

  /** As a value of the variable. */
  private static String level(String words) {
    if (!LEVELS.contains(words)) {
      throw new DalException(DalError.SYNTAX, "there is no isolation level " + words);
    }
    return "'" + words.replace(' ', '-') + "'";
  }

  private void charset(String name, String value) {
    String plain = value.replaceAll("['\"]", "").toLowerCase(Locale.ROOT).trim();
    String[] words = plain.split("\\s+", -1);
    boolean collated = words.length == 3 && words[1].equals("collate");
    if (!(words.length == 1 || collated) || !SPOKEN.contains(words[0])) {
      throw new DalException(
          DalError.REFUSED, "SET " + name + " " + value + ": only utf8mb4 is spoken here");
    }
    if (!name.equals("names") && !name.equals("charset")) {
      return;
    }
    collation(name, collated ? words[2] : "default");
  }

  /** By which literals are compared with each other. */
  private void collation(String name, String plain) {
    if (plain.equals("default")) {
      session.resetVariable("collation_connection");
    } else if (plain.matches("utf8mb4_[a-z0-9_]+")) {
      session.setVariable("collation_connection", plain);
    } else {
      throw new DalException(
          DalError.REFUSED,
          "SET " + name + " … " + plain + ": name a collation of utf8mb4, as utf8mb4_bin");
    }
  }

  /** Modes that change how statements are read would make routing read them wrongly. */
  private void checkModes(List<Token> tokens) {
    for (Token token : tokens) {
      if (token.kind() == Token.Kind.NUMBER
          || (token.isName() && !MODE_WORDS.contains(token.name().toLowerCase(Locale.ROOT)))) {
        throw new DalException(
            DalError.REFUSED,
            "in SET sql_mode stands " + token.text() + "; write the modes as one text");
      }
      if (token.kind() != Token.Kind.STRING) {
        continue;
      }
      String text = token.text().substring(1, token.text().length() - 1);
      for (String mode : text.toLowerCase(Locale.ROOT).split(",", -1)) {
        if (!MODES.contains(mode.trim())) {
          throw new DalException(
              DalError.REFUSED, "sql_mode " + mode + " is not supported; leave it out");
        }
      }
    }
  }

  private String text(List<Token> tokens, int from) {
    if (from >= tokens.size()) {
      throw new DalException(DalError.SYNTAX, "a value is missing in SET");
    }
    return sql.substring(tokens.get(from).begin(), tokens.get(tokens.size() - 1).end());
  }

  private DalException refuse(List<Token> tokens) {
    String what =
        tokens.isEmpty()
            ? ""
            : sql.substring(tokens.get(0).begin(), tokens.get(tokens.size() - 1).end());
    return new DalException(
        DalError.REFUSED,
        "SET "
            + what
            + " is not supported: sessions keep autocommit, transaction_mode, read_your_writes,"
            + " sql_mode, "
            + String.join(", ", PASSED.stream().sorted().toList()));
  }
}
