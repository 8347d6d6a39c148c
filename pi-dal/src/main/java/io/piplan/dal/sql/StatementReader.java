package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads the statements that touch tables. */
public final class StatementReader {
  private final String sql;
  private final TokenRange all;

  private StatementReader(String sql, List<Token> tokens) {
    this.sql = sql;
    int end = tokens.size();
    while (end > 0 && tokens.get(end - 1).is(";")) {
      end--;
    }
    this.all = new TokenRange(tokens, 0, end);
  }

  /**
   * Reads one statement.
   *
   * @throws DalException if it is none, or one of a kind that isn't supported
   */
  public static Statement read(String sql) {
    return read(sql, Tokens.of(sql));
  }

  /**
   * Reads one statement whose tokens are known.
   *
   * @param tokens of this text; parameters may have their values, see {@link Token#bound}
   */
  public static Statement read(String sql, List<Token> tokens) {
    return new StatementReader(sql, tokens).statement();
  }

  private Statement statement() {
    if (all.isEmpty()) {
      throw new DalException(DalError.SYNTAX, "Query was empty");
    }
    if (all.find(Set.of(";")) >= 0) {
      throw new DalException(
          DalError.REFUSED, "several statements in one text; send them one by one");
    }
    return switch (all.get(0).text().toUpperCase(Locale.ROOT)) {
      case "SELECT", "WITH", "(" -> query();
      case "INSERT", "REPLACE" -> new InsertReader(sql, all).read();
      case "UPDATE" -> update();
      case "DELETE" -> delete();
      case "CREATE", "ALTER", "DROP", "TRUNCATE" -> ddl();
      case "SHOW", "DESC", "DESCRIBE" -> show();
      case "EXPLAIN" -> explain();
      default ->
          throw new DalException(
              DalError.REFUSED,
              "statements that begin with " + all.get(0).text() + " are not supported");
    };
  }

  private Statement query() {
    QueryReader reader = new QueryReader();
    reader.query(all);
    boolean one =
        all.startsWith("SELECT") && all.find(Set.of("UNION", "EXCEPT", "INTERSECT", "MINUS")) < 0;
    return new Statement.Query(
        sql,
        reader.blocks(),
        one ? new ShapeReader(sql, all).read() : null,
        one ? null : new UnionReader(sql).read(all),
        locks(false),
        locks(true),
        locksAlone(),
        lockedAlone());
  }

  /** Other words may come after FOR: USE INDEX FOR ORDER BY, FOR SYSTEM_TIME. */
  private boolean locks(boolean withinBrackets) {
    for (int i = 0; i + 1 < all.size(); i++) {
      boolean counts = withinBrackets || all.get(i).depth() == all.depth();
      if (counts && (isForUpdate(i) || isShared(i)) && !(i > 0 && all.get(i - 1).is("."))) {
        return true;
      }
    }
    return false;
  }

  private boolean isShared(int at) {
    TokenRange words = all.from(at);
    return words.startsWith("FOR", "SHARE") || words.startsWith("LOCK", "IN", "SHARE", "MODE");
  }

  private boolean locksAlone() {
    for (int i = 0; i + 1 < all.size(); i++) {
      if (isForUpdate(i)) {
        return true;
      }
    }
    return false;
  }

  private boolean isForUpdate(int at) {
    return all.get(at).is("FOR") && all.get(at + 1).is("UPDATE");
  }

  /** What FOR UPDATE OF names; none if one of them names nothing. */
  private Set<String> lockedAlone() {
    Set<String> names = new HashSet<>();
    for (int i = 0; i + 1 < all.size(); i++) {
      if (!isForUpdate(i)) {
        continue;
      }
      int at = i + 2;
      if (at >= all.size() || !all.get(at).is("OF")) {
        return Set.of();
      }
      do {
        at++;
        if (at >= all.size() || !all.get(at).isName()) {
          throw new DalException(DalError.SYNTAX, "a table is missing after FOR UPDATE OF");
        }
        names.add(all.get(at).name().toLowerCase(Locale.ROOT));
        at++;
      } while (at < all.size() && all.get(at).is(","));
    }
    return names;
  }

  private Statement update() {
    int set = all.find(Set.of("SET"));
    if (set < 2) {
      throw new DalException(DalError.SYNTAX, "UPDATE without SET");
    }
    int start = 1;
    boolean ignore = false;
    while (all.get(start).is("LOW_PRIORITY") || all.get(start).is("IGNORE")) {
      ignore |= all.get(start).is("IGNORE");
      start++;
    }
    TokenRange tables = all.from(start).to(set - start);
    TokenRange rest = all.from(set + 1);
    int end = rest.isEmpty() ? -1 : rest.find(Set.of("WHERE", "ORDER", "LIMIT"));
    TokenRange assignments = end < 0 ? rest : rest.to(end);
    TokenRange tail = end < 0 ? rest.from(rest.size()) : rest.from(end);
    QueryReader reader = new QueryReader();
    Block own = reader.block(tables, tail);
    reader.subqueries(tables);
    reader.subqueries(assignments);
    reader.subqueries(tail);
    List<ColumnRef> assigned = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (TokenRange assignment : assignments.split(Set.of(","))) {
      int width = ConditionReader.columnWidth(assignment);
      if (width == 0 || width >= assignment.size() || !assignment.get(width).is("=")) {
        throw new DalException(
            DalError.REFUSED, "an assignment is not understood: " + assignment.text(sql));
      }
      assigned.add(ConditionReader.column(assignment.to(width)));
      values.add(assignment.from(width + 1).text(sql));
    }
    return new Statement.Change(
        sql,
        false,
        false,
        reader.blocks(),
        assigned,
        values,
        where(tail),
        ignore,
        isLimited(tail),
        qualifiers(own));
  }

