package io.piplan.dts.apply;

import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;

/**
 * Which tables are copied as a whole. Before that a row may be missing on the target, or be one
 * that was there before. A table that is done is so until another one takes its name, since all its
 * chunks are on the target when it says so. Used by one thread.
 */
final class FinishedCopies {
  private static final long ASK_NANOS = 500_000_000L;

  private final String table;
  private final Set<TableId> done = new HashSet<>();
  private long askedAt;
  private boolean asked;

  FinishedCopies(ControlTables tables) {
    this.table = tables.name(ControlTables.TABLE);
  }

  boolean isDone(Connection connection, String sync, TableId source) throws SQLException {
    if (done.contains(source)) {
      return true;
    }
    if (!asked || System.nanoTime() - askedAt > ASK_NANOS) {
      ask(connection, sync);
      asked = true;
      askedAt = System.nanoTime();
    }
    return done.contains(source);
  }

  /** Asks anew: somebody may have begun another copy of a table, or a table be another one. */
  void forget() {
    done.clear();
    asked = false;
  }

  private void ask(Connection connection, String sync) throws SQLException {
    String sql = "SELECT db, tab FROM " + table + " WHERE sync = ? AND done";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          done.add(new TableId(rows.getString(1), rows.getString(2)));
        }
      }
    }
  }
}
