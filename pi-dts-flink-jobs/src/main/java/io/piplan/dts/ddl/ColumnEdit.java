package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import java.io.Serializable;

/**
 * One thing that becomes of the columns of a table of a {@link TextTarget}. All of one statement
 * name columns as they were before it.
 */
public sealed interface ColumnEdit extends Serializable {

  /**
   * @param value what rows from before have in it, as text; null for NULL
   */
  record Add(Column column, String value) implements ColumnEdit {}

  record Drop(String name) implements ColumnEdit {}

  record Rename(String name, String to) implements ColumnEdit {}

  /**
   * Another type.
   *
   * @param column as it is afterwards
   */
  record Retype(String name, Column before, Column column) implements ColumnEdit {}
}
