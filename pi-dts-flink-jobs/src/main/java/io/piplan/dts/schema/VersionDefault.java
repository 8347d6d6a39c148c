package io.piplan.dts.schema;

import io.piplan.dts.TableId;
import io.piplan.meta.RowVersion;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What a row has in {@code pidal_c} that is inserted without it, past triggers and proxies. An
 * installation that was cut short leaves the version that the rows of before were given: later ones
 * then seem to have been written by the rules, by a zone that has not written them.
 *
 * @param text as the server prints it; null if there is none
 */
public record VersionDefault(String text) {

  /** Of a column that is there. */
  public static VersionDefault of(Connection connection, TableId table) throws SQLException {
    String sql =
        "SELECT column_default FROM information_schema.columns"
            + " WHERE table_schema = ? AND table_name = ? AND column_name = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, table.database());
      statement.setString(2, table.table());
      statement.setString(3, RowVersion.COLUMN);
      try (ResultSet row = statement.executeQuery()) {
        return new VersionDefault(row.next() ? row.getString(1) : null);
      }
    }
  }

  /** Whether such a row has a version. */
  public boolean isVersion() {
    if (text == null || text.equalsIgnoreCase("NULL")) {
      return false;
    }
    // PostgreSQL may print '0'::bigint, MariaDB '0'.
    String value = text.replace("::bigint", "").replaceAll("[()']", "").strip();
    return !value.equals("0");
  }
}
