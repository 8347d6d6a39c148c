package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The tables of a FROM clause, or of an UPDATE. */
final class FromReader {
  private static final Set<String> JOINS =
      Set.of(
          ",",
          "JOIN",
          "INNER",
          "CROSS",
          "LEFT",
          "RIGHT",
          "NATURAL",
          "STRAIGHT_JOIN",
          "ON",
          "USING");
  private static final Set<String> HINTS = Set.of("USE", "FORCE", "IGNORE");
  private static final Set<String> QUERY_GOES_ON =
      Set.of("UNION", "EXCEPT", "INTERSECT", "ORDER", "LIMIT");
  private static final Set<String> NO_ALIAS =
      Set.of(
          "USE",
          "FORCE",
          "IGNORE",
          "PARTITION",
          "ON",
          "USING",
          "JOIN",
          "INNER",
          "CROSS",
          "LEFT",
          "RIGHT",
          "NATURAL",
          "STRAIGHT_JOIN",
          "SET",
          "WHERE",
          "FOR",
          "TABLESAMPLE");

  private final ConditionReader conditions;
  private final Set<String> commonNames;
  private final List<TableUse> tables = new ArrayList<>();
  private final List<Condition> everywhere = new ArrayList<>();
  private boolean derived;
  private boolean outerDerived;

  /**
   * A reader of one clause.
   *
   * @param commonNames what WITH defines, lower case
   */
  FromReader(ConditionReader conditions, Set<String> commonNames) {
    this.conditions = conditions;
    this.commonNames = new HashSet<>(commonNames);
  }

  List<TableUse> tables() {
    return tables;
  }

  /** What must be true of rows beside WHERE. */
  List<Condition> everywhere() {
    return everywhere;
  }

  boolean derived() {
    return derived;
  }

  /** Whether a subquery or table function stands in an outer join that keeps all its rows. */
  boolean outerDerived() {
    return outerDerived;
  }

  void read(TokenRange range) {
    read(range, null);
  }

  /**
   * Reads joined tables.
   *
   * @param outer how what is in these brackets is joined; null for nothing special
   */
  private void read(TokenRange range, TableUse.JoinKind outer) {
    TokenRange rest = range;
    TableUse.JoinKind join = outer == null ? TableUse.JoinKind.INNER : outer;
    boolean needsCondition = false;
    while (!rest.isEmpty()) {
      int next = joinAfter(rest);
      TokenRange factor = rest.to(next);
      rest = rest.from(next);
      int first = tables.size();
      factor(factor, join);
      int conditionsOfIt = 0;
      while (rest.startsWith("ON") || rest.startsWith("USING")) {
        int end = rest.startsWith("USING") ? rest.closing(1) + 1 : 1 + joinAfter(rest.from(1));
        on(rest.to(end), first);
        rest = rest.from(end);
        conditionsOfIt++;
      }
      if (conditionsOfIt > 1 || (needsCondition && conditionsOfIt == 0)) {
        throw new DalException(
            DalError.REFUSED,
            "a join inside of a join without brackets; write a LEFT JOIN (b JOIN c ON …) ON …");
      }
      if (rest.isEmpty()) {
        return;
      }
      int words = 0;
      while (words < rest.size() && isJoinWord(rest, words)) {
        words++;
      }
      TableUse.JoinKind kind = kind(rest.to(words));
      needsCondition = kind == TableUse.JoinKind.LEFT || kind == TableUse.JoinKind.RIGHT;
      join = outer != null ? TableUse.JoinKind.OTHER : kind;
      rest = rest.from(Math.max(words, 1));
    }
  }

  private static boolean isJoinWord(TokenRange range, int index) {
    Token token = range.get(index);
    return token.is("OUTER")
        || (JOINS.stream().anyMatch(token::is) && !token.is("ON") && !token.is("USING"));
  }

  private static TableUse.JoinKind kind(TokenRange words) {
    if (words.startsWith("LEFT")) {
      return TableUse.JoinKind.LEFT;
    }
    if (words.startsWith("RIGHT")) {
      return TableUse.JoinKind.RIGHT;
    }
    return words.startsWith("NATURAL") ? TableUse.JoinKind.OTHER : TableUse.JoinKind.INNER;
  }

