package io.piplan.dal.sql;

import java.util.Objects;

/**
 * A column as the statement names it.
 *
 * @param qualifier the table's name or alias; null if there is none
 */
public record ColumnRef(String qualifier, String name) {
  public ColumnRef {
    Objects.requireNonNull(name, "name");
  }
}
