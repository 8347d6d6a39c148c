package io.piplan.dal.sql;

import io.piplan.dal.NodeSql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes a query anew so that the rows of a table come from a subquery in FROM, which can be run by
 * itself before the rest: it has the columns that the query names, under the table's own name.
 */
public final class RowsFirst {
  /** What the rest of a query begins with. */
  private static final Set<String> AFTER_ROWS =
      Set.of("GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "PROCEDURE");

  private static final Set<String> AFTER_WHERE =
      Set.of(
          "GROUP",
          "HAVING",
          "WINDOW",
          "ORDER",
          "LIMIT",
          "FOR",
          "LOCK",
          "INTO",
          "UNION",
          "EXCEPT",
          "INTERSECT",
          "MINUS");

  private static final Set<String> UNFIT =
      Set.of("INTO", "SQL_CALC_FOUND_ROWS", "PROCEDURE", "FOR", "LOCK", "UNION");
  private static final Set<String> HINTS = Set.of("USE", "FORCE", "IGNORE");

  /** What may stand in a condition that is asked of the subquery, too. */
  private static final Set<String> PLAIN_WORDS = Set.of("IN", "IS", "NOT", "NULL", "LIKE");

  private static final Set<String> PLAIN_SYMBOLS =
      Set.of("=", "<", ">", "<=", ">=", "<>", "!=", "<=>", "(", ")", ",", "+", "-", "*", "/", "%");

  private final String sql;
  private final List<Token> tokens;
  private final Set<String> columns;

  private RowsFirst(Statement.Query query, Collection<String> columns) {
    this.sql = query.text();
    this.tokens = Tokens.of(sql);
    this.columns = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    this.columns.addAll(columns);
  }

  /**
   * A query of one table: all of its rows that WHERE leaves are read first.
   *
   * @param columns of the table
   * @return empty if it has another form
   */
  public static Optional<String> ofTable(Statement.Query query, Collection<String> columns) {
    return columns.isEmpty() ? Optional.empty() : new RowsFirst(query, columns).ofTable(query);
  }

  private Optional<String> ofTable(Statement.Query query) {
    int end = tokens.size();
    while (end > 0 && tokens.get(end - 1).is(";")) {
      end--;
    }
    TokenRange all = new TokenRange(tokens, 0, end);
    int from = all.find(Set.of("FROM"));
    boolean fits =
        from > 0
            && query.shape() != null
            && query.blocks().get(0).tables().size() == 1
            && !query.blocks().get(0).derived()
            && !query.locksWithin()
            && all.find(UNFIT) < 0
            && !isNatural()
            && !namesSchema();
    if (!fits) {
      return Optional.empty();
    }
    TokenRange afterFrom = all.from(from);
    int rest = afterFrom.find(AFTER_ROWS);
    TokenRange rows = rest < 0 ? afterFrom : afterFrom.to(rest);
    Set<String> named = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    named(all.to(from), named);
    if (rest >= 0) {
      named(afterFrom.from(rest), named);
    }
    String label = query.blocks().get(0).tables().get(0).label();
    return Optional.of(
        sql.substring(0, rows.span().begin())
            + "FROM (SELECT "
            + (query.shape().hasStar() ? "*" : selected(named))
            + " "
            + rows.text(sql)
            + ") AS "
            + NodeSql.quoted(label)
            + sql.substring(rows.span().end()));
  }

  /** Which columns are compared, and shown once, would be decided by those that are read. */
  private boolean isNatural() {
    return tokens.stream().anyMatch(token -> token.is("NATURAL"));
  }

  /** {@code schema.table.column} would name nothing any more. */
  private boolean namesSchema() {
    for (int i = 0; i + 4 < tokens.size(); i++) {
      if (tokens.get(i).isName()
          && tokens.get(i + 1).is(".")
          && tokens.get(i + 2).isName()
          && tokens.get(i + 3).is(".")) {
        return true;
      }
    }
    return false;
  }

  private void named(TokenRange range, Set<String> named) {
    for (int i = 0; i < range.size(); i++) {
      if (range.get(i).isName() && columns.contains(range.get(i).name())) {
        named.add(range.get(i).name());
      }
    }
  }

  private String selected(Set<String> named) {
    Set<String> wanted = named.isEmpty() ? Set.of(columns.iterator().next()) : named;
    return String.join(", ", wanted.stream().map(NodeSql::quoted).toList());
  }

  /**
   * A query with a subquery that names what is around it, or of several parts: the rows of a table
   * of those are read first.
   *
   * @param table not one of a query of one part itself
   * @param alone whether it is the only table of its block
   * @param columns of the table
   * @return empty if its place isn't understood
   */
  public static Optional<String> ofSubquery(
      Statement.Query query, TableUse table, boolean alone, Collection<String> columns) {
    return columns.isEmpty()
        ? Optional.empty()
        : new RowsFirst(query, columns).ofSubquery(table, alone, query.shape() == null);
  }

  private Optional<String> ofSubquery(TableUse table, boolean alone, boolean severalParts) {
    int name = 0;
    while (name < tokens.size() && tokens.get(name).begin() != table.span().begin()) {
      name++;
    }
    int end = name;
    while (end < tokens.size() && tokens.get(end).end() <= table.span().end()) {
      end++;
    }
    int source = end;
    if (table.alias() != null) {
      end += tokens.get(end).is("AS") ? 2 : 1;
    }
    boolean plain =
        name < tokens.size()
            && (severalParts || tokens.get(name).depth() > 0)
            && (end == tokens.size() || HINTS.stream().noneMatch(tokens.get(end)::is))
            && (source == tokens.size() || !tokens.get(source).is("PARTITION"))
            && !isNatural()
            && !namesSchema();
    if (!plain) {
      return Optional.empty();
    }
    int depth = tokens.get(name).depth();
    Set<String> named = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    named(new TokenRange(tokens, 0, tokens.size()), named);
    String label = NodeSql.quoted(table.label());
    String rows =
        "(SELECT "
            + (isStarred(name) ? "*" : selected(named))
            + " FROM "
            + table.span().of(sql)
            + (table.alias() == null ? "" : " AS " + label)
            + (alone ? conditions(end, depth, table.label()) : "")
            + ") AS "
            + label;
    return Optional.of(
        Edit.apply(
            sql,
            List.of(
                new Edit(new Span(tokens.get(name).begin(), tokens.get(end - 1).end()), rows))));
  }

  /**
   * Whether the query of a table selects all columns, and doesn't only ask whether there are rows.
   * The table may stand in further brackets than its SELECT.
   *
   * @param name of the table
   */
  private boolean isStarred(int name) {
    int select = name;
    while (select > 0
        && !(tokens.get(select).is("SELECT")
            && tokens.get(select).depth() <= tokens.get(name).depth()
            && isAround(select, name))) {
      select--;
    }
    if (!tokens.get(select).is("SELECT")) {
      return true;
    }
    int depth = tokens.get(select).depth();
    boolean asked = select > 1 && tokens.get(select - 2).is("EXISTS");
    int first = select + 1;
    while (first < name && ShapeReader.isModifier(tokens.get(first))) {
      first++;
    }
    for (int i = first; i < name && tokens.get(i).depth() >= depth; i++) {
      if (!tokens.get(i).is("*") || tokens.get(i).depth() != depth) {
        continue;
      }
      Token before = tokens.get(i - 1);
      if (before.is(".") || before.is(",") || (i == first && !asked)) {
        return true;
      }
    }
    return false;
  }

  /** Whether no bracket that is open at a token is closed before another. */
  private boolean isAround(int at, int later) {
    int depth = tokens.get(at).depth();
    return tokens.subList(at, later).stream().allMatch(token -> token.depth() >= depth);
  }

  /** Those of the subquery's WHERE that are about this table alone; they stay there, too. */
  private String conditions(int at, int depth, String label) {
    if (at == tokens.size() || !tokens.get(at).is("WHERE") || tokens.get(at).depth() != depth) {
      return "";
    }
    int end = at + 1;
    while (end < tokens.size() && tokens.get(end).depth() >= depth) {
      end++;
    }
    TokenRange where = new TokenRange(tokens, at + 1, end);
    int clause = where.isEmpty() ? -1 : where.find(AFTER_WHERE);
    where = clause < 0 ? where : where.to(clause);
    if (where.isEmpty() || where.find(Set.of("BETWEEN", "OR", "||", "XOR")) >= 0) {
      return "";
    }
    List<String> own = new ArrayList<>();
    for (TokenRange part : where.split(Set.of("AND", "&&"))) {
      if (!part.isEmpty() && isOwn(part, label)) {
        own.add(part.text(sql));
      }
    }
    return own.isEmpty() ? "" : " WHERE " + String.join(" AND ", own);
  }

  private boolean isOwn(TokenRange part, String label) {
    for (int i = 0; i < part.size(); i++) {
      Token token = part.get(i);
      boolean last = i + 1 == part.size();
      boolean qualifier =
          token.isName()
              && token.name().equalsIgnoreCase(label)
              && !last
              && part.get(i + 1).is(".");
      boolean afterDot = i > 0 && part.get(i - 1).is(".");
      boolean column =
          token.isName()
              && columns.contains(token.name())
              && (last || !(part.get(i + 1).is("(") || part.get(i + 1).is(".")));
      boolean literal = token.kind() == Token.Kind.NUMBER || token.kind() == Token.Kind.STRING;
      boolean plain =
          token.kind() == Token.Kind.SYMBOL
              ? PLAIN_SYMBOLS.contains(token.text()) || token.is(".")
              : PLAIN_WORDS.contains(token.text().toUpperCase(Locale.ROOT));
      if (!(qualifier || column || literal || (plain && !afterDot))) {
        return false;
      }
    }
    return true;
  }
}
