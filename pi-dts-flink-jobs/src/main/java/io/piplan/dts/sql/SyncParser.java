package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.Statement.CreateCatalog;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses
 *
 * <pre>
 * SYNC DATABASE cat.db TO cat2.schema [INCLUDING TABLES (a, 'p%')] [EXCLUDING TABLES (…)]
 *     [RENAME (a TO b, …)] [KEYS (t: (c1, c2), …)] [VERSIONS (t: c, t2: none, …)]
 *     [WHERE (t: condition, …)] [WITH ('k'='v', …)]
 * SYNC TABLE cat.db.t TO cat2.schema.t2 [KEY (c1, c2)] [VERSION (c)] [WHERE (condition)]
 *     [WITH ('k'='v', …)]
 * </pre>
 *
 * The clauses may come in any order, each once.
 */
final class SyncParser {
  private static final String[] DATABASE_CLAUSES = {
    "INCLUDING", "EXCLUDING", "RENAME", "KEYS", "VERSIONS", "WHERE", "WITH", "';'"
  };
  private static final String[] TABLE_CLAUSES = {"KEY", "VERSION", "WHERE", "WITH", "';'"};

  private final TokenReader tokens;
  private final SecretLookup secrets;
  private final Map<String, Token> clauses = new LinkedHashMap<>();
  private final List<TablePattern> including = new ArrayList<>();
  private final List<TablePattern> excluding = new ArrayList<>();
  private final Map<String, String> renames = new LinkedHashMap<>();
  private final Map<String, List<String>> keys = new LinkedHashMap<>();
  private final Map<String, String> versions = new LinkedHashMap<>();
  private final Map<String, RowCondition> conditions = new LinkedHashMap<>();
  private Map<String, OptionText> options = Map.of();

  SyncParser(TokenReader tokens, SecretLookup secrets) {
    this.tokens = tokens;
    this.secrets = secrets;
  }

  SyncDatabase parse(Location location, String text, DefinitionParser.Catalogs catalogs) {
    tokens.expect("SYNC");
    boolean oneTable = tokens.takeIf("TABLE");
    if (!oneTable && !tokens.takeIf("DATABASE")) {
      throw tokens.unexpected("DATABASE", "TABLE");
    }
    Token sourceCatalog = tokens.expectIdentifier("the source catalog");
    tokens.expectSymbol(".");
    Token sourceDatabase = tokens.expectIdentifier("the source database");
    Token sourceTable = oneTable ? dotted("the source table") : null;
    tokens.expect("TO");
    Token targetCatalog = tokens.expectIdentifier("the target catalog");
    tokens.expectSymbol(".");
    Token targetDatabase = tokens.expectIdentifier("the target schema");
    Token targetTable = oneTable ? dotted("the target table") : null;
    if (oneTable) {
      including.add(new TablePattern(sourceTable.value(), false));
      if (!sourceTable.value().equals(targetTable.value())) {
        renames.put(sourceTable.value(), targetTable.value());
      }
      tableClauses(sourceTable.value());
    } else {
      databaseClauses();
    }
    CreateCatalog to = catalogs.find(targetCatalog);
    checkCatalogs(catalogs.find(sourceCatalog), sourceCatalog, to);
    ObjectName source = new ObjectName(sourceCatalog.value(), sourceDatabase.value());
    ObjectName target = new ObjectName(targetCatalog.value(), targetDatabase.value());
    String defaultName =
        (oneTable ? sourceTable.value() : source.database()) + "_to_" + target.database();
    SyncOptions parsed = SyncOptions.parse(options, defaultName, "SYNC", secrets);
    checkZeroDates(parsed, to);
    checkLoopPrevention(parsed, to);
    return new SyncDatabase(
        location,
        text,
        source,
        target,
        new TableSelection(including, excluding),
        renames,
        keys,
        versions,
        conditions,
        parsed);
  }

  private Token dotted(String what) {
    tokens.expectSymbol(".");
    return tokens.expectIdentifier(what);
  }

  private void checkCatalogs(CreateCatalog source, Token sourceName, CreateCatalog target) {
    if (source.settings().type() != CatalogType.MYSQL) {
      throw tokens
          .source()
          .error(
              DtsError.DEFINITION_BAD_OPTION,
              sourceName.start(),
              sourceName.end(),
              "catalog "
                  + source.name()
                  + " is of type '"
                  + source.settings().type().identifier()
                  + "', but a sync reads from MySQL or MariaDB",
              target.settings().type() == CatalogType.MYSQL
                  ? "swap source and target: SYNC DATABASE source TO target"
                  : "name a catalog of type 'pi-mysql' as the source");
    }
  }

  private void checkZeroDates(SyncOptions parsed, CreateCatalog target) {
    CatalogType type = target.settings().type();
    if (parsed.zeroDates() == SyncOptions.ZeroDates.KEEP && type != CatalogType.MYSQL) {
      throw options
          .get(SyncOption.ZERO_DATES.spec().name())
          .valueError(
              DtsError.DEFINITION_BAD_OPTION,
              "'zero-dates' is 'keep', expected error or null: catalog "
                  + target.name()
                  + " is of type '"
                  + type.identifier()
                  + "', and only MySQL and MariaDB hold such dates",
              "write 'null' if they are to become NULL; 'error' treats their rows as bad rows");
    }
  }

