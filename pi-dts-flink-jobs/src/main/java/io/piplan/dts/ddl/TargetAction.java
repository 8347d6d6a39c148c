package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.schema.TableIndex;

/** One thing to do to a table of the target. Columns are called as the target does. */
sealed interface TargetAction {

  /**
   * @param column as the source has it now
   * @param first whether it goes before all others
   * @param after the column it goes behind; null for the end
   */
  record AddColumn(Column column, boolean first, String after) implements TargetAction {}

  record DropColumn(String name) implements TargetAction {}

  record RenameColumn(String name, String to) implements TargetAction {}

  /**
   * Another type, default, place and so on.
   *
   * @param name of before, and {@code to} of now
   */
  record ChangeColumn(
      String name, String to, Column before, Column column, boolean first, String after)
      implements TargetAction {}

  record SetDefault(String name, Column column) implements TargetAction {}

  record AddIndex(TableIndex index) implements TargetAction {}

  /**
   * @param primary whether it is the primary key
   */
  record DropIndex(String name, boolean primary) implements TargetAction {}

  record RenameIndex(String name, String to) implements TargetAction {}

  /** An index that has lost a dropped column; null if none was left of it. */
  record ShrinkIndex(String name, TableIndex index) implements TargetAction {}
}
