package io.piplan.proxy.rights;

import io.piplan.dal.sql.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What of SET a user may have who has not all rights: only what concerns the session itself. */
final class SetRights {
  private static final Set<String> OF_MORE_THAN_THE_SESSION =
      Set.of(
          "global",
          "persist",
          "persist_only",
          "password",
          "role",
          "@@global",
          "@@persist",
          "@@persist_only",
          "statement");

  /** By these a write would not be in the binlog, or be taken for another server's. */
  private static final Set<String> OF_THE_BINLOG =
      Set.of(
          "sql_log_bin",
          "binlog_format",
          "binlog_row_image",
          "gtid_next",
          "gtid_domain_id",
          "gtid_seq_no",
          "server_id",
          "skip_replication");

  private static final Set<String> CHARSETS_SET =
      Set.of(
          "names",
          "charset",
          "character",
          "character_set_client",
          "@@character_set_client",
          "collation_connection",
          "@@collation_connection");

  /**
   * Character sets in which ASCII, and nothing else, is ASCII and a space. Their collations begin
   * so, too.
   */
  private static final List<String> SAFE_CHARSETS = List.of("utf8", "ascii", "binary");

  private static final Set<String> AROUND_A_CHARSET =
      Set.of("session", "local", "names", "charset", "character", "set", "collate");

  private static final Set<String> OF_AN_SQL_MODE =
      Set.of("concat", "(", ")", ",", "@@sql_mode", "@@session", ".", "sql_mode", "default");

  private static final Set<String> READ_OTHERWISE =
      Set.of("ansi", "no_backslash", "oracle", "mssql", "db2", "postgresql", "maxdb");

  private SetRights() {}

  /**
   * Checks one SET without subqueries.
   *
   * @throws io.piplan.proxy.ProxyException if it may not run
   */
  static void check(List<Token> tokens) {
    for (List<Token> assignment : assignments(tokens.subList(1, tokens.size()))) {
      int equals = 0;
      while (equals < assignment.size() && !isEquals(assignment.get(equals))) {
        equals++;
      }
      List<String> named = assignment.subList(0, equals).stream().map(SetRights::lower).toList();
      List<Token> value =
          equals < assignment.size()
              ? assignment.subList(equals + 1, assignment.size())
              : assignment;
      if (named.stream().anyMatch(OF_MORE_THAN_THE_SESSION::contains)) {
        throw StatementRights.notUnderstood("SET of more than the session's own variables");
      }
      if (named.stream().anyMatch(name -> OF_THE_BINLOG.contains(name.replace("@", "")))) {
        throw StatementRights.notUnderstood("SET of how the binlog is written");
      }
      if (named.contains("sql_mode") || named.contains("@@sql_mode")) {
        sqlMode(value);
      } else if (named.stream().anyMatch(CHARSETS_SET::contains)) {
        charset(value);
      }
    }
  }

  private static boolean isEquals(Token token) {
    return token.is("=") || token.is(":=");
  }

  private static List<List<Token>> assignments(List<Token> tokens) {
    List<List<Token>> all = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= tokens.size(); i++) {
      if (i == tokens.size() || (tokens.get(i).is(",") && tokens.get(i).depth() == 0)) {
        all.add(tokens.subList(from, i));
        from = i + 1;
      }
    }
    return all;
  }

  /** A name may be in backticks. */
  private static String lower(Token token) {
    return (token.isName() ? token.name() : token.text()).toLowerCase(Locale.ROOT);
  }

  /** Without its quotes. */
  private static String plain(Token text) {
    return lower(text).substring(1, text.text().length() - 1);
  }

  /** Modes decide how a server reads a statement, and so what is looked at here. */
  private static void sqlMode(List<Token> value) {
    StringBuilder texts = new StringBuilder();
    for (Token token : value) {
      if (token.kind() == Token.Kind.STRING && plain(token).matches("[a-z_, ]*")) {
        texts.append(plain(token));
      } else if (!OF_AN_SQL_MODE.contains(lower(token))) {
        throw StatementRights.notUnderstood(
            "an sql_mode that is no plain text, nor CONCAT(@@sql_mode, text)");
      }
    }
    if (READ_OTHERWISE.stream().anyMatch(texts.toString()::contains)) {
      throw StatementRights.notUnderstood(
          "an sql_mode by which statements are read in another way");
    }
  }

  private static void charset(List<Token> value) {
    for (Token token : value) {
      boolean text = token.kind() == Token.Kind.STRING;
      String name = text ? plain(token) : lower(token);
      if (!(text || token.isName()) || !name.matches("[a-z0-9_]*")) {
        throw StatementRights.notUnderstood("a character set that is not named");
      }
      if (SAFE_CHARSETS.stream().noneMatch(name::startsWith)
          && (text || !AROUND_A_CHARSET.contains(name))) {
        throw StatementRights.notUnderstood(
            "a character set whose letters may hold quotes or spaces; write utf8mb4");
      }
    }
  }
}
