package io.piplan.dal.plan;

import io.piplan.dal.DalException;
import io.piplan.dal.sql.Block;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.SelectShape;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.TableUse;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import io.piplan.dal.sql.UnionShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Finds the subqueries of a statement that can't run beside it, and mean the same when they are run
 * before it: they name nothing of the statement around them.
 */
final class SubqueryPlanner {
  private static final Set<String> CLAUSES =
      Set.of("SELECT", "FROM", "WHERE", "SET", "ON", "GROUP", "HAVING", "ORDER", "LIMIT");

  private final Statement statement;
  private final List<Block> blocks;
  private final TableFinder finder;
  private final Function<Statement, Plan> planner;
  private final String text;
  private final List<Token> tokens;

  /**
   * A planner for one statement.
   *
   * @param planner plans others
   */
  SubqueryPlanner(
      Statement statement,
      List<Block> blocks,
      TableFinder finder,
      Function<Statement, Plan> planner) {
    this.statement = statement;
    this.blocks = blocks;
    this.finder = finder;
    this.planner = planner;
    this.text = statement.text();
    this.tokens = Tokens.of(text);
  }

  /** Empty if that doesn't help. */
  Optional<Plan> plan() {
    if (statement instanceof Statement.Query query && query.union() != null) {
      // Rows that were read first are not locked.
      return query.locks() ? Optional.empty() : withoutThem(parts(query.union()));
    }
    return withoutThem(inBrackets());
  }

  private List<Subquery> parts(UnionShape union) {
    List<Subquery> parts = new ArrayList<>();
    for (Span span : union.spans()) {
      rows(Subquery.Kind.PART, span, span).ifPresent(parts::add);
    }
    return parts;
  }

  private List<Subquery> inBrackets() {
    List<Subquery> found = new ArrayList<>();
    for (int i = 1; i + 1 < tokens.size(); i++) {
      boolean query =
          tokens.get(i).is("(") && (tokens.get(i + 1).is("SELECT") || tokens.get(i + 1).is("WITH"));
      if (query) {
        int end = closing(i);
        Optional<Subquery> one = subquery(i, end);
        one.ifPresent(found::add);
        // Of one that stays, those within it may be run before.
        i = one.isPresent() ? end : i;
      }
    }
    return found;
  }

  private Optional<Plan> withoutThem(List<Subquery> found) {
    if (found.isEmpty()) {
      return Optional.empty();
    }
    // Whatever the values will be, the rest must have a plan.
    List<Edit> edits = new ArrayList<>();
    for (Subquery one : found) {
      String instead =
          switch (one.kind()) {
            case LIST -> "(NULL)";
            case TABLE -> "(SELECT NULL)";
            case PART -> "SELECT NULL";
            default -> "NULL";
          };
      edits.add(new Edit(one.span(), instead));
    }
    Plan rest = planner.apply(StatementReader.read(Edit.apply(text, edits)));
    return Optional.of(
        rest instanceof Plan.Refused refused && !mayDependOnValues(refused)
            ? refused
            : new Plan.Nested(statement, found));
  }

  /** A sharding column that gets NULL for now. */
  private static boolean mayDependOnValues(Plan.Refused refused) {
    return refused.reason().contains(" gets NULL");
  }

  private int closing(int open) {
    int end = open + 1;
    while (!tokens.get(end).is(")") || tokens.get(end).depth() != tokens.get(open).depth()) {
      end++;
    }
    return end;
  }

  /** Rows that are written where they are read from. */
  private Optional<Subquery> rows(Subquery.Kind kind, Span inner, Span whole) {
    if (!(StatementReader.read(inner.of(text)) instanceof Statement.Query query)
        || query.locks()
        || finder.find(query.blocks()).stream().noneMatch(UsedTable::isSharded)) {
      return Optional.empty();
    }
    checkJson(query, kind, whole);
    Plan plan = planner.apply(query);
    if (plan instanceof Plan.Refused refused) {
      throw new DalException(refused.error(), "a subquery: " + refused.reason());
    }
    return Optional.of(new Subquery(kind, whole, query, plan, null, false, isStored(query), false));
  }

