package io.piplan.dts.apply;

import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;

/** How many changes of each table a writer has applied, in {@code pi_dts_activity}. */
final class ActivityTable {
  private final String table;
  private final boolean postgres;

  ActivityTable(ControlTables tables, boolean postgres) {
    this.table = tables.name(ControlTables.ACTIVITY);
    this.postgres = postgres;
  }

  /** Adds what was counted; the caller commits. */
  void add(
      Connection on,
      ProgressTable.Owner owner,
      Map<TableId, TableActivity.Count> counts,
      long millis)
      throws SQLException {
    String old = postgres ? "a." : "";
    String sql =
        "INSERT INTO "
            + table
            + (postgres ? " AS a" : "")
            + " (sync, db, tab, writers, writer, changes, per_second, source_ms, applied_ms)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + (postgres
                ? " ON CONFLICT (sync, db, tab, writers, writer) DO UPDATE SET "
                : " ON DUPLICATE KEY UPDATE ")
            + "changes = "
            + old
            + "changes + "
            + given("changes")
            + ", per_second = "
            + given("per_second")
            + ", source_ms = "
            + given("source_ms")
            + ", applied_ms = "
            + given("applied_ms");
    try (PreparedStatement statement = on.prepareStatement(sql)) {
      long now = System.currentTimeMillis();
      for (Map.Entry<TableId, TableActivity.Count> entry : counts.entrySet()) {
        TableActivity.Count count = entry.getValue();
        statement.setString(1, owner.sync());
        statement.setString(2, entry.getKey().database());
        statement.setString(3, entry.getKey().table());
        statement.setInt(4, owner.writers());
        statement.setInt(5, owner.writer());
        statement.setLong(6, count.changes());
        statement.setLong(7, Math.round(1000.0 * count.changes() / millis));
        statement.setLong(8, count.sourceMillis());
        statement.setLong(9, now);
        statement.executeUpdate();
      }
    }
  }

  private String given(String column) {
    return postgres ? "excluded." + column : "VALUES(" + column + ")";
  }
}
