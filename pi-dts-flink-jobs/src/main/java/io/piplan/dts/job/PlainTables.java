package io.piplan.dts.job;

import io.piplan.dts.TableFilter;
import io.piplan.dts.TableId;
import java.util.HashSet;

/** The tables that a definition's plain statements read from one server; grows while planned. */
final class PlainTables implements TableFilter {
  private final HashSet<TableId> tables = new HashSet<>();

  void add(TableId table) {
    tables.add(table);
  }

  @Override
  public boolean includes(TableId table) {
    return tables.contains(table);
  }

  @Override
  public boolean includesDatabase(String database) {
    return tables.stream().anyMatch(table -> table.database().equals(database));
  }
}
