package io.piplan.dts;

import java.io.Serializable;
import java.util.Objects;

/**
 * Names one table: a MySQL database (or PostgreSQL schema) and a table in it. Names are as the
 * server stores them, unquoted.
 */
public record TableId(String database, String table) implements Comparable<TableId>, Serializable {
  public TableId {
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(table, "table");
  }

  @Override
  public int compareTo(TableId other) {
    int byDatabase = database.compareTo(other.database);
    return byDatabase != 0 ? byDatabase : table.compareTo(other.table);
  }

  @Override
  public String toString() {
    return database + "." + table;
  }
}
