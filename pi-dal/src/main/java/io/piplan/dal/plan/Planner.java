package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.Catalog;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.sql.Block;
import io.piplan.dal.sql.DdlShape;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Plans statements by one version of the rules. */
public final class Planner {
  /** Before the name of a column that ALTER TABLE changes. */
  private static final Set<String> COLUMN_WORDS =
      Set.of("COLUMN", "CHANGE", "MODIFY", "DROP", "RENAME", "ALTER", "EXISTS");

  private final DalRules rules;
  private final Catalog catalog;
  private final HiddenTables hidden;
  private final boolean generates;

  /**
   * A planner that gives no ids.
   *
   * @see #Planner(DalRules, Catalog, boolean)
   */
  public Planner(DalRules rules, Catalog catalog) {
    this(rules, catalog, false);
  }

  /**
   * A planner.
   *
   * @param generates whether there are ids for AUTO_INCREMENT columns of tables on several nodes
   */
  public Planner(DalRules rules, Catalog catalog, boolean generates) {
    this.rules = rules;
    this.catalog = catalog;
    this.hidden = new HiddenTables(rules);
    this.generates = generates;
  }

  /**
   * Plans a statement.
   *
   * @param schema the session's current one; null if it has none
   */
  public Plan plan(Statement statement, String schema) {
    Plan plan = withoutVersions(statement, schema);
    return rules.zones() == null
        ? plan
        : new VersionPlanner(
                rules.zones(),
                new TableFinder(rules, catalog, hidden, schema),
                versioned -> withoutVersions(versioned, schema))
            .plan(statement, plan);
  }

  /** As if there were no zones, or as a statement that has versions in it already. */
  private Plan withoutVersions(Statement statement, String schema) {
    TableFinder finder = new TableFinder(rules, catalog, hidden, schema);
    Plan plan = withSubqueriesFirst(statement, schema, finder, other -> plan(other, schema));
    if (!isRefused(plan) || !(statement instanceof Statement.Query query)) {
      return plan;
    }
    try {
      return new RowsFirstPlanner(
              query, finder.find(query.blocks()), other -> withoutRowsFirst(other, schema, finder))
          .plan()
          .orElse(plan);
    } catch (DalException e) {
      return plan;
    }
  }

  private static boolean isRefused(Plan plan) {
    return plan instanceof Plan.Refused refused && refused.error() == DalError.REFUSED;
  }

  /** What was written anew once is not written anew again. */
  private Plan withoutRowsFirst(Statement statement, String schema, TableFinder finder) {
    return withSubqueriesFirst(
        statement, schema, finder, other -> withoutRowsFirst(other, schema, finder));
  }

  private Plan withSubqueriesFirst(
      Statement statement, String schema, TableFinder finder, Function<Statement, Plan> others) {
    Plan plan = direct(statement, schema, finder);
    List<Block> blocks = blocks(statement);
    if (!isRefused(plan) || blocks.size() < 2) {
      return plan;
    }
    try {
      Optional<Plan> first = new SubqueryPlanner(statement, blocks, finder, others).plan();
      return first.isEmpty() && statement instanceof Statement.Change change
          ? beside(change, finder, others).orElse(plan)
          : first.orElse(plan);
    } catch (DalException e) {
      return new Plan.Refused(e.error(), e.getMessage());
    }
  }

  private Optional<Plan> beside(
      Statement.Change change, TableFinder finder, Function<Statement, Plan> others) {
    checkFits(change, finder);
    return new ChangePlanner(rules, finder, others).beside(change);
  }

  /**
   * Whether a prepared statement's plan depends on the shard of one parameter only.
   *
   * @param tokens of its text
   * @throws DalException if it can't be read
   */
  public Optional<KeyedStatement> keyed(String sql, List<Token> tokens, String schema) {
    return KeyedStatement.of(sql, tokens, new TableFinder(rules, catalog, hidden, schema));
  }

  /**
   * Whether a query's plan depends on the set of its shards only.
   *
   * @param tokens of its text, in which parameters are parameters
   * @throws DalException if it can't be read
   */
  public Optional<ShardSetQuery> shardSet(String sql, List<Token> tokens, String schema) {
    return ShardSetQuery.of(sql, tokens, new TableFinder(rules, catalog, hidden, schema));
  }

