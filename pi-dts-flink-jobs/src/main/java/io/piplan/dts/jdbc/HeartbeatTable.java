package io.piplan.dts.jdbc;

import io.piplan.dts.Heartbeat;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The table of {@link Heartbeat} rows on a MySQL or MariaDB source. */
public final class HeartbeatTable {
  private static final String NOW = "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";

  private final Heartbeat heartbeat;
  private final String name;

  public HeartbeatTable(Heartbeat heartbeat) {
    this.heartbeat = heartbeat;
    this.name = quote(heartbeat.table().database()) + "." + quote(heartbeat.table().table());
  }

  /** Makes the table if it is missing. */
  public void create(Connection source) throws SQLException {
    // Whoever may not create tables may still write to one that is there.
    if (exists(source)) {
      return;
    }
    try (Statement statement = source.createStatement()) {
      statement.execute(
          "CREATE TABLE IF NOT EXISTS "
              + name
              + " (sync VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,"
              + " written_ms BIGINT NOT NULL, PRIMARY KEY (sync)) ENGINE=InnoDB");
    }
  }

  public boolean exists(Connection source) throws SQLException {
    String sql =
        "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?";
    try (PreparedStatement statement = source.prepareStatement(sql)) {
      statement.setString(1, heartbeat.table().database());
      statement.setString(2, heartbeat.table().table());
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  /** Writes the sync's row, with the source's own time. */
  public void beat(Connection source) throws SQLException {
    try (PreparedStatement statement =
        source.prepareStatement(
            "INSERT INTO "
                + name
                + " (sync, written_ms) VALUES (?, "
                + NOW
                + ") ON DUPLICATE KEY UPDATE written_ms = "
                + NOW)) {
      statement.setString(1, heartbeat.sync());
      statement.executeUpdate();
    }
  }

  private static String quote(String name) {
    return "`" + name.replace("`", "``") + "`";
  }
}
