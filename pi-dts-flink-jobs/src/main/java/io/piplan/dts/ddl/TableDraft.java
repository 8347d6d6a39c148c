package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.TableDefinition;
import java.util.ArrayList;
import java.util.List;

/** What a statement makes of a table's definition. */
final class TableDraft {
  /** Between the table's name and a number, in the names of foreign keys that have none. */
  private static final String NUMBERED = "_ibfk_";

  private final TableId id;
  private final ColumnList columns;
  private final IndexList indexes;
  private final List<ForeignKey> foreignKeys = new ArrayList<>();
  private int numbered;

  private TableDraft(TableId id, ColumnList columns) {
    this.id = id;
    this.columns = columns;
    this.indexes = new IndexList(columns);
  }

  /**
   * The table that a CREATE TABLE makes.
   *
   * @param databaseCollation what text has that says nothing of its own
   * @throws DdlException if that can't be told from the statement
   */
  static TableDefinition create(
      Ddl.CreateTable create, String databaseCollation, ServerFacts server) {
    if (create.fromSelect()) {
      throw new DdlException("columns that come out of a SELECT");
    }
    String collation =
        create.collation() != null
            ? qualified(create.collation(), create.charset(), databaseCollation)
            : create.charset() != null ? server.collation(create.charset()) : databaseCollation;
    ColumnMaker maker = new ColumnMaker(server, collation);
    TableDraft draft =
        new TableDraft(create.table(), ColumnList.created(create.table(), create.parts(), maker));
    draft.keys(create.parts());
    return draft.definition(create.comment(), collation);
  }

  /** MariaDB takes uca1400 collations without the character set in front. */
  private static String qualified(String collation, String charset, String otherwise) {
    return collation.startsWith("uca1400")
        ? (charset == null ? ServerFacts.charsetOf(otherwise) : charset) + "_" + collation
        : collation;
  }

  /**
   * What an ALTER TABLE makes of a table; it keeps its name.
   *
   * @throws DdlException if that can't be told from the statement
   */
  static TableDefinition alter(
      TableDefinition table, List<Alteration> alterations, ServerFacts server) {
    String collation = table.collation();
    String comment = table.schema().comment();
    Alteration.ConvertText conversion = null;
    for (Alteration alteration : alterations) {
      if (alteration instanceof Alteration.DefaultText text) {
        collation = defaultCollation(text, collation, server);
      } else if (alteration instanceof Alteration.ConvertText convert) {
        conversion = convert;
        collation = convertedCollation(convert, collation, server);
      } else if (alteration instanceof Alteration.TableComment text) {
        comment = text.comment();
      }
    }
    ColumnMaker maker = new ColumnMaker(server, collation);
    TableDraft draft =
        new TableDraft(table.schema().id(), ColumnList.altered(table, alterations, maker));
    if (conversion != null) {
      draft.convert(conversion.charset(), collation);
    }
    draft.indexes.keep(table.indexes());
    draft.keep(table.schema().foreignKeys());
    draft.keys(alterations);
    return draft.definition(comment, collation);
  }

  private static String defaultCollation(
      Alteration.DefaultText text, String before, ServerFacts server) {
    if (text.collation() != null) {
      return qualified(text.collation(), text.charset(), before);
    }
    if (text.charset() == null) {
      throw new DdlException("CHARACTER SET DEFAULT depends on the database's default");
    }
    return server.collation(text.charset());
  }

  private static String convertedCollation(
      Alteration.ConvertText convert, String before, ServerFacts server) {
    String charset = convert.charset();
    if (charset == null || charset.equals("binary")) {
      throw new DdlException("CONVERT TO CHARACTER SET " + (charset == null ? "DEFAULT" : charset));
    }
    return convert.collation() == null
        ? server.collation(charset)
        : qualified(convert.collation(), charset, before);
  }

  private void convert(String charset, String collation) {
    columns.columns().replaceAll(column -> converted(column, charset, collation));
  }

  /** Text that needs more bytes than before moves to a larger type. */
  private static Column converted(Column column, String charset, String collation) {
    boolean text =
        switch (column.type()) {
          case CHAR, VARCHAR, TEXT, ENUM, SET -> true;
          default -> false;
        };
    if (!text || column.charset() == null) {
      return column;
    }
    ColumnCopy copy = new ColumnCopy(column).text(charset, collation);
    boolean grows =
        column.type() == ColumnType.TEXT
            && ColumnMaker.width(charset) > ColumnMaker.width(column.charset());
    return grows ? copy.largerText().column() : copy.column();
  }

  private void keep(List<ForeignKey> before) {
    for (ForeignKey key : before) {
      numbered = Math.max(numbered, number(key));
      List<String> own = key.columns().stream().map(columns::nameNow).toList();
      boolean self = key.parent().equals(id);
      List<String> parents =
          self ? key.parentColumns().stream().map(columns::nameNow).toList() : key.parentColumns();
      foreignKeys.add(
          new ForeignKey(key.name(), own, key.parent(), parents, key.onDelete(), key.onUpdate()));
    }
  }

  /** Drops come first, as they go by the names from before. */
  private void keys(List<Alteration> alterations) {
    for (Alteration alteration : alterations) {
      if (alteration instanceof Alteration.DropIndex drop) {
        indexes.drop(drop.index());
      } else if (alteration instanceof Alteration.DropForeignKey drop) {
        foreignKeys.removeIf(key -> key.name().equalsIgnoreCase(drop.name()));
      } else if (alteration instanceof Alteration.DropConstraint drop) {
        foreignKeys.removeIf(key -> key.name().equalsIgnoreCase(drop.name()));
        indexes.dropUnique(drop.name());
      }
    }
    for (Alteration alteration : alterations) {
      if (alteration instanceof Alteration.RenameIndex rename) {
        indexes.rename(rename.index(), rename.to());
      } else if (alteration instanceof Alteration.AddColumn add) {
        indexes.addOf(add.column());
      } else if (alteration instanceof Alteration.ChangeColumn change) {
        indexes.addOf(change.spec());
      } else if (alteration instanceof Alteration.AddIndex add) {
        indexes.add(add);
      } else if (alteration instanceof Alteration.AddForeignKey add) {
        foreignKeys.add(named(add));
      }
    }
    columns
        .columns()
        .replaceAll(
            column ->
                column.nullable() && indexes.isPrimary(column.name())
                    ? new ColumnCopy(column).nullable(false).column()
                    : column);
  }

  /** The server numbers those without a name on from the highest, be that dropped just now. */
  private ForeignKey named(Alteration.AddForeignKey add) {
    ForeignKey key = add.key();
    return new ForeignKey(
        add.name() == null ? id.table() + NUMBERED + ++numbered : add.name(),
        key.columns(),
        key.parent(),
        key.parentColumns(),
        key.onDelete(),
        key.onUpdate());
  }

  /** The number that the server has given to a foreign key; 0 if it did not name it. */
  private int number(ForeignKey key) {
    String begin = id.table() + NUMBERED;
    boolean begins = key.name().regionMatches(true, 0, begin, 0, begin.length());
    String number = begins ? key.name().substring(begin.length()) : "";
    return number.matches("[0-9]{1,9}") ? Integer.parseInt(number) : 0;
  }

  private TableDefinition definition(String comment, String collation) {
    return TableDefinition.of(
        id,
        columns.columns(),
        indexes.indexes(),
        foreignKeys,
        comment,
        columns.generated(),
        columns.onUpdate(),
        collation);
  }
}
