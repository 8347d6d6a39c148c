package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.ListStream;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.Value;
import io.piplan.dal.sql.Token;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The rows of a SHOW, of which its LIKE or WHERE takes some.
 *
 * @param visible how many of the columns are shown: WHERE may name the others, too
 */
record Shown(List<String> columns, int visible, List<List<String>> rows) {
  /** What a condition may have beside columns and literals: it must not reach any table. */
  private static final Set<String> WORDS =
      Set.of(
          "AND", "OR", "XOR", "NOT", "IN", "LIKE", "ESCAPE", "IS", "NULL", "BETWEEN", "REGEXP",
          "RLIKE", "BINARY", "TRUE", "FALSE");

  /**
   * What is shown.
   *
   * @param tokens of the text, without its end
   * @param at where LIKE or WHERE may stand
   * @param executed runs a query without tables, which decides about a condition
   */
  Result taken(String sql, List<Token> tokens, int at, Function<String, Result> executed) {
    int left = tokens.size() - at;
    if (left <= 0) {
      return taken(name -> true);
    }
    if (left == 2 && tokens.get(at).is("LIKE")) {
      return taken(LikePattern.of(tokens.get(at + 1).text())::matches);
    }
    List<Token> condition = tokens.subList(at + 1, tokens.size());
    if (left > 1 && tokens.get(at).is("WHERE") && condition.stream().allMatch(this::isPlain)) {
      return executed.apply(
          query(sql.substring(condition.get(0).begin(), condition.get(left - 2).end())));
    }
    throw new DalException(
        DalError.REFUSED,
        "this form of "
            + sql.substring(tokens.get(0).begin(), tokens.get(at - 1).end())
            + " is not supported; write it alone, with LIKE and a text, or with WHERE and conditions"
            + " of "
            + String.join(" and ", columns)
            + " without functions");
  }

  private Result taken(Predicate<String> wanted) {
    List<Row> taken = new ArrayList<>();
    for (List<String> row : rows) {
      if (wanted.test(row.get(0))) {
        taken.add(
            Row.ofText(
                row.subList(0, visible).stream()
                    .map(value -> value.getBytes(StandardCharsets.UTF_8))
                    .toList()));
      }
    }
    List<Column> named = columns.subList(0, visible).stream().map(Column::text).toList();
    return new Result.Rows(new ListStream(named, taken));
  }

  private boolean isPlain(Token token) {
    if (token.kind() == Token.Kind.WORD && WORDS.contains(token.text().toUpperCase(Locale.ROOT))) {
      return true;
    }
    return token.isName()
        ? columns.stream().anyMatch(token.name()::equalsIgnoreCase)
        : token.kind() != Token.Kind.PARAMETER && !token.is(";");
  }

  private String query(String condition) {
    String union =
        rows.isEmpty()
            ? "SELECT "
                + literals(columns.stream().map(column -> "").toList())
                + " FROM DUAL WHERE 1 = 0"
            : ManySelects.union(
                List.of(), rows.stream().map(row -> "SELECT " + literals(row)).toList());
    return "SELECT "
        + columns.subList(0, visible).stream()
            .map(NodeSql::quoted)
            .collect(Collectors.joining(", "))
        + " FROM ("
        + union
        + ") AS shown WHERE "
        + condition;
  }

  private String literals(List<String> row) {
    return IntStream.range(0, columns.size())
        .mapToObj(i -> Value.text(row.get(i)).literal() + " AS " + NodeSql.quoted(columns.get(i)))
        .collect(Collectors.joining(", "));
  }
}
