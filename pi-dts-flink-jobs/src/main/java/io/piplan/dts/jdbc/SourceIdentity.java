package io.piplan.dts.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/**
 * What tells a MySQL or MariaDB server from others of its replication: its UUID, or on MariaDB,
 * which has none, its server id.
 */
public final class SourceIdentity {
  private SourceIdentity() {}

  /** Of the server that is connected to; any user may ask. */
  public static String of(Connection connection) throws SQLException {
    Map<String, String> variables = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_uuid', 'server_id')")) {
      while (rows.next()) {
        variables.put(rows.getString(1), rows.getString(2));
      }
    }
    String uuid = variables.getOrDefault("server_uuid", "");
    return uuid.isEmpty() ? "id:" + variables.get("server_id") : "uuid:" + uuid;
  }
}
