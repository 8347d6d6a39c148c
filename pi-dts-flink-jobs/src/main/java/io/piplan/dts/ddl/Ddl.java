package io.piplan.dts.ddl;

import io.piplan.dts.TableId;
import java.util.List;

/** A statement that makes, changes, renames, empties or drops tables. */
sealed interface Ddl {

  /** All tables it names. */
  List<TableId> tables();

  /**
   * @param parts the columns as {@link Alteration.AddColumn}, then indexes and foreign keys
   * @param charset default for its text; null for the database's; likewise collation
   * @param fromSelect whether further columns come out of a SELECT
   */
  record CreateTable(
      TableId table,
      boolean ifNotExists,
      boolean orReplace,
      List<Alteration> parts,
      String charset,
      String collation,
      String comment,
      boolean fromSelect)
      implements Ddl {
    public CreateTable {
      parts = List.copyOf(parts);
    }

    @Override
    public List<TableId> tables() {
      return List.of(table);
    }
  }

  record CreateLike(TableId table, TableId like, boolean ifNotExists, boolean orReplace)
      implements Ddl {
    @Override
    public List<TableId> tables() {
      return List.of(table, like);
    }
  }

  /**
   * @param ignore whether rows that break a unique key are dropped
   */
  record AlterTable(TableId table, boolean ifExists, boolean ignore, List<Alteration> alterations)
      implements Ddl {
    public AlterTable {
      alterations = List.copyOf(alterations);
    }

    @Override
    public List<TableId> tables() {
      return List.of(table);
    }
  }

  record DropTables(List<TableId> tables) implements Ddl {
    public DropTables {
      tables = List.copyOf(tables);
    }
  }

  record Renaming(TableId from, TableId to) {}

  /** One after another, all or none. */
  record RenameTables(List<Renaming> renamings) implements Ddl {
    public RenameTables {
      renamings = List.copyOf(renamings);
    }

    @Override
    public List<TableId> tables() {
      return renamings.stream().flatMap(r -> List.of(r.from(), r.to()).stream()).toList();
    }
  }

  record Truncate(TableId table) implements Ddl {
    @Override
    public List<TableId> tables() {
      return List.of(table);
    }
  }

  record DropDatabase(String database) implements Ddl {
    @Override
    public List<TableId> tables() {
      return List.of();
    }
  }

  /** Text of tables to come has other defaults. */
  record AlterDatabase(String database) implements Ddl {
    @Override
    public List<TableId> tables() {
      return List.of();
    }
  }
}
