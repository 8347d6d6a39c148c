package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.sql.SelectShape;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * MariaDB's JSON columns are texts whose column says that they are JSON: values that were read
 * first would be quoted by what makes JSON of them. Other texts of such columns can't be told from
 * them by their type.
 */
final class JsonValues {
  /** What makes JSON of all that it is given. */
  private static final Set<String> ALL_ARGUMENTS =
      Set.of("JSON_ARRAY", "JSON_OBJECT", "JSON_ARRAYAGG", "JSON_OBJECTAGG");

  /** What puts values into the JSON that it is given first. */
  private static final Set<String> LATER_ARGUMENTS =
      Set.of("JSON_ARRAY_APPEND", "JSON_ARRAY_INSERT", "JSON_INSERT", "JSON_REPLACE", "JSON_SET");

  /** What gives one of its arguments. */
  private static final Set<String> PASSING =
      Set.of(
          "",
          "DISTINCT",
          "THEN",
          "ELSE",
          "IF",
          "IFNULL",
          "NULLIF",
          "COALESCE",
          "MIN",
          "MAX",
          "ANY_VALUE",
          "FIRST_VALUE",
          "LAST_VALUE",
          "NTH_VALUE",
          "LAG",
          "LEAD");

  /** What takes JSON and gives a number or a text; truth values would be numbers, too. */
  private static final Set<String> NO_JSON =
      Set.of("JSON_DEPTH", "JSON_LENGTH", "JSON_TYPE", "JSON_UNQUOTE", "JSON_VALUE");

  private final List<Token> tokens;

  private record Call(String name, int argument) {
    boolean makesJson() {
      return ALL_ARGUMENTS.contains(name) || (LATER_ARGUMENTS.contains(name) && argument > 0);
    }
  }

  /** Of the statement around rows that are read first. */
  JsonValues(List<Token> tokens) {
    this.tokens = tokens;
  }

  /**
   * Refuses JSON that is made of the columns of a query which is run first.
   *
   * @param span where it stands in the statement
   * @param value whether it is a value there, and no table
   * @param tables of the query
   * @throws DalException if a column may be JSON
   */
  void check(Statement.Query query, Span span, boolean value, Collection<UsedTable> tables) {
    if (tokens.stream().noneMatch(JsonValues::isMaker)) {
      return;
    }
    Set<String> columns = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (UsedTable table : tables) {
      if (table.shape() != null) {
        table.shape().columns().stream()
            .filter(JsonValues::mayBeJson)
            .map(ColumnShape::name)
            .forEach(columns::add);
      }
    }
    Set<String> names = names(query, columns);
    if (!names.isEmpty()) {
      check(span, value, names);
    }
  }

  private static boolean isMaker(Token token) {
    String name = token.text().toUpperCase(Locale.ROOT);
    return ALL_ARGUMENTS.contains(name) || LATER_ARGUMENTS.contains(name);
  }

  private static boolean mayBeJson(ColumnShape column) {
    return column.dataType().equals("longtext") && "utf8mb4_bin".equals(column.collation());
  }

  /** By which the statement around it names such columns. */
  private static Set<String> names(Statement.Query query, Set<String> columns) {
    if (query.shape() == null || query.shape().hasStar()) {
      return columns;
    }
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (SelectShape.Item item : query.shape().items()) {
      List<Token> expression = Tokens.of(item.expression());
      if (gives(expression, columns)) {
        int size = expression.size();
        boolean bare = size == 1 || expression.get(size - 2).is(".");
        names.add(
            item.alias() != null
                ? item.alias()
                : bare ? expression.get(size - 1).name() : item.expression());
      }
    }
    return names;
  }

  /** Whether an expression is one of the columns, gives its values on, or gives JSON of it. */
  private static boolean gives(List<Token> expression, Set<String> columns) {
    Deque<String> callers = new ArrayDeque<>();
    for (int i = 0; i < expression.size(); i++) {
      Token token = expression.get(i);
      boolean given =
          token.isName()
              && columns.contains(token.name())
              && callers.stream().allMatch(JsonValues::mayGiveJson);
      if (given) {
        return true;
      }
      if (token.is("(")) {
        callers.push(caller(expression, i));
      } else if (token.is(")") && !callers.isEmpty()) {
        callers.pop();
      }
    }
    return false;
  }

  private static boolean mayGiveJson(String caller) {
    return PASSING.contains(caller) || (caller.startsWith("JSON_") && !NO_JSON.contains(caller));
  }

  private void check(Span span, boolean value, Set<String> names) {
    Deque<Call> calls = new ArrayDeque<>();
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      boolean within = token.begin() >= span.begin() && token.end() <= span.end();
      boolean itself = value && token.begin() == span.begin();
      boolean last = i + 1 == tokens.size();
      boolean named =
          !within
              && token.isName()
              && names.contains(token.name())
              && (last || !(tokens.get(i + 1).is("(") || tokens.get(i + 1).is(".")));
      if ((named || itself) && isMadeInto(calls)) {
        throw refuse(named ? token.name() : "a subquery");
      }
      if (token.is("(")) {
        calls.push(new Call(caller(tokens, i), 0));
      } else if (token.is(")") && !calls.isEmpty()) {
        calls.pop();
      } else if (token.is(",") && !calls.isEmpty()) {
        Call call = calls.pop();
        calls.push(new Call(call.name(), call.argument() + 1));
      }
    }
  }

  /** The function whose arguments a bracket begins; empty for another bracket. */
  private static String caller(List<Token> tokens, int open) {
    boolean named = open > 0 && tokens.get(open - 1).isName();
    return named ? tokens.get(open - 1).text().toUpperCase(Locale.ROOT) : "";
  }

  private static boolean isMadeInto(Deque<Call> calls) {
    for (Call call : calls) {
      if (!PASSING.contains(call.name())) {
        return call.makesJson();
      }
    }
    return false;
  }

  private static DalException refuse(String column) {
    return new DalException(
        DalError.REFUSED,
        "JSON is made of the values of "
            + column
            + ", which are read from several shards first and are texts then, even if the column is"
            + " JSON; around it in the JSON function write JSON_COMPACT(…) if it is JSON, or"
            + " CONCAT(…, '') if it is a text, of which JSON_COMPACT makes NULL");
  }
}
