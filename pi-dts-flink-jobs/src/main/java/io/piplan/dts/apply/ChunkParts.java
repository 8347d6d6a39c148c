package io.piplan.dts.apply;

import io.piplan.dts.CopyEnd;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** The parts of chunks that have been written, in {@code pi_dts_copy}. */
final class ChunkParts {
  private final String table;

  ChunkParts(ControlTables tables) {
    this.table = tables.name(ControlTables.COPY);
  }

  /** Records a writer's part of a chunk; the caller commits. */
  void done(Connection on, ProgressTable.Owner owner, CopyEnd end) throws SQLException {
    try (PreparedStatement delete =
        on.prepareStatement(
            "DELETE FROM "
                + table
                + " WHERE sync = ? AND db = ? AND tab = ? AND chunk = ? AND writers = ?"
                + " AND writer = ?")) {
      key(delete, owner, end);
      delete.executeUpdate();
    }
    try (PreparedStatement insert =
        on.prepareStatement(
            "INSERT INTO "
                + table
                + " (sync, db, tab, chunk, writers, writer, copied_rows, file, pos, done_ms)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      key(insert, owner, end);
      insert.setLong(7, end.rows());
      insert.setString(8, end.snapshot().file());
      insert.setLong(9, end.snapshot().position());
      insert.setLong(10, System.currentTimeMillis());
      insert.executeUpdate();
    }
  }

  private static void key(PreparedStatement statement, ProgressTable.Owner owner, CopyEnd end)
      throws SQLException {
    statement.setString(1, owner.sync());
    statement.setString(2, end.chunk().table().database());
    statement.setString(3, end.chunk().table().table());
    statement.setInt(4, end.chunk().number());
    statement.setInt(5, end.writers());
    statement.setInt(6, end.writer());
  }
}
