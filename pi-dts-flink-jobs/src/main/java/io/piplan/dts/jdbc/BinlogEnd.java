package io.piplan.dts.jdbc;

import io.piplan.dts.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/** Where a server's binlog ends. */
public final class BinlogEnd {
  private static final int SYNTAX_ERROR = 1064;

  private BinlogEnd() {}

  /** Empty if the server writes none. */
  public static Optional<Lsn> read(Connection connection) throws SQLException {
    SQLException refused = null;
    for (String command : List.of("SHOW BINARY LOG STATUS", "SHOW MASTER STATUS")) {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(command)) {
        return row.next()
            ? Optional.of(Lsn.boundary(row.getString(1), row.getLong(2)))
            : Optional.empty();
      } catch (SQLException e) {
        // Each server knows one of the two.
        if (e.getErrorCode() != SYNTAX_ERROR) {
          throw e;
        }
        refused = e;
      }
    }
    throw refused;
  }
}
