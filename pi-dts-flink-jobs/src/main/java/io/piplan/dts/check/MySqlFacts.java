package io.piplan.dts.check;

import io.piplan.dts.schema.MySqlNames;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a MySQL or MariaDB server says of itself and of the user.
 *
 * @param account the account as GRANT wants it, e.g. {@code 'sync'@'%'}
 * @param sessionZone the zone in which it shows TIMESTAMPs to this connection
 * @param settings its global variables, by name in lower case
 */
record MySqlFacts(
    String version,
    boolean mariaDb,
    String account,
    String sessionZone,
    MySqlGrants grants,
    Map<String, String> settings) {
  MySqlFacts {
    settings = Map.copyOf(settings);
  }

  static MySqlFacts read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      String version;
      String user;
      String zone;
      try (ResultSet row =
          statement.executeQuery("SELECT VERSION(), CURRENT_USER(), @@SESSION.time_zone")) {
        row.next();
        version = row.getString(1);
        user = row.getString(2);
        zone = row.getString(3);
      }
      Map<String, String> settings = new HashMap<>();
      try (ResultSet rows = statement.executeQuery("SHOW GLOBAL VARIABLES")) {
        while (rows.next()) {
          String value = rows.getString(2);
          settings.put(rows.getString(1).toLowerCase(Locale.ROOT), value == null ? "" : value);
        }
      }
      boolean mariaDb = version.contains("MariaDB");
      boolean foldsCase = !"0".equals(settings.get("lower_case_table_names"));
      MySqlGrants grants = new MySqlGrants(grants(statement, mariaDb), foldsCase);
      return new MySqlFacts(version, mariaDb, account(user), zone, grants, settings);
    }
  }

  /** MariaDB shows the rights of the current role too; MySQL only if it is named. */
  private static List<String> grants(Statement statement, boolean mariaDb) throws SQLException {
    String roles = "NONE";
    if (!mariaDb) {
      try (ResultSet row = statement.executeQuery("SELECT CURRENT_ROLE()")) {
        roles = row.next() ? row.getString(1) : roles;
      } catch (SQLException e) {
        // MySQL 5.7 has no roles.
        roles = "NONE";
      }
    }
    String sql = "SHOW GRANTS" + (roles.equals("NONE") ? "" : " FOR CURRENT_USER() USING " + roles);
    List<String> lines = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        lines.add(rows.getString(1));
      }
    }
    return lines;
  }

  private static String account(String user) {
    int at = user.lastIndexOf('@');
    return at < 0
        ? MySqlNames.literal(user)
        : MySqlNames.literal(user.substring(0, at))
            + "@"
            + MySqlNames.literal(user.substring(at + 1));
  }

  /** A setting, or empty text if this server does not have it. */
  String setting(String name) {
    return settings.getOrDefault(name, "");
  }

  boolean isOn(String name) {
    return setting(name).equalsIgnoreCase("ON") || setting(name).equals("1");
  }

  long number(String name, long otherwise) {
    String value = setting(name);
    return value.matches("-?[0-9]{1,18}") ? Long.parseLong(value) : otherwise;
  }

  String product() {
    return (mariaDb ? "MariaDB " : "MySQL ") + version;
  }

  /** Whether the version is at least this one. */
  boolean isAtLeast(int major, int minor) {
    String[] parts = version.split("[^0-9]+", 3);
    int first = Integer.parseInt(parts[0]);
    int second = parts.length > 1 && !parts[1].isEmpty() ? Integer.parseInt(parts[1]) : 0;
    return first > major || (first == major && second >= minor);
  }
}
