package io.piplan.dts.ddl;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What of a source server decides what its statements mean.
 *
 * @param version e.g. 80400 for 8.4.0, 110405 for 11.4.5
 * @param foldsNames whether names of tables are stored in lower case
 * @param explicitTimestamps whether a TIMESTAMP column is nullable unless it says otherwise
 * @param systemZone the name of the server's own time zone
 * @param collations the default collation of each character set
 */
record ServerFacts(
    boolean mariaDb,
    int version,
    boolean foldsNames,
    boolean explicitTimestamps,
    String systemZone,
    Map<String, String> collations) {
  private static final int FIRST_WITHOUT_WIDTHS = 80019;

  ServerFacts {
    collations = Map.copyOf(collations);
  }

  static ServerFacts read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean mariaDb;
      int version;
      boolean folds;
      boolean explicit;
      String zone;
      try (ResultSet row =
          statement.executeQuery(
              "SELECT VERSION(), @@lower_case_table_names, @@explicit_defaults_for_timestamp,"
                  + " @@system_time_zone")) {
        row.next();
        mariaDb = row.getString(1).contains("MariaDB");
        version = version(row.getString(1));
        folds = row.getInt(2) == 1;
        explicit = row.getBoolean(3);
        zone = row.getString(4);
      }
      Map<String, String> collations = new HashMap<>();
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT CHARACTER_SET_NAME, DEFAULT_COLLATE_NAME FROM"
                  + " information_schema.CHARACTER_SETS")) {
        while (rows.next()) {
          collations.put(rows.getString(1).toLowerCase(Locale.ROOT), rows.getString(2));
        }
      }
      return new ServerFacts(mariaDb, version, folds, explicit, zone, collations);
    }
  }

  static int version(String text) {
    String[] parts = text.replaceFirst("^5\\.5\\.5-", "").split("[^0-9]+", 4);
    return Integer.parseInt(parts[0]) * 10_000
        + Integer.parseInt(parts[1]) * 100
        + Integer.parseInt(parts[2]);
  }

  /** Whether whole numbers are shown with a width, as in {@code int(11)}. */
  boolean showsWidths() {
    return mariaDb || version < FIRST_WITHOUT_WIDTHS;
  }

  /** The server's name of a character set. */
  String charset(String named) {
    String name = named.toLowerCase(Locale.ROOT);
    return name.equals("utf8") ? "utf8mb3" : name;
  }

  /** The collation that text of a character set has if none is named. */
  String collation(String charset) {
    return collations.getOrDefault(charset, charset + "_general_ci");
  }

  /** The character set that a collation belongs to. */
  static String charsetOf(String collation) {
    String name = collation.toLowerCase(Locale.ROOT);
    int end = name.indexOf('_');
    String charset = end < 0 ? name : name.substring(0, end);
    return charset.equals("utf8") ? "utf8mb3" : charset;
  }

  /** Whether the server runs what stands in such a comment. */
  boolean runsComment(boolean forMariaDb, int from) {
    if (forMariaDb && !mariaDb) {
      return false;
    }
    // MariaDB leaves out what is meant for the MySQLs that came after they parted.
    boolean forLaterMySql = !forMariaDb && from >= 50700 && from <= 99999;
    return from <= version && !(mariaDb && forLaterMySql);
  }
}
