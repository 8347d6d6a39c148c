package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.ListStream;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** SHOW and SELECT about logical names, which no node could answer. */
final class OwnAnswers {
  private final RoutedSession session;
  private final PiDal engine;

  OwnAnswers(RoutedSession session, PiDal engine) {
    this.session = session;
    this.engine = engine;
  }

  /** Empty if a node can answer. */
  Optional<Result> answer(String sql) {
    List<Token> tokens = Tokens.of(sql).stream().filter(token -> !token.is(";")).toList();
    String words =
        tokens.stream()
            .map(token -> token.text().toUpperCase(Locale.ROOT))
            .collect(Collectors.joining(" "));
    if (words.startsWith("EXPLAIN ROUTE ")) {
      String explained = sql.substring(tokens.get(2).begin());
      return Optional.of(session.plan(StatementReader.read(explained)).accept(new RouteAnswer()));
    }
    if (NamedLocks.areAsked(tokens)) {
      return Optional.of(session.locks().ask(sql, tokens, engine.version().rules().anyNode()));
    }
    switch (words) {
      case "SELECT DATABASE ( )", "SELECT SCHEMA ( )" -> {
        return Optional.of(
            one("DATABASE()", java.util.Collections.singletonList(session.schema())));
      }
      case "SHOW WARNINGS", "SHOW ERRORS" ->
          throw new DalException(
              DalError.REFUSED, words + " is not supported: warnings are not kept yet");
      default -> {
        if (words.startsWith("SHOW DATABASES") || words.startsWith("SHOW SCHEMAS")) {
          return Optional.of(databases(tokens, sql));
        }
        if (words.startsWith("SHOW TABLE STATUS")) {
          return Optional.of(tableStatus(tokens));
        }
        return words.startsWith("SHOW TABLES") || words.startsWith("SHOW FULL TABLES")
            ? Optional.of(tables(tokens, sql))
            : Optional.empty();
      }
    }
  }

  private static Result one(String column, List<String> values) {
    List<Row> rows = new ArrayList<>();
    for (String value : values) {
      rows.add(Row.ofText(java.util.Collections.singletonList(value == null ? null : utf8(value))));
    }
    return new Result.Rows(new ListStream(List.of(Column.text(column)), rows));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Result databases(List<Token> tokens, String sql) {
    List<List<String>> rows =
        List.of(List.of("information_schema"), List.of(engine.version().rules().schema()));
    return new Shown(List.of("Database"), 1, rows).taken(sql, tokens, 2, session::executed);
  }

  private Result tables(List<Token> tokens, String sql) {
    boolean full = tokens.get(1).is("FULL");
    int at = full ? 3 : 2;
    String schema = session.schema();
    if (at + 1 < tokens.size() && (tokens.get(at).is("FROM") || tokens.get(at).is("IN"))) {
      schema = tokens.get(at + 1).name();
      at += 2;
    }
    if (!session.version().rules().schema().equals(schema)) {
      throw new DalException(
          DalError.REFUSED, "this form of SHOW TABLES is not supported; write SHOW TABLES");
    }
    List<List<String>> rows = new ArrayList<>();
    types().forEach((name, type) -> rows.add(List.of(name, type)));
    return new Shown(List.of("Tables_in_" + schema, "Table_type"), full ? 2 : 1, rows)
        .taken(sql, tokens, at, session::executed);
  }

  private Result tableStatus(List<Token> tokens) {
    int at = 3;
    String schema = session.schema();
    if (at + 1 < tokens.size() && (tokens.get(at).is("FROM") || tokens.get(at).is("IN"))) {
      schema = tokens.get(at + 1).name();
      at += 2;
    }
    boolean like = at + 2 == tokens.size() && tokens.get(at).is("LIKE");
    if (!(like || at == tokens.size()) || !session.version().rules().schema().equals(schema)) {
      throw new DalException(
          DalError.REFUSED,
          "this form of SHOW TABLE STATUS is not supported; write SHOW TABLE STATUS, or ask"
              + " information_schema.TABLES");
    }
    return session.executed(
        new InformationSchema(session.version(), session.nodes())
            .tableStatus(like ? tokens.get(at + 1).text() : null));
  }

  /** The types of tables by their names. */
  private Map<String, String> types() {
    DalRules rules = session.version().rules();
    Map<String, String> types = new TreeMap<>();
    if (rules.defaultNode() != null) {
      try (NodeConnection connection = session.nodes().acquire(rules.defaultNode());
          RowStream stream = ((Result.Rows) connection.run("SHOW FULL TABLES")).stream()) {
        for (Row row = stream.next(); row != null; row = stream.next()) {
          List<byte[]> values = row.textValues();
          types.put(
              new String(values.get(0), StandardCharsets.UTF_8),
              new String(values.get(1), StandardCharsets.UTF_8));
        }
      }
      rules.tables().stream()
          .flatMap(LogicalTable::actualTables)
          .filter(actual -> actual.node().equals(rules.defaultNode()))
          .forEach(actual -> types.remove(actual.table()));
    }
    rules.tables().forEach(table -> types.put(table.name(), "BASE TABLE"));
    return types;
  }

  /** Actual names in the rows of SHOW CREATE TABLE, SHOW INDEX and the like become logical ones. */
  static Result renamed(Result result, LogicalNames names) {
    if (!(result instanceof Result.Rows given)) {
      return result;
    }
    List<Row> rows = new ArrayList<>();
    try (RowStream stream = given.stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        List<byte[]> values = new ArrayList<>(row.textValues());
        String first =
            values.get(0) == null ? "" : new String(values.get(0), StandardCharsets.UTF_8);
        String logical = names.logical(first);
        if (!logical.equals(first)) {
          values.set(0, utf8(logical));
          for (int i = 1; i < values.size(); i++) {
            values.set(i, created(values.get(i), first, logical));
          }
        }
        rows.add(Row.ofText(values));
      }
      return new Result.Rows(new ListStream(stream.columns(), rows));
    }
  }

  private static byte[] created(byte[] value, String actual, String logical) {
    String begin = "CREATE TABLE `" + actual + "`";
    String text = value == null ? "" : new String(value, StandardCharsets.UTF_8);
    return text.startsWith(begin)
        ? utf8("CREATE TABLE `" + logical + "`" + text.substring(begin.length()))
        : value;
  }
}
