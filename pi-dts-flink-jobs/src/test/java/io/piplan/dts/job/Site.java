package io.piplan.dts.job;

import io.piplan.dts.schema.VersionInstallation;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.meta.Zone;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** A site of a mesh: a zone and its database. */
record Site(Zone zone, EmbeddedMySql server, String database) {
  private static final Pattern OF_SYNCS =
      Pattern.compile(
          "^\\w+ (/\\*.*?\\*/ )?TABLE (IF (NOT )?EXISTS )?(`[^`]*`\\.)?`?pi_dts_",
          Pattern.CASE_INSENSITIVE);

  static Site create(int id, String name, EmbeddedMySql server) {
    return new Site(new Zone(id, name), server, server.createDatabase("site_" + name));
  }

  Connection connect() throws SQLException {
    return SyncHarness.connect(server, database);
  }

  void run(String... statements) throws SQLException {
    try (Connection connection = connect()) {
      SyncHarness.run(connection, statements);
    }
  }

  List<List<String>> rows(String query) throws SQLException {
    try (Connection connection = connect()) {
      return SyncHarness.rows(connection, query);
    }
  }

  long number(String query) throws SQLException {
    String number = rows(query).get(0).get(0);
    return number == null ? 0 : Long.parseLong(number);
  }

  /** As {@code bin/pi sites triggers} does, with the column. */
  void keepVersions(String table) throws SQLException {
    try (Connection connection = connect()) {
      SyncHarness.run(
          connection,
          new VersionInstallation(connection, database)
              .install(List.of(table), zone, zone)
              .toArray(String[]::new));
    }
  }

  /** Changes of rows that a sync has applied here. */
  long applied(String sync) throws SQLException {
    return number("SELECT SUM(changes) FROM pi_dts_progress WHERE sync = '" + sync + "'");
  }

  /** Where the server's binlog ends. */
  List<String> binlogEnd() throws SQLException {
    try {
      return rows("SHOW MASTER STATUS").get(0).subList(0, 2);
    } catch (SQLException e) {
      return rows("SHOW BINARY LOG STATUS").get(0).subList(0, 2);
    }
  }

  /** What SHOW BINLOG EVENTS puts before a statement. */
  private static final String CONTEXT = "^(use `[^`]*`; |set foreign_key_checks=\\d; )*";

  /**
   * Statements on this database's tables, other than those of syncs, since a place in the binlog.
   */
  List<String> statementsSince(List<String> end, String verb) throws SQLException {
    List<String> statements = new ArrayList<>();
    for (List<String> event :
        rows("SHOW BINLOG EVENTS IN '" + end.get(0) + "' FROM " + end.get(1))) {
      String info = event.get(5).replaceFirst(CONTEXT, "");
      if (event.get(2).equals("Query")
          && info.regionMatches(true, 0, verb, 0, verb.length())
          && event.get(5).contains("`" + database + "`")
          && !OF_SYNCS.matcher(info).find()) {
        statements.add(info);
      }
    }
    return statements;
  }

  /** Tables whose rows were changed since a place in the binlog, other than those of syncs. */
  Set<String> changedSince(List<String> end) throws SQLException {
    Set<String> changed = new HashSet<>();
    for (List<String> event :
        rows("SHOW BINLOG EVENTS IN '" + end.get(0) + "' FROM " + end.get(1))) {
      String info = event.get(5);
      if (event.get(2).equals("Table_map") && !info.contains(".pi_dts_")) {
        changed.add(info);
      }
    }
    return changed;
  }
}
