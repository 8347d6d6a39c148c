package io.piplan.dts.ddl;

import io.piplan.dts.TableId;
import io.piplan.dts.schema.TableDefinition;
import java.util.Optional;

/** All tables of a database, under their names. */
record OneDatabase(String database) implements TableRules {
  @Override
  public boolean includes(TableId table) {
    return table.database().equals(database);
  }

  @Override
  public boolean includesDatabase(String other) {
    return other.equals(database);
  }

  @Override
  public boolean names(TableId table) {
    return false;
  }

  @Override
  public TableId target(TableId source) {
    return source;
  }

  @Override
  public TableDefinition keyed(TableDefinition table) {
    return table;
  }

  @Override
  public Optional<String> refusal(TableDefinition table) {
    return Optional.empty();
  }
}