  /** Where the next join begins; LEFT and RIGHT may be functions. */
  private static int joinAfter(TokenRange range) {
    int from = 0;
    while (from < range.size()) {
      int found = range.from(from).find(JOINS);
      if (found < 0) {
        return range.size();
      }
      int at = from + found;
      boolean function =
          (range.get(at).is("LEFT") || range.get(at).is("RIGHT"))
              && at + 1 < range.size()
              && range.get(at + 1).is("(");
      if (!function) {
        return at;
      }
      from = at + 1;
    }
    return range.size();
  }

  private void factor(TokenRange factor, TableUse.JoinKind join) {
    if (factor.isEmpty()) {
      throw new DalException(DalError.SYNTAX, "a table is missing in FROM");
    }
    if (factor.get(0).is("(")) {
      TokenRange inner = factor.from(1).to(factor.closing(0) - 1);
      if (isQuery(inner)) {
        derived(join);
      } else {
        read(inner, join == TableUse.JoinKind.INNER ? null : TableUse.JoinKind.OTHER);
      }
      return;
    }
    Token first = factor.get(0);
    if (!first.isName()) {
      throw new DalException(
          DalError.REFUSED, "in FROM stands " + first.text() + ", which is not understood");
    }
    if (first.is("LATERAL") || (factor.size() > 1 && factor.get(1).is("("))) {
      derived(join);
      return;
    }
    table(factor, join);
  }

  private void derived(TableUse.JoinKind join) {
    derived = true;
    outerDerived |= join == TableUse.JoinKind.RIGHT || join == TableUse.JoinKind.OTHER;
  }

  /** Whether what stands in brackets is a query, and no joined tables. */
  private static boolean isQuery(TokenRange inner) {
    if (inner.startsWith("(")) {
      int end = inner.closing(0);
      TokenRange after = inner.from(end + 1);
      return isQuery(inner.from(1).to(end - 1))
          && (after.isEmpty() || QUERY_GOES_ON.stream().anyMatch(after.get(0)::is));
    }
    return inner.startsWith("SELECT") || inner.startsWith("WITH") || inner.startsWith("VALUES");
  }

  private void table(TokenRange factor, TableUse.JoinKind join) {
    boolean qualified = factor.size() >= 3 && factor.get(1).is(".");
    int width = qualified ? 3 : 1;
    String name = factor.get(width - 1).name();
    if (factor.size() == 1 && factor.get(0).is("DUAL")) {
      return;
    }
    if (!qualified && commonNames.contains(name.toLowerCase(Locale.ROOT))) {
      derived(join);
      return;
    }
    TokenRange rest = factor.from(width);
    if (rest.startsWith("PARTITION")) {
      rest = rest.from(rest.closing(1) + 1);
    }
    String alias = null;
    if (rest.startsWith("AS") && rest.size() > 1) {
      alias = rest.get(1).name();
      rest = rest.from(2);
    } else if (!rest.isEmpty()
        && rest.get(0).isName()
        && NO_ALIAS.stream().noneMatch(rest.get(0)::is)) {
      alias = rest.get(0).name();
      rest = rest.from(1);
    }
    if (!rest.isEmpty() && HINTS.stream().noneMatch(rest.get(0)::is)) {
      throw new DalException(
          DalError.REFUSED,
          "after table " + name + " stands " + rest.get(0).text() + ", which is not understood");
    }
    tables.add(
        new TableUse(
            qualified ? factor.get(0).name() : null,
            name,
            alias,
            factor.to(width).span(),
            join,
            Condition.ANY));
  }

  /** The condition belongs to the table before it, whose number is {@code first}. */
  private void on(TokenRange range, int first) {
    boolean one = first == tables.size() - 1;
    Condition condition =
        range.startsWith("USING") ? using(range, first) : conditions.read(range.from(1));
    if (!one) {
      return;
    }
    TableUse table = tables.get(first);
    if (table.join() == TableUse.JoinKind.INNER) {
      everywhere.add(condition);
    }
    Condition both =
        table.on() == Condition.ANY ? condition : new Condition.And(List.of(table.on(), condition));
    tables.set(
        first,
        new TableUse(
            table.schema(), table.name(), table.alias(), table.span(), table.join(), both));
  }

  private Condition using(TokenRange range, int first) {
    if (first != 1 || range.size() < 4) {
      return Condition.ANY;
    }
    List<Condition> equal = new ArrayList<>();
    for (TokenRange column : range.from(2).to(range.size() - 3).split(Set.of(","))) {
      String name = column.get(0).name();
      equal.add(
          new Condition.Same(
              new ColumnRef(tables.get(0).label(), name),
              new ColumnRef(tables.get(1).label(), name)));
    }
    return new Condition.And(equal);
  }
}