  private static List<Block> blocks(Statement statement) {
    if (statement instanceof Statement.Query query) {
      return query.blocks();
    }
    return statement instanceof Statement.Change change ? change.blocks() : List.of();
  }

  private Plan direct(Statement statement, String schema, TableFinder finder) {
    try {
      if (!catalog.unfit().isEmpty()) {
        checkFits(statement, finder);
      }
      if (statement instanceof Statement.Query query) {
        return new QueryPlanner(rules, finder).plan(query);
      }
      if (statement instanceof Statement.Insert insert) {
        return new InsertPlanner(rules, finder, generates, other -> plan(other, schema))
            .plan(insert);
      }
      if (statement instanceof Statement.Change change) {
        return new ChangePlanner(rules, finder, other -> plan(other, schema)).plan(change);
      }
      if (statement instanceof Statement.Ddl ddl) {
        return ddl(ddl, finder);
      }
      return show((Statement.Show) statement, finder);
    } catch (DalException e) {
      return new Plan.Refused(e.error(), e.getMessage());
    }
  }

  /** Where rows are is not known any more; DDL may make it right again. */
  private void checkFits(Statement statement, TableFinder finder) {
    List<UsedTable> tables = new ArrayList<>(finder.find(blocks(statement)));
    if (statement instanceof Statement.Insert insert) {
      tables.add(finder.find(insert.table(), 0));
      tables.addAll(finder.find(insert.source()));
    }
    for (UsedTable table : tables) {
      Optional<String> problem =
          table.rule() == null ? Optional.empty() : catalog.problem(table.rule().name());
      if (problem.isPresent()) {
        throw unfit(table.rule().name(), problem.get());
      }
    }
  }

  /**
   * Lets a table pass that the rules don't name.
   *
   * @throws DalException if it is an actual table of one that they name
   */
  public void checkUnnamed(String table) {
    hidden.check(table);
  }

  /** Of a table that no longer fits the rules. */
  public static DalException unfit(String table, String problem) {
    return new DalException(
        DalError.REFUSED,
        "since the last DDL table " + table + " doesn't fit the rules: " + problem);
  }

  private Plan ddl(Statement.Ddl ddl, TableFinder finder) {
    UsedTable table = finder.findForDdl(ddl.table(), 0);
    if (table.system()) {
      throw new DalException(
          DalError.REFUSED, ddl.verb() + " in a schema of the server is not supported");
    }
    if (!ddl.source().isEmpty()) {
      return createdFrom(ddl, table, finder);
    }
    if (table.rule() == null) {
      checkExchanged(ddl);
      return new Plan.Ddl(List.of(sql(ddl.text(), table, table.onNode(table.node()).get())));
    }
    checkDdl(ddl, table.rule());
    checkConversion(ddl, table);
    List<NodeSql> parts = new ArrayList<>();
    table.rule().actualTables().forEach(actual -> parts.add(sql(ddl.text(), table, actual)));
    return new Plan.Ddl(parts);
  }

  /** ALTER TABLE … EXCHANGE PARTITION … WITH TABLE writes another table, too. */
  private void checkExchanged(Statement.Ddl ddl) {
    List<Token> tokens = Tokens.of(ddl.text());
    for (int i = 2; i < tokens.size(); i++) {
      if (tokens.get(i - 2).is("WITH") && tokens.get(i - 1).is("TABLE") && tokens.get(i).isName()) {
        boolean qualified = i + 2 < tokens.size() && tokens.get(i + 1).is(".");
        hidden.check(tokens.get(qualified ? i + 2 : i).name());
      }
    }
  }

  /** CREATE TABLE … SELECT: of one actual table, and of rows that are on its node. */
  private Plan createdFrom(Statement.Ddl ddl, UsedTable table, TableFinder finder) {
    List<ActualTable> actual =
        table.rule() == null
            ? List.of(table.onNode(table.node()).get())
            : table.rule().actualTables().toList();
    Routing routing = new Routing(rules, ddl.source(), finder.find(ddl.source()));
    String node = actual.get(0).node();
    Routing.OneNodeRoute route =
        actual.size() > 1 || routing.hasSharded() ? null : routing.unsharded(List.of(node));
    if (route == null || !route.node().equals(node)) {
      throw new DalException(
          DalError.REFUSED,
          "CREATE TABLE … SELECT where the table or what it is made of is on several nodes; write"
              + " CREATE TABLE, then INSERT … SELECT");
    }
    List<Edit> edits = new ArrayList<>(routing.aliases(route));
    edits.add(table.renamed(actual.get(0)));
    return new Plan.Ddl(List.of(new NodeSql(node, Edit.apply(ddl.text(), edits))));
  }

