package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The clauses of a SELECT of one part. */
final class ShapeReader {
  private static final Set<String> COMMA = Set.of(",");

  /** What MariaDB takes in JSON_ARRAYAGG: it can't be done a shard at a time. */
  private static final Set<String> WITHIN_AN_AGGREGATE = Set.of("ORDER", "LIMIT");

  private static final Set<String> MODIFIERS =
      Set.of(
          "ALL",
          "HIGH_PRIORITY",
          "STRAIGHT_JOIN",
          "SQL_SMALL_RESULT",
          "SQL_BIG_RESULT",
          "SQL_BUFFER_RESULT",
          "SQL_NO_CACHE",
          "SQL_CACHE");

  /** Aggregates that can't be merged, and what looks at all rows. */
  private static final Set<String> OTHER_AGGREGATES =
      Set.of("JSON_OBJECTAGG", "ST_COLLECT", "ANY_VALUE", "GROUPING");

  /** What may stand around aggregates: it means the same for their values as for themselves. */
  private static final Set<String> FUNCTIONS =
      Set.of(
          "IFNULL",
          "COALESCE",
          "ROUND",
          "FLOOR",
          "CEIL",
          "CEILING",
          "TRUNCATE",
          "ABS",
          "GREATEST",
          "LEAST",
          "NULLIF",
          "IF",
          "SIGN",
          "MOD",
          "CONCAT",
          "CONCAT_WS",
          "LPAD",
          "RPAD");

  /** What compares values. */
  private static final Set<String> COMPARING =
      Set.of("<", ">", "=", "<=", ">=", "<>", "!=", "CASE", "NULLIF", "GREATEST", "LEAST");

  private static final Set<String> WORDS =
      Set.of(
          "DIV", "MOD", "NULL", "TRUE", "FALSE", "CASE", "WHEN", "THEN", "ELSE", "END", "AND", "OR",
          "NOT", "IS");
  private static final Set<String> OPERATORS =
      Set.of("+", "-", "*", "/", "%", "(", ")", ",", "<", ">", "=", "<=", ">=", "<>", "!=");

  private final String sql;
  private final TokenRange all;
  private String unmergeable;
  private List<List<String>> windows = List.of();

  ShapeReader(String sql, TokenRange all) {
    this.sql = sql;
    this.all = all;
  }

  SelectShape read() {
    int start = 1;
    boolean distinct = false;
    while (start < all.size() && isModifier(all.get(start))) {
      distinct |= all.get(start).is("DISTINCT") || all.get(start).is("DISTINCTROW");
      start++;
    }
    if (start < all.size() && all.get(start).is("SQL_CALC_FOUND_ROWS")) {
      refuse("SQL_CALC_FOUND_ROWS; run a second statement with COUNT(*)");
      start++;
    }
    TokenRange rest = all.from(start);
    if (rest.isEmpty()) {
      throw new DalException(DalError.SYNTAX, "SELECT of nothing");
    }
    int itemsEnd = rest.isEmpty() ? -1 : rest.find(Set.of("FROM", "INTO"));
    TokenRange itemTokens = itemsEnd < 0 ? rest : rest.to(itemsEnd);
    TokenRange afterFrom = itemsEnd < 0 ? rest.from(rest.size()) : rest.from(itemsEnd + 1);
    List<SelectShape.Item> items = new ArrayList<>();
    for (TokenRange item : itemTokens.split(COMMA)) {
      items.add(item(item));
    }
    TokenRange group = clause(afterFrom, "GROUP");
    TokenRange having = clause(afterFrom, "HAVING");
    TokenRange order = clause(afterFrom, "ORDER");
    TokenRange limit = clause(afterFrom, "LIMIT");
    refuseOthers();
    int with = group == null ? -1 : group.find(Set.of("WITH"));
    List<String> groupBy = groupBy(with < 0 ? group : group.to(with), with >= 0);
    long[] bounds = limit == null ? new long[] {0, -1} : limit(limit);
    return new SelectShape(
        distinct,
        items,
        itemTokens.isEmpty() ? 0 : itemTokens.span().end(),
        groupBy,
        group == null ? null : group.span(),
        with < 0 ? null : group.from(with).span(),
        having == null ? null : having(having.from(1)),
        having == null ? null : having.span(),
        order == null ? List.of() : orderBy(order.from(2)),
        order == null ? null : order.span(),
        bounds[0],
        bounds[1],
        limit == null ? null : limit.span(),
        bodyEnd(itemTokens, afterFrom),
        windows,
        unmergeable);
  }

  static boolean isModifier(Token token) {
    return MODIFIERS.stream().anyMatch(token::is)
        || token.is("DISTINCT")
        || token.is("DISTINCTROW");
  }

