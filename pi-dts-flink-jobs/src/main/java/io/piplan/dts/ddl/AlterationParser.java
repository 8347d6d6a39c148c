package io.piplan.dts.ddl;

import io.piplan.dts.ddl.Alteration.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads what an ALTER TABLE does, from behind the table's name. */
final class AlterationParser {
  private static final Set<String> OPTIONS =
      Set.of(
          "ALGORITHM",
          "LOCK",
          "AUTO_INCREMENT",
          "AUTOEXTEND_SIZE",
          "AVG_ROW_LENGTH",
          "CHECKSUM",
          "TABLE_CHECKSUM",
          "COMPRESSION",
          "CONNECTION",
          "DELAY_KEY_WRITE",
          "ENCRYPTION",
          "ENCRYPTED",
          "ENCRYPTION_KEY_ID",
          "ENGINE",
          "TYPE",
          "ENGINE_ATTRIBUTE",
          "SECONDARY_ENGINE_ATTRIBUTE",
          "SECONDARY_ENGINE",
          "IETF_QUOTES",
          "INSERT_METHOD",
          "KEY_BLOCK_SIZE",
          "MAX_ROWS",
          "MIN_ROWS",
          "PACK_KEYS",
          "PAGE_CHECKSUM",
          "PAGE_COMPRESSED",
          "PAGE_COMPRESSION_LEVEL",
          "PASSWORD",
          "ROW_FORMAT",
          "STATS_AUTO_RECALC",
          "STATS_PERSISTENT",
          "STATS_SAMPLE_PAGES",
          "STORAGE",
          "TABLESPACE",
          "TRANSACTIONAL",
          "UNION");

  /** What is done to partitions and leaves the rows of the table as they are. */
  private static final Set<String> PARTITIONING =
      Set.of("REORGANIZE", "COALESCE", "REBUILD", "ANALYZE", "CHECK", "OPTIMIZE", "REPAIR");

  private final DdlTokens tokens;
  private final ServerFacts server;
  private final String database;
  private final List<Alteration> alterations = new ArrayList<>();

  AlterationParser(DdlTokens tokens, ServerFacts server, String database) {
    this.tokens = tokens;
    this.server = server;
    this.database = database;
  }

  List<Alteration> all() {
    while (!tokens.atEnd()) {
      next();
      // Options may stand without a comma between them.
      tokens.takeIf(",");
    }
    return List.copyOf(alterations);
  }

  private void next() {
    DdlToken next = tokens.peek();
    switch (next.word()) {
      case "ADD" -> add();
      case "DROP" -> drop();
      case "MODIFY" -> modify();
      case "CHANGE" -> change();
      case "ALTER" -> alter();
      case "RENAME" -> rename();
      case "CONVERT" -> convert();
      case "DEFAULT", "CHARACTER", "CHARSET", "COLLATE" -> defaultText();
      case "COMMENT" -> {
        tokens.take();
        tokens.takeIf("=");
        alterations.add(new Alteration.TableComment(tokens.text()));
      }
      case "TRUNCATE", "EXCHANGE", "DISCARD", "IMPORT" -> {
        skip();
        alterations.add(new Alteration.UnloggedRows(tokens.textSince(next)));
      }
      case "PARTITION", "REMOVE", "ORDER", "WITH", "WITHOUT" -> rest(next);
      default -> other(next);
    }
  }

  private void other(DdlToken next) {
    if (PARTITIONING.contains(next.word())) {
      rest(next);
      return;
    }
    if (tokens.takeAny("FORCE", "SECONDARY_LOAD", "SECONDARY_UNLOAD")
        || tokens.takeIf("ENABLE", "KEYS")
        || tokens.takeIf("DISABLE", "KEYS")) {
      alterations.add(new Alteration.Other(next.word()));
      return;
    }
    option(tokens);
    alterations.add(new Alteration.Other(next.word()));
  }

