package io.piplan.dal.sql;

import io.piplan.dal.Value;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** A statement that touches tables, as far as routing must know it. */
public sealed interface Statement {
  /** As the app wrote it. */
  String text();

  /**
   * SELECT.
   *
   * @param blocks the first is the whole statement's, if {@code shape} is there
   * @param shape null for UNION, WITH and others of several parts
   * @param union null if it is no UNION, or one in brackets or with WITH
   * @param locks whether it has FOR UPDATE or the like outside of brackets
   * @param locksWithin whether it, or a part of it in brackets, has
   * @param exclusive whether it, or a part of it, has FOR UPDATE: one at a time may have such rows
   * @param exclusiveOf the tables that FOR UPDATE OF names, in small letters; empty if all are
   *     meant
   */
  record Query(
      String text,
      List<Block> blocks,
      SelectShape shape,
      UnionShape union,
      boolean locks,
      boolean locksWithin,
      boolean exclusive,
      Set<String> exclusiveOf)
      implements Statement {
    public Query {
      blocks = List.copyOf(blocks);
      exclusiveOf = Set.copyOf(exclusiveOf);
    }

    /** Whether one at a time may have the rows of a table. */
    public boolean locksAlone(TableUse table) {
      return exclusive
          && (exclusiveOf.isEmpty()
              || exclusiveOf.contains(table.label().toLowerCase(Locale.ROOT)));
    }
  }

  /**
   * INSERT or REPLACE.
   *
   * @param columns empty if none are named
   * @param rows empty if it isn't by VALUES
   * @param source the blocks of INSERT … SELECT
   * @param updated the columns of ON DUPLICATE KEY UPDATE
   * @param qualifiers where columns name the table
   * @param values from VALUES' first bracket to the last
   * @param newIds whether the ids of its rows were made for them: no row that is there has one
   */
  record Insert(
      String text,
      TableUse table,
      List<String> columns,
      List<InsertRow> rows,
      List<Block> source,
      List<String> updated,
      List<Span> qualifiers,
      Span values,
      boolean ignore,
      boolean replace,
      boolean newIds)
      implements Statement {
    /** As an app wrote it. */
    Insert(
        String text,
        TableUse table,
        List<String> columns,
        List<InsertRow> rows,
        List<Block> source,
        List<String> updated,
        List<Span> qualifiers,
        Span values,
        boolean ignore,
        boolean replace) {
      this(text, table, columns, rows, source, updated, qualifiers, values, ignore, replace, false);
    }

    /** Whether what it does depends on the rows that are there with its keys. */
    public boolean meetsOthers() {
      return ignore || replace || !updated.isEmpty();
    }

    /** The same, with ids that were made for it. */
    public Insert withNewIds() {
      return new Insert(
          text, table, columns, rows, source, updated, qualifiers, values, ignore, replace, true);
    }

    public Insert {
      columns = List.copyOf(columns);
      rows = List.copyOf(rows);
      source = List.copyOf(source);
      updated = List.copyOf(updated);
      qualifiers = List.copyOf(qualifiers);
    }
  }

  /** A row of VALUES. */
  record InsertRow(String text, List<InsertValue> values) {
    public InsertRow {
      values = List.copyOf(values);
    }
  }

  /**
   * A value of a row.
   *
   * @param literal empty if it is no literal
   */
  record InsertValue(String text, Optional<Value> literal) {
    boolean isKeyword(String word) {
      return text.trim().equalsIgnoreCase(word);
    }

    public boolean isDefault() {
      return isKeyword("DEFAULT");
    }
  }

  /**
   * UPDATE or DELETE.
   *
   * @param blocks the first is the statement's own
   * @param assigned the columns that are set; none for DELETE
   * @param values the texts of what they are set to
   * @param where the text of the condition; null if there is none
   * @param ignore whether it has IGNORE
   * @param limited whether it has a LIMIT
   * @param qualifiers where columns name the table itself, of a statement of one table
   * @param named whether it is DELETE t FROM t …, where the table's name must stay as an alias
   */
  record Change(
      String text,
      boolean delete,
      boolean named,
      List<Block> blocks,
      List<ColumnRef> assigned,
      List<String> values,
      String where,
      boolean ignore,
      boolean limited,
      List<Span> qualifiers)
      implements Statement {
    public Change {
      blocks = List.copyOf(blocks);
      assigned = List.copyOf(assigned);
      values = List.copyOf(values);
      qualifiers = List.copyOf(qualifiers);
    }
  }

  /**
   * DDL of one table, TRUNCATE too.
   *
   * @param shape empty if it defines no columns, or isn't understood so far
   * @param source the blocks of CREATE TABLE … SELECT
   */
  record Ddl(String text, String verb, TableUse table, Optional<DdlShape> shape, List<Block> source)
      implements Statement {
    public Ddl {
      source = List.copyOf(source);
    }
  }

  /**
   * DESCRIBE, SHOW COLUMNS and the like, and EXPLAIN of a table.
   *
   * @param table null if it is about no table
   */
  record Show(String text, TableUse table) implements Statement {}
}