  private int bodyEnd(TokenRange items, TokenRange afterFrom) {
    int end =
        afterFrom.isEmpty() ? -1 : afterFrom.find(Set.of("ORDER", "LIMIT", "FOR", "LOCK", "INTO"));
    if (end > 0) {
      return afterFrom.get(end - 1).end();
    }
    return (afterFrom.isEmpty() ? items : afterFrom).span().end();
  }

  private void refuse(String what) {
    if (unmergeable == null) {
      unmergeable = what;
    }
  }

  private void refuseOthers() {
    Optional<List<List<String>>> divided = new WindowReader(sql, all).read();
    if (divided.isPresent()) {
      windows = divided.get();
    } else {
      refuse("a window function in a subquery, or with a window that is made of another one");
    }
    if (all.find(Set.of("INTO")) >= 0) {
      refuse("SELECT … INTO");
    }
    if (all.find(Set.of("FETCH", "PROCEDURE")) >= 0) {
      refuse("FETCH or PROCEDURE; write LIMIT");
    }
    for (int i = 0; i + 1 < all.size(); i++) {
      Token token = all.get(i);
      boolean call = all.get(i + 1).is("(");
      if (call && isOneOf(OTHER_AGGREGATES, token)) {
        refuse(token.text().toUpperCase(Locale.ROOT));
      }
    }
  }

  private static boolean isOneOf(Set<String> words, Token token) {
    return words.stream().anyMatch(token::is);
  }

  /** From its keyword to the next clause; null if it isn't there. */
  private static TokenRange clause(TokenRange afterFrom, String keyword) {
    int at = afterFrom.isEmpty() ? -1 : afterFrom.find(Set.of(keyword));
    if (at < 0) {
      return null;
    }
    TokenRange rest = afterFrom.from(at);
    int next = rest.from(1).isEmpty() ? -1 : rest.from(1).find(QueryReader.AFTER_FROM);
    return next < 0 ? rest : rest.to(next + 1);
  }

  private SelectShape.Item item(TokenRange item) {
    if (item.isEmpty()) {
      return new SelectShape.Item("", null, false, null, null);
    }
    boolean star = item.get(item.size() - 1).is("*") && (item.size() == 1 || isQualifiedStar(item));
    int size = item.size();
    String alias = null;
    Token last = item.get(size - 1);
    boolean named = last.isName() || last.kind() == Token.Kind.STRING;
    if (size >= 3 && item.get(size - 2).is("AS") && named) {
      alias = name(last);
      size -= 2;
    } else if (size >= 2 && named && endsOperand(item.get(size - 2)) && !endsExpression(item)) {
      alias = name(last);
      size -= 1;
    }
    TokenRange expression = item.to(size);
    SelectShape.Aggregate aggregate = aggregate(expression);
    SelectShape.Around around = null;
    if (aggregate == null && containsAggregate(expression)) {
      around = around(expression);
      if (around == null) {
        refuse("an expression around an aggregate: " + expression.text(sql));
      }
    }
    return new SelectShape.Item(expression.text(sql), alias, star, aggregate, around);
  }

  /** Null if there is more in it than aggregates, columns, literals, and known functions. */
  private SelectShape.Around around(TokenRange expression) {
    List<String> texts = new ArrayList<>();
    List<SelectShape.Operand> operands = new ArrayList<>();
    int begin = expression.get(0).begin();
    boolean compares = false;
    int i = 0;
    while (i < expression.size()) {
      Token token = expression.get(i);
      boolean call = i + 1 < expression.size() && expression.get(i + 1).is("(");
      if (call && function(token).isPresent()) {
        int end = expression.from(i).closing(1);
        SelectShape.Aggregate aggregate = aggregate(expression.from(i).to(end + 1));
        boolean text =
            aggregate != null
                && (aggregate.concat() != null
                    || aggregate.function() == SelectShape.Aggregate.Function.JSON_ARRAYAGG);
        if (aggregate == null || text) {
          return null;
        }
        texts.add(sql.substring(begin, token.begin()));
        operands.add(new SelectShape.Operand(null, aggregate));
        begin = expression.get(i + end).end();
        i += end + 1;
        continue;
      }
      if (token.is("SELECT")) {
        return null;
      }
      int width = isOneOf(WORDS, token) ? 0 : ConditionReader.columnWidth(expression.from(i));
      if (width > 0) {
        texts.add(sql.substring(begin, token.begin()));
        operands.add(new SelectShape.Operand(expression.from(i).to(width).text(sql), null));
        begin = expression.get(i + width - 1).end();
        i += width;
        continue;
      }
      compares |= isOneOf(COMPARING, token);
      boolean known =
          token.kind() == Token.Kind.NUMBER
              || token.kind() == Token.Kind.STRING
              || (token.kind() == Token.Kind.SYMBOL && OPERATORS.contains(token.text()))
              || (call ? isOneOf(FUNCTIONS, token) : isOneOf(WORDS, token));
      if (!known) {
        return null;
      }
      i++;
    }
    texts.add(sql.substring(begin, expression.get(expression.size() - 1).end()));
    return new SelectShape.Around(texts, operands, compares);
  }

