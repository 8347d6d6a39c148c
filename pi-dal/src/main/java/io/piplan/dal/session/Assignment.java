package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.ListStream;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A SELECT that sets user variables: {@code SELECT … INTO @a, @b}, or with items {@code @a := …}.
 *
 * @param sql without what sets them
 * @param names of the variables; null for an item that sets none
 * @param shown whether the client gets the row
 */
record Assignment(String sql, List<String> names, boolean shown) {
  private static final int NO_ROW = 1329;

  /** Empty if a statement sets none in such a way. */
  static Optional<Assignment> of(String sql) {
    if (sql.indexOf('@') < 0) {
      return Optional.empty();
    }
    List<Token> tokens = Tokens.of(sql);
    if (tokens.isEmpty() || !tokens.get(0).is("SELECT")) {
      return Optional.empty();
    }
    int end = tokens.size();
    while (end > 0 && tokens.get(end - 1).is(";")) {
      end--;
    }
    List<Token> own = tokens.subList(0, end);
    for (int i = 1; i + 1 < own.size(); i++) {
      boolean variable = UserVariables.isOne(own.get(i + 1));
      if (own.get(i).is("INTO") && own.get(i).depth() == 0 && variable) {
        return Optional.of(into(sql, own, i));
      }
    }
    return own.stream().anyMatch(token -> token.is(":="))
        ? Optional.of(items(sql, own))
        : Optional.empty();
  }

  private static Assignment into(String sql, List<Token> tokens, int into) {
    List<String> names = new ArrayList<>();
    int at = into;
    do {
      at++;
      if (at >= tokens.size() || !UserVariables.isOne(tokens.get(at))) {
        throw new DalException(
            DalError.REFUSED, "SELECT … INTO of something beside user variables");
      }
      names.add(UserVariables.name(tokens.get(at)));
      at++;
    } while (at < tokens.size() && tokens.get(at).is(","));
    Span span = new Span(tokens.get(into).begin(), tokens.get(at - 1).end());
    return new Assignment(Edit.apply(sql, List.of(new Edit(span, ""))), names, false);
  }

  private static Assignment items(String sql, List<Token> tokens) {
    List<String> names = new ArrayList<>();
    List<Edit> edits = new ArrayList<>();
    int from = 1;
    int set = 0;
    for (int i = 1; i <= tokens.size(); i++) {
      boolean ends =
          i == tokens.size()
              || (tokens.get(i).depth() == 0
                  && (tokens.get(i).is(",") || tokens.get(i).is("FROM")));
      if (!ends) {
        continue;
      }
      List<Token> item = tokens.subList(from, i);
      boolean sets = item.size() > 2 && UserVariables.isOne(item.get(0)) && item.get(1).is(":=");
      names.add(sets ? UserVariables.name(item.get(0)) : null);
      if (sets) {
        set++;
        edits.add(new Edit(new Span(item.get(0).begin(), item.get(1).end()), ""));
        Token last = item.get(item.size() - 1);
        if (item.stream().noneMatch(token -> token.depth() == 0 && token.is("AS"))) {
          String said = sql.substring(item.get(0).begin(), last.end());
          edits.add(new Edit(new Span(last.end(), last.end()), " AS " + NodeSql.quoted(said)));
        }
      }
      from = i + 1;
      if (i < tokens.size() && tokens.get(i).is("FROM")) {
        break;
      }
    }
    check(tokens, names, set);
    return new Assignment(Edit.apply(sql, edits), names, true);
  }

  /** In which order a server would come to them must not matter. */
  private static void check(List<Token> tokens, List<String> names, int set) {
    Set<String> assigned = new HashSet<>(names);
    int named = 0;
    for (Token token : tokens) {
      named += UserVariables.isOne(token) && assigned.contains(UserVariables.name(token)) ? 1 : 0;
    }
    long all = tokens.stream().filter(token -> token.is(":=")).count();
    if (all != set || named != set) {
      throw new DalException(
          DalError.REFUSED,
          "@name := … within an expression, or of a variable that the statement names twice; write"
              + " it as an item of SELECT by itself, or SET @name = … before");
    }
  }

  /** Takes the values of the one row that there is. */
  Result of(Result result, RoutedSession session) {
    if (!(result instanceof Result.Rows found)) {
      throw new DalException(DalError.SYNTAX, "INTO twice: one SELECT … INTO @a, @b sets them all");
    }
    try (RowStream stream = found.stream()) {
      List<Column> columns = stream.columns();
      if (columns.size() != names.size()) {
        throw DalException.ofNode(
            1222, "21000", "The used SELECT statements have a different number of columns", null);
      }
      Row row = stream.next();
      if (row != null && stream.next() != null) {
        if (shown) {
          throw new DalException(
              DalError.REFUSED,
              "@name := … over several rows: write SELECT … ORDER BY … LIMIT 1, or number rows by"
                  + " ROW_NUMBER() OVER (…)");
        }
        throw DalException.ofNode(1172, "42000", "Result consisted of more than one row", null);
      }
      if (row == null) {
        session.nodes().warn("no row for INTO (" + NO_ROW + "): the variables stay what they were");
      }
      for (int i = 0; row != null && i < names.size(); i++) {
        if (names.get(i) != null) {
          session.userVariables().set(names.get(i), columns.get(i), row.textValues().get(i));
        }
      }
      return shown
          ? new Result.Rows(new ListStream(columns, row == null ? List.of() : List.of(row)))
          : new Result.Done(row == null ? 0 : 1, 0, row == null ? 1 : 0, "");
    }
  }
}