  private void checkLoopPrevention(SyncOptions parsed, CreateCatalog target) {
    boolean hive = target.settings().type() == CatalogType.HIVE;
    if (hive && parsed.sites().loopPrevention() != SiteOptions.LoopPrevention.NONE) {
      throw options
          .get(SyncOption.LOOP_PREVENTION.spec().name())
          .valueError(
              DtsError.DEFINITION_BAD_OPTION,
              "'loop.prevention' goes with targets that are databases of a site, and catalog "
                  + target.name()
                  + " is of type 'pi-hive'",
              "remove it: nothing goes back from Hive, and what syncs brought to the source belongs"
                  + " to what Hive is to have");
    }
  }

  private void databaseClauses() {
    while (!tokens.atEnd()) {
      Token clause = tokens.peek();
      if (tokens.takeIf("INCLUDING")) {
        once(clause);
        tables(including);
      } else if (tokens.takeIf("EXCLUDING")) {
        once(clause);
        tables(excluding);
      } else if (tokens.takeIf("RENAME")) {
        once(clause);
        list(this::rename);
      } else if (tokens.takeIf("KEYS")) {
        once(clause);
        list(this::key);
      } else if (tokens.takeIf("VERSIONS")) {
        once(clause);
        list(this::version);
      } else if (tokens.takeIf("WHERE")) {
        once(clause);
        list(this::condition);
      } else if (tokens.takeIf("WITH")) {
        once(clause);
        options = OptionList.parse(tokens);
      } else {
        throw tokens.unexpected(DATABASE_CLAUSES);
      }
    }
  }

  private void tableClauses(String table) {
    while (!tokens.atEnd()) {
      Token clause = tokens.peek();
      if (tokens.takeIf("KEY")) {
        once(clause);
        keys.put(table, columns());
      } else if (tokens.takeIf("VERSION")) {
        once(clause);
        tokens.expectSymbol("(");
        versions.put(table, versionColumn());
        tokens.expectSymbol(")");
      } else if (tokens.takeIf("WHERE")) {
        once(clause);
        tokens.expectSymbol("(");
        conditions.put(table, RowCondition.parse(tokens));
        tokens.expectSymbol(")");
      } else if (tokens.takeIf("WITH")) {
        once(clause);
        options = OptionList.parse(tokens);
      } else {
        throw tokens.unexpected(TABLE_CLAUSES);
      }
    }
  }

  private void once(Token clause) {
    String word = clause.value().toUpperCase(java.util.Locale.ROOT);
    if (clauses.put(word, clause) != null) {
      throw twice(clause, word + " is given twice", "put all into one " + word + " (…)");
    }
  }

  private DtsException twice(Token token, String message, String remedy) {
    return tokens
        .source()
        .error(DtsError.DEFINITION_SYNTAX, token.start(), token.end(), message, remedy);
  }

  /** {@code ( item, item … )}. */
  private void list(Runnable item) {
    tokens.expectSymbol("(");
    do {
      item.run();
    } while (tokens.takeSymbolIf(","));
    if (!tokens.peek().isSymbol(")")) {
      throw tokens.unexpected("','", "')'");
    }
    tokens.take();
  }

  private void tables(List<TablePattern> into) {
    tokens.expect("TABLES");
    list(
        () -> {
          Token token = tokens.peek();
          if (!token.isIdentifier() && !token.isString()) {
            throw tokens.unexpected("a table", "a pattern in single quotes");
          }
          tokens.take();
          into.add(new TablePattern(token.value(), token.isString()));
        });
  }

  private void rename() {
    Token from = tokens.expectIdentifier("a table");
    tokens.expect("TO");
    Token to = tokens.expectIdentifier("its name on the target");
    if (renames.containsValue(to.value())) {
      throw twice(to, "two tables are renamed to " + to.value(), "give each a name of its own");
    }
    if (renames.put(from.value(), to.value()) != null) {
      throw twice(from, "table " + from.value() + " is renamed twice", "remove one of the two");
    }
  }

  private void key() {
    Token table = tableColon();
    List<String> columns =
        tokens.peek().isSymbol("(")
            ? columns()
            : List.of(tokens.expectIdentifier("a column or '('").value());
    if (keys.put(table.value(), columns) != null) {
      throw twice(table, "table " + table.value() + " has two keys", "remove one of the two");
    }
  }

  private List<String> columns() {
    List<String> columns = new ArrayList<>();
    list(
        () -> {
          Token column = tokens.expectIdentifier("a column");
          if (columns.contains(column.value())) {
            throw twice(column, "column " + column.value() + " is named twice", "remove one");
          }
          columns.add(column.value());
        });
    return columns;
  }

  private void version() {
    Token table = tableColon();
    if (versions.put(table.value(), versionColumn()) != null) {
      throw twice(
          table, "table " + table.value() + " has two row versions", "remove one of the two");
    }
  }

  private String versionColumn() {
    return tokens.expectIdentifier("a column, none or auto").value();
  }

  private void condition() {
    Token table = tableColon();
    if (conditions.put(table.value(), RowCondition.parse(tokens)) != null) {
      throw twice(table, "table " + table.value() + " has two conditions", "join them with AND");
    }
  }

  private Token tableColon() {
    Token table = tokens.expectIdentifier("a table");
    tokens.expectSymbol(":");
    return table;
  }
}
