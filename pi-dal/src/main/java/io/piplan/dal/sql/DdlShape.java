package io.piplan.dal.sql;

import java.util.List;
import java.util.Set;

/**
 * What a CREATE TABLE or ALTER TABLE does with columns.
 *
 * @param created the columns of CREATE TABLE; empty for ALTER TABLE
 * @param changed the columns that ALTER TABLE drops, renames or gives another type, lower case
 * @param foreignKeys whether it has a foreign key
 */
public record DdlShape(List<String> created, Set<String> changed, boolean foreignKeys) {
  public DdlShape {
    created = List.copyOf(created);
    changed = Set.copyOf(changed);
  }
}
