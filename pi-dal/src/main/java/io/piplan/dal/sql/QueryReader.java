package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The blocks of a query: of its parts, of WITH, and of all subqueries wherever they stand. */
final class QueryReader {
  private static final Set<String> SETS = Set.of("UNION", "EXCEPT", "INTERSECT", "MINUS");
  static final Set<String> AFTER_FROM =
      Set.of("WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "FOR", "LOCK", "INTO");
  private static final Set<String> AFTER_WHERE =
      Set.of("GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "FOR", "LOCK", "INTO");

  private final ConditionReader conditions = new ConditionReader();
  private final List<Block> blocks = new ArrayList<>();

  /** What WITH defines where the reader is now, lower case. */
  private Set<String> commonNames = Set.of();

  List<Block> blocks() {
    return blocks;
  }

  /** Reads a SELECT, WITH, or several parts. */
  void query(TokenRange range) {
    Set<String> outside = commonNames;
    parts(range.startsWith("WITH") ? common(range) : range);
    commonNames = outside;
  }

  private void parts(TokenRange range) {
    for (TokenRange part : range.split(SETS)) {
      TokenRange term = part.startsWith("ALL") || part.startsWith("DISTINCT") ? part.from(1) : part;
      if (term.startsWith("(")) {
        int end = term.closing(0);
        query(term.from(1).to(end - 1));
        subqueries(term.from(end + 1));
      } else if (term.startsWith("SELECT")) {
        select(term);
      } else {
        throw new DalException(
            DalError.SYNTAX,
            term.isEmpty()
                ? "a part of a query is empty"
                : "SELECT was expected, found " + term.get(0).text());
      }
    }
  }

  private TokenRange common(TokenRange with) {
    boolean recursive = with.startsWith("WITH", "RECURSIVE");
    TokenRange rest = with.from(recursive ? 2 : 1);
    List<TokenRange> queries = new ArrayList<>();
    while (true) {
      if (rest.isEmpty() || !rest.get(0).isName()) {
        throw new DalException(DalError.SYNTAX, "a name is missing after WITH");
      }
      String name = rest.get(0).name();
      rest = rest.from(1);
      if (rest.startsWith("(")) {
        rest = rest.from(rest.closing(0) + 1);
      }
      if (!rest.startsWith("AS", "(")) {
        throw new DalException(DalError.SYNTAX, "AS ( is missing in WITH");
      }
      int end = rest.closing(1);
      TokenRange query = rest.from(2).to(end - 2);
      if (recursive) {
        queries.add(query);
      } else {
        // Without RECURSIVE a name is not yet known in its own query.
        query(query);
      }
      define(name);
      rest = rest.from(end + 1);
      if (!rest.startsWith(",")) {
        break;
      }
      rest = rest.from(1);
    }
    queries.forEach(this::query);
    return rest;
  }

  private void define(String name) {
    Set<String> more = new HashSet<>(commonNames);
    more.add(name.toLowerCase(Locale.ROOT));
    commonNames = more;
  }

  private void select(TokenRange select) {
    int from = select.find(Set.of("FROM"));
    if (from < 0) {
      blocks.add(new Block(List.of(), Condition.ANY, false, false));
      subqueries(select);
      return;
    }
    TokenRange afterFrom = select.from(from + 1);
    int fromEnd = afterFrom.isEmpty() ? -1 : afterFrom.find(AFTER_FROM);
    TokenRange tables = fromEnd < 0 ? afterFrom : afterFrom.to(fromEnd);
    TokenRange tail = fromEnd < 0 ? afterFrom.from(afterFrom.size()) : afterFrom.from(fromEnd);
    block(tables, tail);
    subqueries(select.to(from));
    subqueries(tables);
    subqueries(tail);
  }

  /**
   * Adds a block.
   *
   * @param tail from WHERE on, if there is one
   */
  Block block(TokenRange tables, TokenRange tail) {
    FromReader from = new FromReader(conditions, commonNames);
    from.read(tables);
    List<Condition> all = new ArrayList<>(from.everywhere());
    if (tail.startsWith("WHERE")) {
      TokenRange where = tail.from(1);
      int end = where.isEmpty() ? -1 : where.find(AFTER_WHERE);
      all.add(conditions.read(end < 0 ? where : where.to(end)));
    }
    Block block =
        new Block(
            from.tables(),
            all.size() == 1 ? all.get(0) : new Condition.And(all),
            from.derived(),
            from.outerDerived());
    blocks.add(block);
    return block;
  }

  /** Finds the queries in brackets. */
  void subqueries(TokenRange range) {
    int i = 0;
    while (i + 1 < range.size()) {
      if (range.get(i).is("(") && range.get(i + 1).is("TABLE")) {
        throw new DalException(DalError.REFUSED, "TABLE as a query; write SELECT * FROM …");
      }
      boolean query =
          range.get(i).is("(") && (range.get(i + 1).is("SELECT") || range.get(i + 1).is("WITH"));
      if (query) {
        int end = range.closing(i);
        query(range.from(i + 1).to(end - i - 1));
        i = end;
      }
      i++;
    }
  }
}