  /** Rows stay where they are, so their sharding columns must stay too. */
  private static void checkDdl(Statement.Ddl ddl, LogicalTable table) {
    Set<String> sharding = new LinkedHashSet<>();
    for (Strategy strategy : table.strategies()) {
      strategy.shardingColumns().forEach(name -> sharding.add(name.toLowerCase(Locale.ROOT)));
    }
    Set<String> changed = new HashSet<>(ddl.shape().map(DdlShape::changed).orElse(Set.of()));
    boolean foreignKeys = ddl.shape().map(DdlShape::foreignKeys).orElse(false);
    // What the words alone say counts too: a form that isn't understood must not slip through.
    List<Token> tokens = Tokens.of(ddl.text());
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      foreignKeys |= token.is("REFERENCES");
      if (ddl.verb().equals("ALTER")
          && token.isName()
          && COLUMN_WORDS.stream().anyMatch(tokens.get(Math.max(0, i - 1))::is)) {
        changed.add(token.name().toLowerCase(Locale.ROOT));
      }
    }
    if (foreignKeys) {
      throw new DalException(
          DalError.REFUSED,
          "foreign keys of table " + table.name() + ": rows are not all together");
    }
    for (String name : sharding) {
      if (changed.contains(name)) {
        throw new DalException(
            DalError.REFUSED,
            "ALTER TABLE of the sharding column "
                + table.name()
                + "."
                + name
                + ": rows would be on the wrong shard");
      }
      checkCreated(ddl, table, name);
    }
  }

  /** Texts of another collation may be equal where they were not, or be on other shards. */
  private static void checkConversion(Statement.Ddl ddl, UsedTable table) {
    List<Token> tokens = Tokens.of(ddl.text());
    boolean converts = false;
    for (int i = 0; ddl.verb().equals("ALTER") && i + 1 < tokens.size(); i++) {
      converts |= tokens.get(i).is("CONVERT") && tokens.get(i + 1).is("TO");
    }
    if (!converts) {
      return;
    }
    for (Strategy strategy : table.rule().strategies()) {
      for (String name : strategy.shardingColumns()) {
        boolean stays =
            table.shape() != null
                && table.shape().column(name).filter(column -> !column.isText()).isPresent();
        if (!stays) {
          throw new DalException(
              DalError.REFUSED,
              "ALTER TABLE … CONVERT TO of table "
                  + table.rule().name()
                  + ", whose sharding column "
                  + name
                  + " is a text: its collation decides about shards; MODIFY the other columns one"
                  + " by one");
        }
      }
    }
  }

  private static void checkCreated(Statement.Ddl ddl, LogicalTable table, String name) {
    List<String> created = ddl.shape().map(DdlShape::created).orElse(List.of());
    if (!created.isEmpty() && created.stream().noneMatch(name::equalsIgnoreCase)) {
      throw new DalException(
          DalError.REFUSED,
          "CREATE TABLE " + table.name() + " without its sharding column " + name + "; add it");
    }
  }

  private static NodeSql sql(String text, UsedTable table, ActualTable actual) {
    return new NodeSql(actual.node(), Edit.apply(text, List.of(table.renamed(actual))));
  }

  private Plan show(Statement.Show show, TableFinder finder) {
    if (show.table() == null) {
      return new Plan.OneNode(new NodeSql(rules.anyNode(), show.text()), false);
    }
    UsedTable table = finder.find(show.table(), 0);
    if (table.system()) {
      return new Plan.OneNode(new NodeSql(table.node(), show.text()), false);
    }
    ActualTable actual =
        table.rule() == null
            ? table.onNode(table.node()).get()
            : table.rule().actualTables().findFirst().get();
    return new Plan.OneNode(sql(show.text(), table, actual), false);
  }
}