  private String where(TokenRange tail) {
    if (!tail.startsWith("WHERE")) {
      return null;
    }
    int end = tail.find(Set.of("ORDER", "LIMIT", "RETURNING"));
    return (end < 0 ? tail.from(1) : tail.to(end).from(1)).text(sql);
  }

  private Statement delete() {
    int from = all.find(Set.of("FROM"));
    if (from < 0) {
      throw new DalException(DalError.SYNTAX, "DELETE without FROM");
    }
    TokenRange rest = all.from(from + 1);
    int using = rest.isEmpty() ? -1 : rest.find(Set.of("USING"));
    int end = rest.isEmpty() ? -1 : rest.find(Set.of("WHERE", "ORDER", "LIMIT", "RETURNING"));
    TokenRange tables = end < 0 ? rest : rest.to(end);
    TokenRange tail = end < 0 ? rest.from(rest.size()) : rest.from(end);
    // JOIN … USING has its columns in brackets.
    if (using >= 0 && (using + 1 >= rest.size() || !rest.get(using + 1).is("("))) {
      throw new DalException(
          DalError.REFUSED, "DELETE … USING is not supported; write DELETE a FROM a JOIN b …");
    }
    QueryReader reader = new QueryReader();
    Block own = reader.block(tables, tail);
    reader.subqueries(tables);
    reader.subqueries(tail);
    return new Statement.Change(
        sql,
        true,
        isNamed(all.to(from)),
        reader.blocks(),
        List.of(),
        List.of(),
        where(tail),
        all.to(from).find(Set.of("IGNORE")) >= 0,
        isLimited(tail),
        qualifiers(own));
  }

  /** Whether tables stand between DELETE and FROM. */
  private static boolean isNamed(TokenRange beforeFrom) {
    Token last = beforeFrom.get(beforeFrom.size() - 1);
    return beforeFrom.size() > 1
        && !(last.is("LOW_PRIORITY") || last.is("QUICK") || last.is("IGNORE"));
  }

  private static boolean isLimited(TokenRange tail) {
    return !tail.isEmpty() && tail.find(Set.of("LIMIT")) >= 0;
  }

  private List<Span> qualifiers(Block own) {
    return own.tables().size() == 1 ? qualifiers(all, own.tables().get(0)) : List.of();
  }

  /** Where columns are named as table.column, if the table has no alias. */
  static List<Span> qualifiers(TokenRange all, TableUse table) {
    List<Span> spans = new ArrayList<>();
    for (int i = 0; i + 1 < all.size() && table.alias() == null; i++) {
      Token token = all.get(i);
      boolean first = i == 0 || !all.get(i - 1).is(".");
      if (first
          && token.isName()
          && token.name().equalsIgnoreCase(table.name())
          && all.get(i + 1).is(".")) {
        spans.add(new Span(token.begin(), token.end()));
      }
    }
    return spans;
  }

  private Statement ddl() {
    String verb = all.get(0).text().toUpperCase(Locale.ROOT);
    int at = 1;
    boolean index = false;
    while (at < all.size() && !isObject(all.get(at))) {
      at++;
    }
    if (at < all.size()) {
      index = all.get(at).is("INDEX") || all.get(at).is("KEY");
    }
    if (verb.equals("TRUNCATE") && at == all.size()) {
      return new Statement.Ddl(sql, verb, table(all.from(1)), Optional.empty(), List.of());
    }
    if (at == all.size() || !(index || all.get(at).is("TABLE"))) {
      throw new DalException(
          DalError.REFUSED,
          verb + " of anything but tables and indexes is not supported; run it on the nodes");
    }
    TokenRange rest = all.from(at + 1);
    if (index) {
      int on = rest.isEmpty() ? -1 : rest.find(Set.of("ON"));
      rest = on < 0 ? rest.from(rest.size()) : rest.from(on + 1);
    }
    while (!rest.isEmpty()
        && (rest.get(0).is("IF") || rest.get(0).is("NOT") || rest.get(0).is("EXISTS"))) {
      rest = rest.from(1);
    }
    TableUse table = table(rest);
    if (verb.equals("DROP") && rest.find(Set.of(",")) >= 0) {
      throw new DalException(DalError.REFUSED, "DROP of several tables; drop them one by one");
    }
    boolean renames = verb.equals("ALTER") && renamesTable(rest);
    int select = verb.equals("CREATE") && !index ? all.find(Set.of("SELECT")) : -1;
    if (renames || (verb.equals("CREATE") && isUnreadCreate(select))) {
      throw new DalException(
          DalError.REFUSED,
          "ALTER TABLE … RENAME, CREATE TABLE … LIKE and TEMPORARY, and CREATE TABLE … with WITH or"
              + " a query in brackets are not supported");
    }
    Optional<DdlShape> shape =
        index || !(verb.equals("CREATE") || verb.equals("ALTER"))
            ? Optional.empty()
            : DdlReader.read(sql);
    return new Statement.Ddl(sql, verb, table, shape, source(select));
  }

