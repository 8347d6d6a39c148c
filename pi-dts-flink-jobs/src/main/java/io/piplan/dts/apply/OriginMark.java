package io.piplan.dts.apply;

import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/**
 * The mark that says in a MySQL server's binlog that a sync wrote a transaction and no app: a row
 * in {@code pi_dts_origin}, changed before all others. Whoever reads that binlog for another sync
 * leaves the transaction out. Each session has a row of its own, so that marks never wait for each
 * other. Used by one thread.
 */
public final class OriginMark {
  private static final int LOCK_WAIT = 1205;
  private static final long KEPT_MILLIS = 7L * 24 * 60 * 60 * 1000;

  private final ControlTables tables;
  private final String table;
  private final int zone;
  private final String id = UUID.randomUUID().toString();

  /**
   * @param zone id of the zone from which the sync comes, 0 if it has none
   */
  public OriginMark(ControlTables tables, int zone) {
    this.tables = tables;
    this.table = tables.name(ControlTables.ORIGIN);
    this.zone = zone;
  }

  /** Marks the open transaction, in which nothing may have been written yet. */
  public void write(Connection connection, String sync) throws SQLException {
    String sql =
        "INSERT INTO "
            + table
            + " (id, sync, zone, transactions, since_ms) VALUES (?, ?, ?, 1, ?)"
            + " ON DUPLICATE KEY UPDATE transactions = transactions + 1";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, id);
      statement.setString(2, sync);
      statement.setInt(3, zone);
      statement.setLong(4, System.currentTimeMillis());
      statement.executeUpdate();
    }
  }

  /** The same where the server has the table: else no sync that goes by marks reads it. */
  public void writeIfRead(Connection connection, String sync) throws SQLException {
    if (tables.exists(connection, ControlTables.ORIGIN)) {
      write(connection, sync);
    }
  }

  /** Removes rows of sessions that began long ago; one that still lives makes its row anew. */
  void clean(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION innodb_lock_wait_timeout = 1");
      statement.executeUpdate(
          "DELETE FROM "
              + table
              + " WHERE since_ms < "
              + (System.currentTimeMillis() - KEPT_MILLIS));
    } catch (SQLException e) {
      if (e.getErrorCode() != LOCK_WAIT) {
        throw e;
      }
    }
  }
}
