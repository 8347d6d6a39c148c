package io.piplan.dts.ddl;

import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the statements of MySQL and MariaDB that concern tables, as their binlogs have them. What
 * it does not know it refuses: nothing is guessed.
 */
final class DdlParser {
  private final DdlTokens tokens;
  private final ServerFacts server;
  private final String database;

  private DdlParser(DdlTokens tokens, ServerFacts server, String database) {
    this.tokens = tokens;
    this.server = server;
    this.database = database;
  }

  /**
   * What a statement does to tables; empty if it is about something else.
   *
   * @param database the one that names without a database are in
   * @throws DdlException if it is about tables and not understood
   */
  static Optional<Ddl> parse(String sql, String database, ServerFacts server, SqlMode mode) {
    DdlParser parser = new DdlParser(new DdlTokens(sql, server, mode), server, database);
    Optional<Ddl> ddl = parser.statement();
    if (ddl.isPresent() && !parser.tokens.atEnd()) {
      throw parser.tokens.unexpected("the end");
    }
    return ddl;
  }

  private Optional<Ddl> statement() {
    return switch (tokens.take().word()) {
      case "CREATE" -> create();
      case "ALTER" -> alter();
      case "DROP" -> drop();
      case "RENAME" -> tokens.takeAny("TABLE", "TABLES") ? Optional.of(rename()) : Optional.empty();
      case "TRUNCATE" -> {
        tokens.takeIf("TABLE");
        TableId table = tokens.table(database);
        waiting();
        yield Optional.of(new Ddl.Truncate(table));
      }
      default -> Optional.empty();
    };
  }

  private Optional<Ddl> create() {
    boolean orReplace = tokens.takeIf("OR", "REPLACE");
    tokens.takeAny("ONLINE", "OFFLINE");
    if (tokens.takeIf("TABLE")) {
      boolean ifNotExists = tokens.takeIf("IF", "NOT", "EXISTS");
      TableId table = tokens.table(database);
      return Optional.of(
          new CreateTableParser(tokens, server, database).rest(table, ifNotExists, orReplace));
    }
    IndexSpec.Kind kind = indexKind();
    return tokens.takeIf("INDEX") ? Optional.of(createIndex(kind, orReplace)) : Optional.empty();
  }

  private IndexSpec.Kind indexKind() {
    if (tokens.takeIf("UNIQUE")) {
      return IndexSpec.Kind.UNIQUE;
    }
    if (tokens.takeIf("FULLTEXT")) {
      return IndexSpec.Kind.FULLTEXT;
    }
    return tokens.takeIf("SPATIAL") ? IndexSpec.Kind.SPATIAL : IndexSpec.Kind.PLAIN;
  }

  private Ddl createIndex(IndexSpec.Kind kind, boolean orReplace) {
    boolean ifNotExists = tokens.takeIf("IF", "NOT", "EXISTS");
    String name = tokens.name();
    if (tokens.takeIf("USING")) {
      tokens.take();
    }
    tokens.expect("ON");
    TableId table = tokens.table(database);
    waiting();
    IndexSpec index = new IndexSpec(name, kind, new IndexParser(tokens).parts());
    skipRest();
    return new Ddl.AlterTable(
        table, false, false, List.of(new Alteration.AddIndex(index, ifNotExists, orReplace)));
  }

  private Optional<Ddl> alter() {
    tokens.takeAny("ONLINE", "OFFLINE");
    boolean ignore = tokens.takeIf("IGNORE");
    if (tokens.takeAny("DATABASE", "SCHEMA")) {
      return Optional.of(alterDatabase());
    }
    if (!tokens.takeIf("TABLE")) {
      return Optional.empty();
    }
    boolean ifExists = tokens.takeIf("IF", "EXISTS");
    TableId table = tokens.table(database);
    waiting();
    List<Alteration> alterations = new AlterationParser(tokens, server, database).all();
    return Optional.of(new Ddl.AlterTable(table, ifExists, ignore, alterations));
  }

  private Ddl alterDatabase() {
    boolean named =
        tokens.peek().isName()
            && !tokens.peek().is("DEFAULT")
            && !tokens.peek().is("CHARACTER")
            && !tokens.peek().is("CHARSET")
            && !tokens.peek().is("COLLATE");
    String altered = named ? tokens.database() : database;
    skipRest();
    return new Ddl.AlterDatabase(altered);
  }

  private Optional<Ddl> drop() {
    if (tokens.takeAny("TABLE", "TABLES")) {
      tokens.takeIf("IF", "EXISTS");
      List<TableId> tables = new ArrayList<>();
      do {
        tables.add(tokens.table(database));
      } while (tokens.takeIf(","));
      tokens.takeAny("RESTRICT", "CASCADE");
      waiting();
      return Optional.of(new Ddl.DropTables(tables));
    }
    if (tokens.takeAny("DATABASE", "SCHEMA")) {
      tokens.takeIf("IF", "EXISTS");
      return Optional.of(new Ddl.DropDatabase(tokens.database()));
    }
    if (tokens.takeIf("INDEX")) {
      boolean ifExists = tokens.takeIf("IF", "EXISTS");
      String index = tokens.name();
      tokens.expect("ON");
      TableId table = tokens.table(database);
      skipRest();
      return Optional.of(
          new Ddl.AlterTable(
              table, false, false, List.of(new Alteration.DropIndex(index, ifExists))));
    }
    return Optional.empty();
  }

  private Ddl rename() {
    tokens.takeIf("IF", "EXISTS");
    List<Ddl.Renaming> renamings = new ArrayList<>();
    do {
      TableId from = tokens.table(database);
      waiting();
      tokens.expect("TO");
      renamings.add(new Ddl.Renaming(from, tokens.table(database)));
    } while (tokens.takeIf(","));
    return new Ddl.RenameTables(renamings);
  }

  /** How long MariaDB waits for a lock. */
  private void waiting() {
    if (!tokens.takeIf("NOWAIT") && tokens.takeIf("WAIT")) {
      tokens.take();
    }
  }

  /** Options that concern how the server does it. */
  private void skipRest() {
    while (!tokens.atEnd()) {
      tokens.take();
    }
  }
}
