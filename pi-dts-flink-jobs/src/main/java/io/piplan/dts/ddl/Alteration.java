package io.piplan.dts.ddl;

import io.piplan.dts.ForeignKey;
import io.piplan.dts.TableId;

/** One thing that an ALTER TABLE does. */
sealed interface Alteration {

  /**
   * Where a column goes.
   *
   * @param first whether before all others
   * @param after the column it goes behind; null if it stays, or goes to the end
   */
  record Place(boolean first, String after) {
    static final Place SAME = new Place(false, null);
  }

  record AddColumn(ColumnSpec column, Place place, boolean ifNotExists) implements Alteration {}

  record DropColumn(String column, boolean ifExists) implements Alteration {}

  /** MODIFY and CHANGE; {@code spec} has the new name. */
  record ChangeColumn(String column, ColumnSpec spec, Place place, boolean ifExists)
      implements Alteration {}

  record RenameColumn(String column, String to, boolean ifExists) implements Alteration {}

  /**
   * @param value in the form of {@link io.piplan.dts.Column#defaultExpression}; null for none
   */
  record SetDefault(String column, String value) implements Alteration {}

  record SetInvisible(String column, boolean invisible) implements Alteration {}

  /**
   * @param orReplace whether an index of that name goes first
   */
  record AddIndex(IndexSpec index, boolean ifNotExists, boolean orReplace) implements Alteration {}

  /** Of the primary key too, under the name {@code PRIMARY}. */
  record DropIndex(String index, boolean ifExists) implements Alteration {}

  record RenameIndex(String index, String to) implements Alteration {}

  /**
   * @param key its name is null where the server gives it one
   */
  record AddForeignKey(ForeignKey key, String name) implements Alteration {}

  record DropForeignKey(String name) implements Alteration {}

  /** A unique key, a foreign key or a check. */
  record DropConstraint(String name) implements Alteration {}

  /**
   * A check that comes, goes, or counts from now on or no more.
   *
   * @param name null where the server gives it one
   */
  record Check(String name) implements Alteration {}

  record RenameTo(TableId table) implements Alteration {}

  /** Of the table and of all its columns of text. */
  record ConvertText(String charset, String collation) implements Alteration {}

  /** For columns to come. */
  record DefaultText(String charset, String collation) implements Alteration {}

  record TableComment(String comment) implements Alteration {}

  /** Rows come or go without an event of their own. */
  record UnloggedRows(String what) implements Alteration {}

  /** Neither columns, indexes nor rows. */
  record Other(String what) implements Alteration {}
}
