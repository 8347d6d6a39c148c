package io.piplan.dts.apply;

import io.piplan.dts.CopyBatch;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** Rows that could not be written when they were copied again, in {@code pi_dts_resync_row}. */
final class RefusedRows {
  private static final int REASON = 10_000;

  private final String table;

  RefusedRows(ControlTables tables) {
    this.table = tables.name(ControlTables.RESYNC_ROW);
  }

  /** Records them; again for a batch that comes again, in the place of what was recorded before. */
  void add(
      Connection on,
      String sync,
      TableSchema schema,
      CopyBatch batch,
      List<AgainBatch.Refused> refused)
      throws SQLException {
    String where = " WHERE sync = ? AND db = ? AND tab = ? AND chunk = ? AND writer = ?";
    try (PreparedStatement delete =
        on.prepareStatement("DELETE FROM " + table + where + " AND row_no >= ? AND row_no < ?")) {
      name(delete, sync, batch);
      delete.setLong(6, batch.firstRow());
      delete.setLong(7, batch.firstRow() + batch.rows());
      delete.executeUpdate();
    }
    try (PreparedStatement insert =
        on.prepareStatement(
            "INSERT INTO "
                + table
                + " (sync, db, tab, chunk, writer, row_no, row_key, reason, refused_ms)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      long number = batch.firstRow();
      for (AgainBatch.Refused row : refused) {
        name(insert, sync, batch);
        insert.setLong(6, number++);
        insert.setString(7, RowJson.key(schema, row.row()));
        String reason = row.reason().replace("\0", "\\0");
        insert.setString(8, reason.substring(0, Math.min(reason.length(), REASON)));
        insert.setLong(9, System.currentTimeMillis());
        insert.executeUpdate();
      }
    }
  }

  private static void name(PreparedStatement statement, String sync, CopyBatch batch)
      throws SQLException {
    statement.setString(1, sync);
    statement.setString(2, batch.chunk().table().database());
    statement.setString(3, batch.chunk().table().table());
    statement.setInt(4, batch.chunk().number());
    statement.setInt(5, batch.writer());
  }
}
