package io.piplan.dts.ddl;

import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads CREATE TABLE from behind the table's name. */
final class CreateTableParser {
  private final DdlTokens tokens;
  private final ServerFacts server;
  private final String database;
  private String charset;
  private String collation;
  private String comment = "";
  private boolean fromSelect;

  CreateTableParser(DdlTokens tokens, ServerFacts server, String database) {
    this.tokens = tokens;
    this.server = server;
    this.database = database;
  }

  Ddl rest(TableId table, boolean ifNotExists, boolean orReplace) {
    if (tokens.takeIf("LIKE")) {
      return like(table, ifNotExists, orReplace);
    }
    if (tokens.peek().is("(") && tokens.peek(1).is("LIKE")) {
      tokens.take();
      tokens.take();
      Ddl like = like(table, ifNotExists, orReplace);
      tokens.expect(")");
      return like;
    }
    List<Alteration> parts = new ArrayList<>();
    if (tokens.peek().is("(") && !tokens.peek(1).is("SELECT")) {
      tokens.take();
      do {
        parts.add(part());
      } while (tokens.takeIf(","));
      tokens.expect(")");
    }
    while (!tokens.atEnd()) {
      option();
    }
    return new Ddl.CreateTable(
        table, ifNotExists, orReplace, parts, charset, collation, comment, fromSelect);
  }

  private Ddl like(TableId table, boolean ifNotExists, boolean orReplace) {
    return new Ddl.CreateLike(table, tokens.table(database), ifNotExists, orReplace);
  }

  private Alteration part() {
    if (tokens.peek().is("PERIOD") && tokens.peek(1).is("FOR")) {
      throw new DdlException("a table with periods");
    }
    Optional<Alteration> key = new IndexParser(tokens).next(database);
    return key.isPresent()
        ? key.get()
        : new Alteration.AddColumn(
            ColumnSpecParser.parse(tokens, server), Alteration.Place.SAME, false);
  }

  private void option() {
    tokens.takeIf("DEFAULT");
    DdlToken next = tokens.peek();
    switch (next.word()) {
      case "CHARSET", "CHARACTER", "CHAR" -> {
        tokens.take();
        if (!next.is("CHARSET")) {
          tokens.expect("SET");
        }
        tokens.takeIf("=");
        charset = server.charset(value());
      }
      case "COLLATE" -> {
        tokens.take();
        tokens.takeIf("=");
        collation = value().toLowerCase(Locale.ROOT).replaceFirst("^utf8_", "utf8mb3_");
      }
      case "COMMENT" -> {
        tokens.take();
        tokens.takeIf("=");
        comment = tokens.text();
      }
      case "PARTITION" -> skipPartitions();
      case "SELECT", "WITH", "TABLE", "VALUES", "(" -> select(next);
      case "AS", "IGNORE", "REPLACE", "START", "," -> {
        // START TRANSACTION is how MySQL logs that the rows of a SELECT follow.
        tokens.take();
        if (next.is("START")) {
          tokens.expect("TRANSACTION");
        }
      }
      default -> AlterationParser.option(tokens);
    }
  }

  private void select(DdlToken next) {
    if (next.is("WITH") && tokens.peek(1).is("SYSTEM")) {
      throw new DdlException("a table WITH SYSTEM VERSIONING");
    }
    fromSelect = true;
    while (!tokens.atEnd()) {
      tokens.take();
    }
  }

  /** Up to a SELECT, if there is one; partitions say nothing of columns. */
  private void skipPartitions() {
    while (!tokens.atEnd() && !tokens.peek().is("SELECT") && !tokens.peek().is("START")) {
      if (tokens.peek().is("(")) {
        tokens.brackets();
      } else {
        tokens.take();
      }
    }
  }

  private String value() {
    return tokens.peek().kind() == DdlToken.Kind.TEXT ? tokens.text() : tokens.name();
  }
}