  /** {@code NAME [=] value}, for an option that concerns neither columns nor rows. */
  static void option(DdlTokens tokens) {
    DdlToken next = tokens.peek();
    if (tokens.takeIf("DATA", "DIRECTORY") || tokens.takeIf("INDEX", "DIRECTORY")) {
      tokens.takeIf("=");
      tokens.text();
      return;
    }
    if (!OPTIONS.contains(next.word())) {
      throw tokens.unexpected("something known");
    }
    tokens.take();
    tokens.takeIf("=");
    if (tokens.peek().is("(")) {
      tokens.brackets();
    } else {
      tokens.take();
    }
  }

  private void rest(DdlToken first) {
    boolean versioned = (first.is("WITH") || first.is("WITHOUT")) && tokens.peek(1).is("SYSTEM");
    if (versioned) {
      throw new DdlException("SYSTEM VERSIONING");
    }
    if (first.is("WITH") || first.is("WITHOUT")) {
      tokens.take();
      tokens.expect("VALIDATION");
    } else {
      skip();
    }
    alterations.add(new Alteration.Other(first.word()));
  }

  private void skip() {
    while (!tokens.atEnd()) {
      tokens.take();
    }
  }

  private void add() {
    DdlToken first = tokens.take();
    boolean period = tokens.peek().is("PERIOD") && tokens.peek(1).is("FOR");
    if (period || (tokens.peek().is("SYSTEM") && tokens.peek(1).is("VERSIONING"))) {
      throw new DdlException("ADD " + tokens.peek().word() + " " + tokens.peek(1).word());
    }
    if (tokens.peek().is("PARTITION")) {
      skip();
      alterations.add(new Alteration.Other(tokens.textSince(first)));
      return;
    }
    if (!tokens.takeIf("COLUMN")) {
      Optional<Alteration> key = new IndexParser(tokens).next(database);
      if (key.isPresent()) {
        alterations.add(key.get());
        return;
      }
    }
    boolean ifNotExists = tokens.takeIf("IF", "NOT", "EXISTS");
    if (tokens.takeIf("(")) {
      do {
        Optional<Alteration> key = new IndexParser(tokens).next(database);
        alterations.add(key.isPresent() ? key.get() : column(ifNotExists));
      } while (tokens.takeIf(","));
      tokens.expect(")");
    } else {
      alterations.add(column(ifNotExists));
    }
  }

  private Alteration column(boolean ifNotExists) {
    ColumnSpec column = ColumnSpecParser.parse(tokens, server);
    return new Alteration.AddColumn(column, place(), ifNotExists);
  }

  private Place place() {
    if (tokens.takeIf("FIRST")) {
      return new Place(true, null);
    }
    return tokens.takeIf("AFTER") ? new Place(false, tokens.name()) : Place.SAME;
  }

  private void drop() {
    DdlToken first = tokens.take();
    if (tokens.takeIf("PRIMARY", "KEY")) {
      alterations.add(new Alteration.DropIndex("PRIMARY", false));
    } else if (tokens.takeAny("INDEX", "KEY")) {
      boolean ifExists = tokens.takeIf("IF", "EXISTS");
      alterations.add(new Alteration.DropIndex(tokens.name(), ifExists));
    } else if (tokens.takeIf("FOREIGN", "KEY")) {
      tokens.takeIf("IF", "EXISTS");
      alterations.add(new Alteration.DropForeignKey(tokens.name()));
    } else if (tokens.takeIf("CONSTRAINT")) {
      tokens.takeIf("IF", "EXISTS");
      alterations.add(new Alteration.DropConstraint(tokens.name()));
    } else if (tokens.takeIf("CHECK")) {
      tokens.takeIf("IF", "EXISTS");
      alterations.add(new Alteration.Check(tokens.name()));
    } else if (tokens.peek().is("PARTITION")) {
      skip();
      alterations.add(new Alteration.UnloggedRows(tokens.textSince(first)));
    } else if ((tokens.peek().is("SYSTEM") && tokens.peek(1).is("VERSIONING"))
        || (tokens.peek().is("PERIOD") && tokens.peek(1).is("FOR"))) {
      throw new DdlException("DROP " + tokens.peek().word() + " " + tokens.peek(1).word());
    } else {
      tokens.takeIf("COLUMN");
      boolean ifExists = tokens.takeIf("IF", "EXISTS");
      alterations.add(new Alteration.DropColumn(tokens.name(), ifExists));
      tokens.takeAny("RESTRICT", "CASCADE");
    }
  }

