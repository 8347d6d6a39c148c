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

  /** The column of MySQL's answer that MariaDB's does not have. */
  private static final int EXECUTED_GTIDS = 5;

  /**
   * An end.
   *
   * @param gtids the transactions before it; empty if the server does not say: MariaDB can be asked
   *     for those before any place
   */
  public record Found(Lsn lsn, String gtids) {}

  private BinlogEnd() {}

  /** Empty if the server writes none. */
  public static Optional<Lsn> read(Connection connection) throws SQLException {
    return find(connection).map(Found::lsn);
  }

  /** With the transactions before it. */
  public static Optional<Found> find(Connection connection) throws SQLException {
    SQLException refused = null;
    for (String command : List.of("SHOW BINARY LOG STATUS", "SHOW MASTER STATUS")) {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(command)) {
        return row.next()
            ? Optional.of(new Found(Lsn.boundary(row.getString(1), row.getLong(2)), gtids(row)))
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
    return find(connection)
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.SOURCE_BINLOG_OFF,
                    "source " + source.address() + " writes no binlog",
                    "start it with --log-bin, --binlog-format=ROW and a --server-id"));
  }

  private static String gtids(ResultSet end) throws SQLException {
    boolean told =
        end.getMetaData().getColumnCount() >= EXECUTED_GTIDS
            && end.getString(EXECUTED_GTIDS) != null;
    return told ? end.getString(EXECUTED_GTIDS).replaceAll("\\s", "") : "";
  }
}