  private void checkJson(Statement.Query query, Subquery.Kind kind, Span whole) {
    boolean value = kind == Subquery.Kind.VALUE;
    if (value || kind == Subquery.Kind.TABLE) {
      new JsonValues(tokens).check(query, whole, value, finder.find(query.blocks()));
    }
  }

  /** Whether servers store the rows, and with them the digits that are shown. */
  private static boolean isStored(Statement.Query query) {
    return query.shape() == null
        || query.shape().isGrouped()
        || query.shape().distinct()
        || query.shape().limitSpan() != null;
  }

  /** A table in FROM that has a name, and can't name what stands beside it. */
  private boolean isDerived(int open, int end) {
    Token after = end + 1 < tokens.size() ? tokens.get(end + 1) : null;
    return statement instanceof Statement.Query
        && isTable(open)
        && !tokens.get(open - 1).is("LATERAL")
        && after != null
        && after.isName()
        && !isOneOf(after, "UNION", "EXCEPT", "INTERSECT", "MINUS");
  }

  /** What WITH defines. */
  private boolean isCommon(int open) {
    return tokens.get(0).is("WITH")
        && !tokens.get(1).is("RECURSIVE")
        && tokens.get(open).depth() == 0
        && tokens.get(open - 1).is("AS")
        && statement instanceof Statement.Query;
  }

  /** Whether it names something that WITH defines: that isn't known outside of the statement. */
  private boolean namesCommon(int open, int end) {
    if (!tokens.get(0).is("WITH")) {
      return false;
    }
    for (int i = 1; i + 2 < tokens.size(); i++) {
      boolean defined =
          tokens.get(i).depth() == 0
              && tokens.get(i).isName()
              && !tokens.get(i).is("AS")
              && (tokens.get(i + 1).is("(")
                  || (tokens.get(i + 1).is("AS") && tokens.get(i + 2).is("(")));
      for (int j = open; defined && j < end; j++) {
        if (tokens.get(j).isName() && tokens.get(j).name().equalsIgnoreCase(tokens.get(i).name())) {
          return true;
        }
      }
    }
    return false;
  }

  private Optional<Subquery> subquery(int open, int end) {
    Token before = tokens.get(open - 1);
    if (namesCommon(open, end)) {
      return Optional.empty();
    }
    if (isCommon(open) || isDerived(open, end)) {
      return rows(
          Subquery.Kind.TABLE,
          new Span(tokens.get(open + 1).begin(), tokens.get(end - 1).end()),
          new Span(tokens.get(open).begin(), tokens.get(end).end()));
    }
    boolean unfit =
        isOneOf(
                before,
                "ANY",
                "SOME",
                "ALL",
                "AS",
                "UNION",
                "EXCEPT",
                "INTERSECT",
                "DISTINCT",
                "LATERAL")
            || isTable(open)
            || isPart(open, end)
            || isRow(open);
    if (unfit) {
      return Optional.empty();
    }
    Subquery.Kind kind =
        before.is("IN")
            ? Subquery.Kind.LIST
            : before.is("EXISTS") ? Subquery.Kind.EXISTS : Subquery.Kind.VALUE;
    Span inner = new Span(tokens.get(open + 1).begin(), tokens.get(end - 1).end());
    Span whole =
        new Span(
            (kind == Subquery.Kind.EXISTS ? before : tokens.get(open)).begin(),
            tokens.get(end).end());
    Statement read = StatementReader.read(inner.of(text));
    if (!(read instanceof Statement.Query query) || query.locks() || !isAlone(query, open, end)) {
      return Optional.empty();
    }
    List<UsedTable> tables = finder.find(query.blocks());
    // Without tables there is nothing to be read: it may be what was written for another subquery.
    boolean stays =
        tables.isEmpty()
            || (statement instanceof Statement.Query
                && tables.stream().noneMatch(UsedTable::isSharded));
    if (stays) {
      return Optional.empty();
    }
    checkJson(query, kind, whole);
    Statement runs = StatementReader.read(runText(query, kind));
    Plan plan = planner.apply(runs);
    if (plan instanceof Plan.Refused refused) {
      throw new DalException(refused.error(), "a subquery: " + refused.reason());
    }
    TextCollations texts = new TextCollations(tokens, blocks, finder);
    String own = texts.selected(query);
    String other = own == null ? null : texts.compared(open, end);
    return Optional.of(
        new Subquery(
            kind,
            whole,
            runs,
            plan,
            TextCollations.winner(own, other),
            own != null && !TextCollations.isCertain(own, other) && isCondition(open),
            isExact(query),
            isItem(open, end)));
  }