  private static String name(Token token) {
    return token.kind() == Token.Kind.STRING ? Literals.text(token.text()) : token.name();
  }

  private static boolean isQualifiedStar(TokenRange item) {
    return item.size() >= 3 && item.get(item.size() - 2).is(".");
  }

  /**
   * Whether the last word is no alias: END of CASE, the unit of INTERVAL, a text after its kind.
   */
  private static boolean endsExpression(TokenRange item) {
    Token last = item.get(item.size() - 1);
    Token before = item.get(item.size() - 2);
    if (last.kind() == Token.Kind.STRING) {
      return before.kind() == Token.Kind.STRING
          || before.text().startsWith("_")
          || isOneOf(Set.of("DATE", "TIME", "TIMESTAMP", "X", "B", "N"), before);
    }
    boolean unit = item.size() >= 3 && item.get(item.size() - 3).is("INTERVAL");
    return last.is("END") || unit;
  }

  /** Whether an alias can follow directly. */
  private static boolean endsOperand(Token token) {
    return token.is(")")
        || token.kind() == Token.Kind.QUOTED_NAME
        || token.kind() == Token.Kind.NUMBER
        || token.kind() == Token.Kind.STRING
        || (token.kind() == Token.Kind.WORD
            && !isOneOf(
                Set.of(
                    "AND",
                    "OR",
                    "NOT",
                    "DIV",
                    "MOD",
                    "LIKE",
                    "IS",
                    "XOR",
                    "BINARY",
                    "COLLATE",
                    "IN",
                    "BETWEEN",
                    "REGEXP",
                    "RLIKE",
                    "CASE",
                    "WHEN",
                    "THEN",
                    "ELSE",
                    "INTERVAL"),
                token));
  }

  /** Null if it isn't one alone. */
  private SelectShape.Aggregate aggregate(TokenRange expression) {
    if (expression.size() < 4
        || !expression.get(1).is("(")
        || expression.closing(1) != expression.size() - 1) {
      return null;
    }
    Optional<SelectShape.Aggregate.Function> function = function(expression.get(0));
    if (function.isEmpty()) {
      return null;
    }
    TokenRange inner = expression.from(2).to(expression.size() - 3);
    boolean distinct = inner.startsWith("DISTINCT");
    TokenRange argument = distinct || inner.startsWith("ALL") ? inner.from(1) : inner;
    if (argument.isEmpty() || containsAggregate(argument)) {
      return null;
    }
    if (function.get() == SelectShape.Aggregate.Function.GROUP_CONCAT) {
      Optional<SelectShape.Concat> concat = ConcatReader.read(argument, sql);
      if (concat.isEmpty()) {
        refuse("this GROUP_CONCAT: " + expression.text(sql));
      }
      return new SelectShape.Aggregate(
          function.get(), argument.text(sql), distinct, concat.orElse(null));
    }
    if (argument.find(WITHIN_AN_AGGREGATE) >= 0) {
      refuse("ORDER BY and LIMIT in " + expression.text(sql));
    }
    if (argument.split(COMMA).size() > 1) {
      refuse("COUNT(DISTINCT …) of several expressions");
    }
    return new SelectShape.Aggregate(function.get(), argument.text(sql), distinct);
  }

  private static Optional<SelectShape.Aggregate.Function> function(Token token) {
    for (SelectShape.Aggregate.Function function : SelectShape.Aggregate.Function.values()) {
      if (token.is(function.name())) {
        return Optional.of(function);
      }
    }
    return Optional.empty();
  }

  /** Aggregates of subqueries count if they may be of columns around them. */
  private static boolean containsAggregate(TokenRange range) {
    for (int i = 0; i + 1 < range.size(); i++) {
      if (range.get(i).is("(") && range.get(i + 1).is("SELECT")) {
        int end = range.closing(i);
        if (aggregatesOuter(range.from(i + 1).to(end - i - 1))) {
          return true;
        }
        i = end;
      } else if (range.get(i + 1).is("(")
          && function(range.get(i)).isPresent()
          && !WindowReader.isOver(range, i)) {
        return true;
      }
    }
    return false;
  }

