package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Value;
import io.piplan.dal.rules.TransactionMode;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.ServerFunctions;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a statement asks about its session and the nodes can't know: their connections change, and
 * they have other names. Such values are written into the statement; what would need one connection
 * for the whole session is refused.
 */
record SessionValues(
    String schema,
    long lastInsertId,
    boolean autocommit,
    boolean readsOnly,
    TransactionMode transactionMode,
    OptionalLong connectionId,
    UserVariables userVariables) {

  private static final Set<String> OWN =
      Set.of(
          "autocommit",
          "transaction_mode",
          "transaction_read_only",
          "tx_read_only",
          "identity",
          "last_insert_id",
          "warning_count",
          "error_count");

  /** What keeps the value that LAST_INSERT_ID(…) is given, as its node's answer tells it. */
  private static final Set<String> TELLING_IDS =
      Set.of("INSERT", "REPLACE", "UPDATE", "EXPLAIN", "DESCRIBE", "DESC", "ANALYZE");

  /** Of the values in a statement, in characters: so much is copied without being noticed. */
  private static final long SHORT = 1 << 16;

  /** As much as a statement may have. */
  private static final long LONG = 1 << 24;

  /** Of a session without user variables. */
  SessionValues(
      String schema,
      long lastInsertId,
      boolean autocommit,
      boolean readsOnly,
      TransactionMode transactionMode,
      OptionalLong connectionId) {
    this(
        schema,
        lastInsertId,
        autocommit,
        readsOnly,
        transactionMode,
        connectionId,
        new UserVariables());
  }

  /**
   * The statement with the values in it.
   *
   * @throws DalException if what is named can't be written, or would be too long
   */
  String writtenInto(String sql) {
    return writtenInto(sql, LONG);
  }

  /** As above, for threads that others wait for: longer ones are refused, too. */
  String shortlyWrittenInto(String sql) {
    return writtenInto(sql, SHORT);
  }

  private String writtenInto(String sql, long most) {
    long length = 0;
    List<Token> tokens = Tokens.of(sql);
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < tokens.size(); i++) {
      check(tokens, i);
      int width = width(tokens, i);
      Optional<String> value =
          width == 0 ? Optional.empty() : value(tokens.get(i + width - 1), tokens.get(i));
      if (value.isPresent()) {
        Span span = new Span(tokens.get(i).begin(), tokens.get(i + width - 1).end());
        boolean alone = isItem(tokens, i, i + width);
        length += value.get().length();
        if (length > most) {
          throw new DalException(
              DalError.REFUSED,
              "the values of user variables in this statement have more than "
                  + most
                  + " characters together; name long ones once, or join a table that has them");
        }
        String name = alone ? " AS " + NodeSql.quoted(span.of(sql)) : "";
        edits.add(new Edit(span, value.get() + name));
        i += width - 1;
      }
    }
    return edits.isEmpty() ? sql : Edit.apply(sql, edits);
  }

  private static void check(List<Token> tokens, int at) {
    Token token = tokens.get(at);
    if (UserVariables.isOne(token) && at + 1 < tokens.size() && tokens.get(at + 1).is(":=")) {
      throw new DalException(
          DalError.REFUSED,
          token.text()
              + " := … is not supported here; write SELECT … INTO "
              + token.text()
              + ", or SET "
              + token.text()
              + " = … before");
    }
    if (UserVariables.isOne(token) && at > 0 && tokens.get(at - 1).is("INTO")) {
      throw new DalException(
          DalError.REFUSED,
          "INTO " + token.text() + " is for SELECT … INTO as a statement of its own");
    }
    boolean call = at + 1 < tokens.size() && tokens.get(at + 1).is("(");
    if (call
        && ServerFunctions.setsInsertId(tokens, at)
        && TELLING_IDS.stream().noneMatch(tokens.get(0)::is)) {
      throw new DalException(
          DalError.REFUSED,
          "LAST_INSERT_ID(…) with a value is kept by INSERT and UPDATE only; set a user variable"
              + " instead, or write UPDATE … SET id = LAST_INSERT_ID(id + 1)");
    }
    // The servers' own functions may stand in backticks, too.
    boolean defined =
        token.kind() == Token.Kind.QUOTED_NAME
            && (tokens.get(0).is("CREATE")
                || tokens.get(0).is("ALTER")
                || (at > 0 && tokens.get(at - 1).is("INTO")));
    if (call && !defined && ServerFunctions.isOne(token, ServerFunctions.OF_ONE_CONNECTION)) {
      throw new DalException(
          DalError.REFUSED,
          token.text()
              + "() is not supported here: a session has no connection of its own"
              + (token.name().toUpperCase(Locale.ROOT).contains("LOCK")
                  ? "; write SELECT " + token.text() + "(…) with literals and nothing else"
                  : ""));
    }
  }

  /** How many tokens could name a value of the session from here on; 0 for none. */
  private static int width(List<Token> tokens, int at) {
    Token token = tokens.get(at);
    if (UserVariables.isOne(token)) {
      return 1;
    }
    if (token.text().startsWith("@@") && isOwn(token.text().substring(2))) {
      return 1;
    }
    boolean scoped =
        (token.is("@@session") || token.is("@@local"))
            && at + 2 < tokens.size()
            && tokens.get(at + 1).is(".");
    if (scoped) {
      return isOwn(tokens.get(at + 2).name()) ? 3 : 0;
    }
    if (token.text().equals("@@") && at + 1 < tokens.size()) {
      return isOwn(tokens.get(at + 1).name()) ? 2 : 0;
    }
    boolean call =
        at + 2 < tokens.size() && tokens.get(at + 1).is("(") && tokens.get(at + 2).is(")");
    return call ? 3 : 0;
  }

  private static boolean isOwn(String variable) {
    return OWN.contains(variable.toLowerCase(Locale.ROOT));
  }

  private Optional<String> value(Token last, Token first) {
    if (UserVariables.isOne(first)) {
      return Optional.of(userVariables.literal(first));
    }
    Token named = last.is(")") ? first : last;
    boolean quoted = named.isName() && named.name().equalsIgnoreCase("LAST_INSERT_ID");
    boolean variable = first.text().startsWith("@@");
    String name = (quoted || variable ? named.name() : named.text()).toUpperCase(Locale.ROOT);
    return switch (name) {
      case "LAST_INSERT_ID", "@@LAST_INSERT_ID", "IDENTITY", "@@IDENTITY" ->
          Optional.of(Long.toString(lastInsertId));
      case "CONNECTION_ID" ->
          connectionId.isPresent()
              ? Optional.of(Long.toString(connectionId.getAsLong()))
              : Optional.empty();
      case "DATABASE", "SCHEMA" ->
          Optional.of(schema == null ? "NULL" : Value.text(schema).literal());
      case "AUTOCOMMIT", "@@AUTOCOMMIT" -> Optional.of(autocommit ? "1" : "0");
      case "TRANSACTION_READ_ONLY", "@@TRANSACTION_READ_ONLY", "TX_READ_ONLY", "@@TX_READ_ONLY" ->
          Optional.of(readsOnly ? "1" : "0");
      case "TRANSACTION_MODE", "@@TRANSACTION_MODE" ->
          Optional.of("'" + transactionMode.name().toLowerCase(Locale.ROOT) + "'");
      case "WARNING_COUNT", "@@WARNING_COUNT", "ERROR_COUNT", "@@ERROR_COUNT" ->
          throw new DalException(
              DalError.REFUSED,
              name
                  + " of the statement before is not known in another one; send SHOW COUNT(*)"
                  + (name.contains("ERROR") ? " ERRORS" : " WARNINGS"));
      default -> Optional.empty();
    };
  }

  /** Whether it is a selected column by itself, whose name apps see. */
  private static boolean isItem(List<Token> tokens, int begin, int end) {
    boolean starts =
        begin > 0
            && tokens.get(begin).depth() == 0
            && tokens.get(0).is("SELECT")
            && (tokens.get(begin - 1).is("SELECT") || tokens.get(begin - 1).is(","));
    boolean beforeFrom =
        tokens.subList(0, begin).stream().noneMatch(t -> t.depth() == 0 && t.is("FROM"));
    boolean ends =
        end == tokens.size()
            || tokens.get(end).is(",")
            || tokens.get(end).is("FROM")
            || tokens.get(end).is("LIMIT")
            || tokens.get(end).is(";");
    return starts && beforeFrom && ends;
  }
}
