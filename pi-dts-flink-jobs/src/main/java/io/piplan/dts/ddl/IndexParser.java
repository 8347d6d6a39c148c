package io.piplan.dts.ddl;

import io.piplan.dts.ForeignKey;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.TableIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads indexes, keys and constraints in CREATE TABLE and behind ADD. */
final class IndexParser {
  private final DdlTokens tokens;

  IndexParser(DdlTokens tokens) {
    this.tokens = tokens;
  }

  /** What comes next if it is an index, a key or a constraint. */
  Optional<Alteration> next(String database) {
    String constraint = null;
    boolean named = false;
    if (tokens.takeIf("CONSTRAINT")) {
      named = true;
      tokens.takeIf("IF", "NOT", "EXISTS");
      boolean hasName =
          tokens.peek().isName()
              && !tokens.peek().is("PRIMARY")
              && !tokens.peek().is("UNIQUE")
              && !tokens.peek().is("FOREIGN")
              && !tokens.peek().is("CHECK");
      constraint = hasName ? tokens.name() : null;
    }
    if (tokens.takeIf("PRIMARY")) {
      tokens.expect("KEY");
      return Optional.of(index("PRIMARY", IndexSpec.Kind.PRIMARY));
    }
    if (tokens.takeIf("UNIQUE")) {
      tokens.takeAny("INDEX", "KEY");
      return Optional.of(index(constraint, IndexSpec.Kind.UNIQUE));
    }
    if (tokens.takeIf("FOREIGN", "KEY")) {
      return Optional.of(foreignKey(database, constraint));
    }
    if (tokens.takeIf("CHECK")) {
      tokens.brackets();
      tokens.skipClause();
      return Optional.of(new Alteration.Check(constraint));
    }
    if (named) {
      throw tokens.unexpected("a constraint");
    }
    return plain();
  }

  private Optional<Alteration> plain() {
    if (tokens.peek().is("FULLTEXT") && isIndex(1)) {
      tokens.take();
      tokens.takeAny("INDEX", "KEY");
      return Optional.of(index(null, IndexSpec.Kind.FULLTEXT));
    }
    if (tokens.peek().is("SPATIAL") && isIndex(1)) {
      tokens.take();
      tokens.takeAny("INDEX", "KEY");
      return Optional.of(index(null, IndexSpec.Kind.SPATIAL));
    }
    if (tokens.peek().is("VECTOR") && (tokens.peek(1).is("INDEX") || tokens.peek(1).is("KEY"))) {
      tokens.skipClause();
      return Optional.of(new Alteration.Other("VECTOR INDEX"));
    }
    if (tokens.takeAny("INDEX", "KEY")) {
      return Optional.of(index(null, IndexSpec.Kind.PLAIN));
    }
    return Optional.empty();
  }

  /** FULLTEXT and SPATIAL are reserved words: what follows is an index in any case. */
  private boolean isIndex(int ahead) {
    return tokens.peek(ahead).is("INDEX")
        || tokens.peek(ahead).is("KEY")
        || tokens.peek(ahead).is("(")
        || tokens.peek(ahead).isName();
  }

  private Alteration index(String otherwise, IndexSpec.Kind kind) {
    boolean ifNotExists = tokens.takeIf("IF", "NOT", "EXISTS");
    String name = otherwise;
    if (tokens.peek().isName() && !tokens.peek().is("USING")) {
      String given = tokens.name();
      name = kind == IndexSpec.Kind.PRIMARY ? otherwise : given;
    }
    using();
    List<TableIndex.Part> parts = parts();
    tokens.skipClause();
    return new Alteration.AddIndex(new IndexSpec(name, kind, parts), ifNotExists, false);
  }

  private void using() {
    if (tokens.takeAny("USING", "TYPE")) {
      tokens.take();
    }
  }

  /** {@code ( column [(length)] [ASC|DESC], … )}. */
  List<TableIndex.Part> parts() {
    tokens.expect("(");
    List<TableIndex.Part> parts = new ArrayList<>();
    do {
      String column = null;
      String expression = null;
      int prefix = 0;
      if (tokens.peek().is("(")) {
        String bracketed = tokens.brackets();
        expression = bracketed.substring(1, bracketed.length() - 1);
      } else {
        column = tokens.name();
        if (tokens.takeIf("(")) {
          prefix = Math.toIntExact(tokens.number());
          tokens.expect(")");
        }
      }
      boolean descending = tokens.takeIf("DESC");
      if (!descending) {
        tokens.takeIf("ASC");
      }
      if (tokens.takeIf("WITHOUT", "OVERLAPS")) {
        throw new DdlException("a key WITHOUT OVERLAPS");
      }
      parts.add(new TableIndex.Part(column, expression, prefix, descending));
    } while (tokens.takeIf(","));
    tokens.expect(")");
    return parts;
  }

  private Alteration foreignKey(String database, String constraint) {
    tokens.takeIf("IF", "NOT", "EXISTS");
    String name = constraint;
    if (tokens.peek().isName()) {
      String index = tokens.name();
      name = name == null ? index : name;
    }
    List<String> columns = tokens.names();
    tokens.expect("REFERENCES");
    TableId parent = tokens.table(database);
    List<String> parentColumns = tokens.names();
    if (tokens.takeIf("MATCH")) {
      tokens.take();
    }
    ForeignKey.Action onDelete = ForeignKey.Action.RESTRICT;
    ForeignKey.Action onUpdate = ForeignKey.Action.RESTRICT;
    while (tokens.takeIf("ON")) {
      boolean deletes = tokens.takeIf("DELETE");
      if (!deletes) {
        tokens.expect("UPDATE");
      }
      ForeignKey.Action action = action();
      onDelete = deletes ? action : onDelete;
      onUpdate = deletes ? onUpdate : action;
    }
    return new Alteration.AddForeignKey(
        new ForeignKey(
            name == null ? "" : name, columns, parent, parentColumns, onDelete, onUpdate),
        name);
  }

  private ForeignKey.Action action() {
    if (tokens.takeIf("CASCADE")) {
      return ForeignKey.Action.CASCADE;
    }
    if (tokens.takeIf("SET", "NULL")) {
      return ForeignKey.Action.SET_NULL;
    }
    if (tokens.takeIf("RESTRICT") || tokens.takeIf("NO", "ACTION")) {
      return ForeignKey.Action.RESTRICT;
    }
    tokens.expect("SET");
    tokens.expect("DEFAULT");
    return ForeignKey.Action.RESTRICT;
  }
}
