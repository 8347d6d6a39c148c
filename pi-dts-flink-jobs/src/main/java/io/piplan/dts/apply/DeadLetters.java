package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Refused changes in {@code pi_dts_dead_letter}; rows as {@link RowJson}. */
final class DeadLetters {
  private final String table;

  DeadLetters(ControlTables tables) {
    this.table = tables.name(ControlTables.DEAD_LETTER);
  }

  void add(
      Connection connection, String sync, TableSchema schema, ChangeEvent change, String reason)
      throws SQLException {
    String sql =
        "INSERT INTO "
            + table
            + " (sync, db, tab, op, before_row, after_row, file, pos, event, row_no, reason,"
            + " refused_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.setString(2, change.table().database());
      statement.setString(3, change.table().table());
      statement.setString(4, change.op().name());
      statement.setString(5, RowJson.write(schema, change.before()));
      statement.setString(6, RowJson.write(schema, change.after()));
      statement.setString(7, change.lsn().file());
      statement.setLong(8, change.lsn().position());
      statement.setLong(9, change.lsn().event());
      statement.setLong(10, change.lsn().row());
      // TEXT on MySQL holds 64 kB; no reason needs more than its beginning.
      String storable = reason.replace("\0", "\\0");
      statement.setString(11, storable.substring(0, Math.min(storable.length(), 10_000)));
      statement.setLong(12, System.currentTimeMillis());
      statement.executeUpdate();
    }
  }
}