  /** Unless all columns in its aggregates are named by tables that stand in it. */
  private static boolean aggregatesOuter(TokenRange subquery) {
    for (int i = 0; i + 1 < subquery.size(); i++) {
      if (!subquery.get(i + 1).is("(") || function(subquery.get(i)).isEmpty()) {
        continue;
      }
      for (int j = i + 2; j < subquery.closing(i + 1); j++) {
        Token token = subquery.get(j);
        boolean column = token.isName() && !subquery.get(j - 1).is(".");
        if (column
            && !token.is("DISTINCT")
            && !(subquery.get(j + 1).is(".") && stands(token, subquery))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean stands(Token label, TokenRange subquery) {
    for (int i = 1; i < subquery.size(); i++) {
      boolean last = i + 1 == subquery.size();
      if (subquery.get(i).isName()
          && subquery.get(i).name().equalsIgnoreCase(label.name())
          && (last || !subquery.get(i + 1).is("."))) {
        return true;
      }
    }
    return false;
  }

  private List<String> groupBy(TokenRange group, boolean rollup) {
    List<String> expressions = new ArrayList<>();
    if (group == null) {
      return expressions;
    }
    for (TokenRange one : group.from(2).split(COMMA)) {
      boolean ordered =
          !one.isEmpty()
              && (one.get(one.size() - 1).is("DESC") || one.get(one.size() - 1).is("ASC"));
      if (rollup && ordered) {
        refuse("WITH ROLLUP of groups with a direction; leave ASC or DESC out");
      }
      expressions.add((ordered ? one.to(one.size() - 1) : one).text(sql));
    }
    return expressions;
  }

  private List<SelectShape.Having> having(TokenRange range) {
    List<SelectShape.Having> all = new ArrayList<>();
    for (TokenRange part : range.split(Set.of("AND", "&&"))) {
      int operator = part.isEmpty() ? -1 : part.find(Set.of("=", "<", ">", "<=", ">=", "<>", "!="));
      Optional<BigDecimal> than =
          operator < 1
              ? Optional.empty()
              : Literals.of(part.from(operator + 1).text(sql))
                  .filter(value -> value.kind() == io.piplan.dal.Value.Kind.NUMBER)
                  .map(value -> new BigDecimal(value.asText()));
      if (than.isEmpty() || part.find(Set.of("OR", "||", "XOR", "NOT", "!", "BETWEEN")) >= 0) {
        refuse(
            "this HAVING: " + range.text(sql) + "; only comparisons with numbers, joined by AND");
        return all;
      }
      TokenRange left = part.to(operator);
      SelectShape.Aggregate aggregate = aggregate(left);
      if (aggregate == null && containsAggregate(left)) {
        refuse("an expression around an aggregate: " + left.text(sql));
      }
      all.add(
          new SelectShape.Having(left.text(sql), aggregate, part.get(operator).text(), than.get()));
    }
    return all;
  }

  private List<SelectShape.Order> orderBy(TokenRange range) {
    List<SelectShape.Order> all = new ArrayList<>();
    for (TokenRange part : range.split(COMMA)) {
      boolean descending = !part.isEmpty() && part.get(part.size() - 1).is("DESC");
      boolean directed = descending || (!part.isEmpty() && part.get(part.size() - 1).is("ASC"));
      TokenRange expression = directed ? part.to(part.size() - 1) : part;
      SelectShape.Aggregate aggregate = aggregate(expression);
      boolean around = aggregate == null && containsAggregate(expression);
      all.add(new SelectShape.Order(expression.text(sql), descending, aggregate, around));
    }
    return all;
  }

  /** Offset and count. */
  private long[] limit(TokenRange limit) {
    List<Token> tokens = limit.tokens().subList(limit.begin() + 1, limit.end());
    boolean numbers =
        !tokens.isEmpty()
            && tokens.size() % 2 == 1
            && tokens.size() <= 3
            && isCount(tokens.get(0))
            && isCount(tokens.get(tokens.size() - 1));
    if (numbers && tokens.size() == 1) {
      return new long[] {0, Long.parseLong(tokens.get(0).text())};
    }
    if (numbers && tokens.get(1).is(",")) {
      return new long[] {
        Long.parseLong(tokens.get(0).text()), Long.parseLong(tokens.get(2).text())
      };
    }
    if (numbers && tokens.get(1).is("OFFSET")) {
      return new long[] {
        Long.parseLong(tokens.get(2).text()), Long.parseLong(tokens.get(0).text())
      };
    }
    refuse("this LIMIT: " + limit.text(sql));
    return new long[] {0, -1};
  }

  private static boolean isCount(Token token) {
    return (token.kind() == Token.Kind.NUMBER || token.kind() == Token.Kind.PARAMETER)
        && token.text().matches("[0-9]{1,18}");
  }
}
