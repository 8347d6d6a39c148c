package io.piplan.dts.jdbc;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
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
  private static final int UNKNOWN_VARIABLE = 1193;

  /**
   * An end.
   *
   * @param committed transactions before it, but not all of them: MySQL logs a transaction before
   *     it counts as executed. Empty if the server gives its transactions no GTIDs, or is a
   *     MariaDB, which can be asked for those before any place
   */
  public record Found(Lsn lsn, Optional<String> committed) {}

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

  /**
   * The same of a source, which must write one.
   *
   * @throws DtsException {@code SOURCE_BINLOG_OFF} if it writes none
   */
  public static Found of(MySqlServer source, Connection connection) throws SQLException {
    // Asked for before the end: what has been committed by now was logged before it.
    Optional<String> committed = committed(connection);
    Lsn end =
        read(connection)
            .orElseThrow(
                () ->
                    new DtsException(
                        DtsError.SOURCE_BINLOG_OFF,
                        "source " + source.address() + " writes no binlog",
                        "start it with --log-bin, --binlog-format=ROW and a --server-id"));
    return new Found(end, committed);
  }

  private static Optional<String> committed(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT @@GLOBAL.gtid_mode, @@GLOBAL.gtid_executed")) {
      return row.next() && "ON".equals(row.getString(1))
          ? Optional.of(row.getString(2).replaceAll("\\s", ""))
          : Optional.empty();
    } catch (SQLException e) {
      if (e.getErrorCode() != UNKNOWN_VARIABLE) {
        throw e;
      }
      return Optional.empty();
    }
  }
}