  /** Elsewhere the text of an expression counts, to group and order by: a literal can be there. */
  private boolean isCondition(int open) {
    int depth = tokens.get(open).depth();
    for (int i = open - 1; i >= 0; i--) {
      Token token = tokens.get(i);
      if (token.depth() <= depth && CLAUSES.stream().anyMatch(token::is)) {
        return isOneOf(token, "WHERE", "ON", "HAVING");
      }
      depth = Math.min(depth, token.depth());
    }
    return false;
  }

  private String runText(Statement.Query query, Subquery.Kind kind) {
    boolean limited = query.shape() != null && query.shape().limitSpan() == null;
    String run = query.text() + (kind == Subquery.Kind.EXISTS && limited ? " LIMIT 1" : "");
    // As the server does it: what decides about a change stays as it is until that is done.
    return statement instanceof Statement.Change ? run + " LOCK IN SHARE MODE" : run;
  }

  private static boolean isOneOf(Token token, String... words) {
    for (String word : words) {
      if (token.is(word)) {
        return true;
      }
    }
    return false;
  }

  /** Whether it stands in FROM. */
  private boolean isTable(int open) {
    int depth = tokens.get(open).depth();
    Token before = tokens.get(open - 1);
    boolean tablePlace =
        isOneOf(before, "FROM", "JOIN", "STRAIGHT_JOIN", ",", "(") || before.depth() < depth;
    for (int i = open - 1; i >= 0 && tokens.get(i).depth() >= depth; i--) {
      Token token = tokens.get(i);
      if (token.depth() == depth && CLAUSES.stream().anyMatch(token::is)) {
        return token.is("FROM") && tablePlace;
      }
    }
    // An UPDATE of joined tables, or a query in brackets.
    return tokens.get(0).is("UPDATE") && isBeforeSet(open);
  }

  /** Of a UNION in brackets, or of joined tables in brackets. */
  private boolean isPart(int open, int end) {
    Token before = tokens.get(open - 1);
    Token earlier = open > 1 ? tokens.get(open - 2) : before;
    boolean joined =
        isOneOf(before, "FROM", "JOIN", "STRAIGHT_JOIN")
            || (before.is("(") && isOneOf(earlier, "FROM", "JOIN", "STRAIGHT_JOIN"));
    return joined
        || (end + 1 < tokens.size()
            && isOneOf(tokens.get(end + 1), "UNION", "EXCEPT", "INTERSECT"));
  }

  private boolean isBeforeSet(int open) {
    return tokens.subList(0, open).stream().noneMatch(t -> t.depth() == 0 && t.is("SET"));
  }

  /** {@code (a, b) = (SELECT …)}: the whole row would have to be written. */
  private boolean isRow(int open) {
    Token before = tokens.get(open - 1);
    return !before.is("IN") && open > 1 && before.is("=") && tokens.get(open - 2).is(")");
  }