  /**
   * Whether it is made of other tables in a way that isn't read.
   *
   * @param select where its query begins; -1 if it has none
   */
  private boolean isUnreadCreate(int select) {
    TokenRange definition = select < 0 ? all : all.to(select);
    for (int i = 0; i + 1 < definition.size(); i++) {
      boolean opens = definition.get(i).is("(") && definition.get(i).depth() == all.depth();
      Token next = definition.get(i + 1);
      if (opens && (next.is("SELECT") || next.is("WITH") || next.is("LIKE"))) {
        return true;
      }
    }
    return definition.find(Set.of("LIKE", "TEMPORARY")) >= 0
        || (select >= 0 && definition.find(Set.of("WITH")) >= 0);
  }

  private List<Block> source(int select) {
    QueryReader reader = new QueryReader();
    if (select >= 0) {
      reader.query(all.from(select));
    }
    return reader.blocks();
  }

  private static boolean renamesTable(TokenRange rest) {
    TokenRange from = rest;
    int rename = from.isEmpty() ? -1 : from.find(Set.of("RENAME"));
    while (rename >= 0) {
      from = from.from(rename + 1);
      if (from.isEmpty() || from.find(Set.of("COLUMN", "INDEX", "KEY")) != 0) {
        return true;
      }
      rename = from.find(Set.of("RENAME"));
    }
    return false;
  }

  private static boolean isObject(Token token) {
    return Set.of(
            "TABLE",
            "INDEX",
            "KEY",
            "VIEW",
            "DATABASE",
            "SCHEMA",
            "USER",
            "PROCEDURE",
            "FUNCTION",
            "TRIGGER",
            "EVENT",
            "ROLE",
            "SEQUENCE",
            "SERVER",
            "TABLESPACE")
        .stream()
        .anyMatch(token::is);
  }

  private Statement show() {
    if (!all.startsWith("SHOW")) {
      return all.size() >= 2 ? new Statement.Show(sql, table(all.from(1))) : unknownShow();
    }
    if (all.startsWith("SHOW", "CREATE", "TABLE")) {
      return new Statement.Show(sql, table(all.from(3)));
    }
    int columns = all.find(Set.of("COLUMNS", "FIELDS", "INDEX", "INDEXES", "KEYS"));
    if (columns > 0) {
      int from = all.find(Set.of("FROM", "IN"));
      return from < 0 ? unknownShow() : new Statement.Show(sql, shownTable(all.from(from + 1)));
    }
    return new Statement.Show(sql, null);
  }

  /** {@code t FROM s} is {@code s.t}. */
  private static TableUse shownTable(TokenRange range) {
    TableUse table = table(range);
    int width = range.size() >= 3 && range.get(1).is(".") ? 3 : 1;
    boolean schema =
        range.size() > width + 1
            && (range.get(width).is("FROM") || range.get(width).is("IN"))
            && range.get(width + 1).isName();
    return schema
        ? new TableUse(
            range.get(width + 1).name(),
            table.name(),
            null,
            range.to(width + 2).span(),
            TableUse.JoinKind.INNER,
            Condition.ANY)
        : table;
  }

  private Statement unknownShow() {
    throw new DalException(DalError.SYNTAX, "a table is missing in " + all.get(0).text());
  }

  private Statement explain() {
    boolean table =
        all.size() <= 4 && all.size() >= 2 && all.get(1).isName() && !all.get(1).is("SELECT");
    if (table) {
      return new Statement.Show(sql, table(all.from(1)));
    }
    throw new DalException(
        DalError.REFUSED, "EXPLAIN of anything but tables and statements is not supported");
  }

  static TableUse table(TokenRange range) {
    if (range.isEmpty() || !range.get(0).isName()) {
      throw new DalException(DalError.SYNTAX, "the name of a table is missing");
    }
    boolean qualified = range.size() >= 3 && range.get(1).is(".");
    int width = qualified ? 3 : 1;
    return new TableUse(
        qualified ? range.get(0).name() : null,
        range.get(width - 1).name(),
        null,
        range.to(width).span(),
        TableUse.JoinKind.INNER,
        Condition.ANY);
  }
}
