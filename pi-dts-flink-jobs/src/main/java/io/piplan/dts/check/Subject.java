package io.piplan.dts.check;

import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.DatabaseServer;

/**
 * What a finding is about.
 *
 * @param server the server's address; empty for the definition itself
 * @param table {@code database.table}, or empty
 * @param column its column, or empty
 */
public record Subject(String server, String table, String column) {
  /** The definition itself. */
  public static final Subject DEFINITION = new Subject("", "", "");

  static Subject of(DatabaseServer server) {
    return new Subject(server.address(), "", "");
  }

  Subject table(TableId id) {
    return new Subject(server, id.toString(), "");
  }

  Subject column(String name) {
    return new Subject(server, table, name);
  }

  @Override
  public String toString() {
    String place = table.isEmpty() ? server : server + " " + table;
    return column.isEmpty() ? place : place + "." + column;
  }
}