  private boolean isItem(int open, int end) {
    Token before = tokens.get(open - 1);
    Token after = end + 1 < tokens.size() ? tokens.get(end + 1) : null;
    return tokens.get(open).depth() == 0
        && (before.is("SELECT") || before.is(","))
        && (after == null || after.is(",") || after.is("FROM"))
        && tokens.subList(0, open).stream().noneMatch(t -> t.depth() == 0 && t.is("FROM"));
  }

  // --- what it names

  /** Whether nothing of the statement around it is named in it. */
  private boolean isAlone(Statement.Query query, int open, int end) {
    int begin = tokens.get(open).begin();
    int after = tokens.get(end).end();
    List<UsedTable> outer = new ArrayList<>();
    boolean unknown = false;
    for (UsedTable table : finder.find(blocks)) {
      Span span = table.use().span();
      if (span.begin() < begin || span.begin() >= after) {
        outer.add(table);
        unknown |= table.shape() == null;
      }
    }
    unknown |= blocks.stream().anyMatch(Block::derived);
    List<TableUse> inside =
        query.blocks().stream().map(Block::tables).flatMap(List::stream).toList();
    List<UsedTable> own =
        finder.find(query.blocks()).stream().filter(table -> table.block() == 0).toList();
    for (int i = open + 1; i < end; i++) {
      Token token = tokens.get(i);
      boolean call = tokens.get(i + 1).is("(");
      boolean column = token.isName() && !call && !tokens.get(i - 1).is(".");
      if (!column) {
        continue;
      }
      if (tokens.get(i + 1).is(".")) {
        boolean inner =
            inside.stream()
                .anyMatch(
                    use ->
                        use.label().equalsIgnoreCase(token.name())
                            || token.name().equals(use.schema()));
        if (!inner) {
          return false;
        }
      } else if (unknown ? !isKnown(token, own, inside) : isOuter(token, own, outer)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isColumn(Token token, List<UsedTable> tables) {
    return tables.stream()
        .anyMatch(table -> table.shape() != null && table.shape().column(token.name()).isPresent());
  }

  private static boolean isOuter(Token token, List<UsedTable> own, List<UsedTable> outer) {
    return isColumn(token, outer) && !isColumn(token, own);
  }

  /** Where columns outside aren't known, every word must be one of ours or of SQL. */
  private static boolean isKnown(Token token, List<UsedTable> own, List<TableUse> inside) {
    return isColumn(token, own)
        || inside.stream()
            .anyMatch(
                use ->
                    use.name().equalsIgnoreCase(token.name())
                        || use.label().equalsIgnoreCase(token.name()))
        || (token.kind() == Token.Kind.WORD
            && Set.of(
                    "SELECT",
                    "DISTINCT",
                    "FROM",
                    "WHERE",
                    "AND",
                    "OR",
                    "NOT",
                    "IN",
                    "BETWEEN",
                    "LIKE",
                    "IS",
                    "NULL",
                    "AS",
                    "JOIN",
                    "LEFT",
                    "INNER",
                    "ON",
                    "GROUP",
                    "BY",
                    "ORDER",
                    "LIMIT",
                    "ASC",
                    "DESC",
                    "HAVING",
                    "TRUE",
                    "FALSE")
                .stream()
                .anyMatch(token::is));
  }

  /** Of quotients and averages servers compute with more digits than they show. */
  private static boolean isExact(Statement.Query query) {
    if (query.shape() == null || query.shape().items().size() != 1) {
      return false;
    }
    SelectShape.Item item = query.shape().items().get(0);
    if (item.aggregate() == null) {
      return Tokens.of(item.expression()).stream().allMatch(t -> t.isName() || t.is("."));
    }
    return switch (item.aggregate().function()) {
      case COUNT, BIT_AND, BIT_OR, BIT_XOR -> true;
      case AVG, STD, STDDEV, STDDEV_POP, STDDEV_SAMP, VARIANCE, VAR_POP, VAR_SAMP, JSON_ARRAYAGG ->
          false;
      default ->
          Tokens.of(item.aggregate().argument()).stream().allMatch(t -> t.isName() || t.is("."));
    };
  }
}