  private void modify() {
    tokens.take();
    tokens.takeIf("COLUMN");
    boolean ifExists = tokens.takeIf("IF", "EXISTS");
    ColumnSpec column = ColumnSpecParser.parse(tokens, server);
    alterations.add(new Alteration.ChangeColumn(column.name(), column, place(), ifExists));
  }

  private void change() {
    tokens.take();
    tokens.takeIf("COLUMN");
    boolean ifExists = tokens.takeIf("IF", "EXISTS");
    String from = tokens.name();
    ColumnSpec column = ColumnSpecParser.parse(tokens, server);
    alterations.add(new Alteration.ChangeColumn(from, column, place(), ifExists));
  }

  private void alter() {
    tokens.take();
    boolean check = tokens.peek().is("CHECK") || tokens.peek().is("CONSTRAINT");
    if (tokens.takeAny("INDEX", "KEY", "CHECK", "CONSTRAINT")) {
      tokens.takeIf("IF", "EXISTS");
      String name = tokens.name();
      tokens.skipClause();
      alterations.add(check ? new Alteration.Check(name) : new Alteration.Other("ALTER INDEX"));
      return;
    }
    tokens.takeIf("COLUMN");
    tokens.takeIf("IF", "EXISTS");
    String column = tokens.name();
    if (tokens.takeIf("DROP", "DEFAULT")) {
      alterations.add(new Alteration.SetDefault(column, null));
      return;
    }
    tokens.expect("SET");
    if (tokens.takeIf("DEFAULT")) {
      alterations.add(
          new Alteration.SetDefault(column, ColumnSpecParser.defaultAlone(tokens, server)));
    } else {
      boolean invisible = tokens.takeIf("INVISIBLE");
      if (!invisible) {
        tokens.expect("VISIBLE");
      }
      alterations.add(new Alteration.SetInvisible(column, invisible));
    }
  }

  private void rename() {
    tokens.take();
    if (tokens.takeIf("COLUMN")) {
      boolean ifExists = tokens.takeIf("IF", "EXISTS");
      String from = tokens.name();
      tokens.expect("TO");
      alterations.add(new Alteration.RenameColumn(from, tokens.name(), ifExists));
    } else if (tokens.takeAny("INDEX", "KEY")) {
      tokens.takeIf("IF", "EXISTS");
      String from = tokens.name();
      tokens.expect("TO");
      alterations.add(new Alteration.RenameIndex(from, tokens.name()));
    } else {
      tokens.takeAny("TO", "AS", "=");
      alterations.add(new Alteration.RenameTo(tokens.table(database)));
    }
  }

  private void convert() {
    DdlToken first = tokens.take();
    if (!tokens.takeIf("TO")) {
      // Partitions become tables, or tables partitions.
      skip();
      alterations.add(new Alteration.UnloggedRows(tokens.textSince(first)));
      return;
    }
    String charset = charset();
    String collation = null;
    if (tokens.takeIf("COLLATE")) {
      tokens.takeIf("=");
      collation = collation();
    }
    alterations.add(new Alteration.ConvertText(charset, collation));
  }

  /** Null for DEFAULT. */
  private String charset() {
    if (!tokens.takeIf("CHARSET")) {
      tokens.expect("CHARACTER");
      tokens.expect("SET");
    }
    tokens.takeIf("=");
    if (tokens.takeIf("DEFAULT")) {
      return null;
    }
    return server.charset(value());
  }

  private String collation() {
    return value().toLowerCase(Locale.ROOT).replaceFirst("^utf8_", "utf8mb3_");
  }

  private String value() {
    return tokens.peek().kind() == DdlToken.Kind.TEXT ? tokens.text() : tokens.name();
  }

  private void defaultText() {
    tokens.takeIf("DEFAULT");
    if (tokens.takeIf("COLLATE")) {
      tokens.takeIf("=");
      alterations.add(new Alteration.DefaultText(null, collation()));
      return;
    }
    String charset = charset();
    String collation = null;
    if (tokens.takeIf("COLLATE")) {
      tokens.takeIf("=");
      collation = collation();
    }
    alterations.add(new Alteration.DefaultText(charset, collation));
  }
}
