package io.piplan.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Set;

/**
 * Asks a target how far a sync is, over one connection of its own, so cheaply that it can ask
 * often.
 */
final class TargetProbe implements AutoCloseable {
  private static final Set<String> NO_SUCH_TABLE = Set.of("42S02", "42P01");

  private final Connection connection;
  private final String sync;

  TargetProbe(Connection connection, String sync) {
    this.connection = connection;
    this.sync = sync;
  }

  /** Whether every chunk of every table is on the target. */
  boolean copied() {
    return number(
            "SELECT CASE WHEN COUNT(*) > 0 AND SUM(CASE WHEN done THEN 0 ELSE 1 END) = 0 THEN 1"
                + " ELSE 0 END FROM pi_dts_table WHERE sync = ?")
        == 1;
  }

  /** Row changes applied so far. */
  long changes() {
    return number("SELECT COALESCE(SUM(changes), 0) FROM pi_dts_progress WHERE sync = ?");
  }

  private long number(String query) {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setString(1, sync);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    } catch (SQLException e) {
      if (NO_SUCH_TABLE.contains(e.getSQLState())) {
        return 0; // The sync has not begun to write.
      }
      throw new BenchException("asking the target failed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new BenchException("closing the probe failed", e);
    }
  }
}
