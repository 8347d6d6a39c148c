package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The newest changes of a row in the log of its table, by a query of HiveServer2. */
public final class HiveRowLog {
  private static final int NEWEST = 20;

  private HiveRowLog() {}

  /**
   * A change.
   *
   * @param op what {@code pi_op} is
   * @param place what {@code pi_lsn} is
   * @param time when it was committed at the source, ISO 8601 in UTC; null for copied rows
   */
  public record Change(String op, String place, String time) {}

  /**
   * @param row a condition for the row, in Hive's SQL
   * @return the oldest first; empty if the table has no log
   */
  public static List<Change> read(HiveServer server, String database, String table, String row) {
    TableId log = HiveNames.log(new TableId(HiveNames.lower(database), HiveNames.lower(table)));
    if (!has(server, log)) {
      return List.of();
    }
    String sql =
        "SELECT "
            + HiveNames.quoteAll(List.of(LogColumns.OP, LogColumns.LSN))
            + ", CAST("
            + HiveNames.quote(LogColumns.SOURCE_TIME)
            + " AS STRING) FROM "
            + HiveNames.quote(log)
            + " WHERE ("
            + row
            + ") OR "
            + HiveNames.quote(LogColumns.OP)
            + " = '"
            + LogColumns.EMPTIED
            + "' ORDER BY "
            + HiveNames.quote(LogColumns.LSN)
            + " DESC LIMIT "
            + NEWEST;
    List<Change> changes = new ArrayList<>();
    try (Connection connection = server.connect(Side.TARGET);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        changes.add(new Change(rows.getString(1), rows.getString(2), iso(rows.getString(3))));
      }
    } catch (SQLException e) {
      throw new DtsException(
          DtsError.TARGET_FAILED,
          "reading " + log + " by HiveServer2 failed: " + e.getMessage(),
          "look at the log of HiveServer2, and whether the user may read the table",
          e);
    }
    Collections.reverse(changes);
    return changes;
  }

  private static boolean has(HiveServer server, TableId log) {
    try (HiveAccess access = new HiveAccess(server)) {
      return access.metastore().find(log).isPresent();
    }
  }

  private static String iso(String time) {
    return time == null ? null : time.replace(' ', 'T') + "Z";
  }
}
