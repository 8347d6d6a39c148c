package io.piplan.dts.flink;

import io.debezium.connector.mysql.MySqlConnection;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.PurgedBinlog;
import io.piplan.dts.StartPosition;
import io.piplan.dts.jdbc.BinlogEnd;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.cdc.connectors.mysql.debezium.DebeziumUtils;
import org.apache.flink.cdc.connectors.mysql.source.config.MySqlSourceConfig;
import org.apache.flink.cdc.connectors.mysql.source.offset.BinlogOffset;

/** Finds the place in a server's binlog that a start position means now. */
public final class BinlogStarts {
  private static final long FIRST_EVENT = 4;

  private final BinlogOptions options;

  public BinlogStarts(BinlogOptions options) {
    this.options = options;
  }

  /**
   * Turns a start that means something else each time into one that does not, as far as that is
   * possible before reading; to be called once, when a sync is submitted.
   */
  public StartPosition pin(StartPosition start) {
    if (start instanceof StartPosition.Latest) {
      try (Connection connection = options.server().connect(Side.SOURCE)) {
        return at(BinlogEnd.of(options.server(), connection));
      } catch (SQLException e) {
        throw new BinlogFailures(options.server(), start.toString()).of(e);
      }
    }
    if (start instanceof StartPosition.Earliest) {
      return pinned(resolve(start));
    }
    return start;
  }

  /** A start at an end that was found, with the transactions before it if they can be told. */
  public StartPosition at(BinlogEnd.Found end) {
    Lsn lsn = end.lsn();
    return end.committed()
        .<StartPosition>map(
            committed ->
                new StartPosition.FileAndPosition(
                    lsn.file(), lsn.position(), new GtidsBefore(options).find(lsn, committed)))
        .orElseGet(
            () -> pinned(resolve(new StartPosition.FileAndPosition(lsn.file(), lsn.position()))));
  }

  private static StartPosition pinned(BinlogStart found) {
    String gtids = found.gtidsBefore() == null ? "" : found.gtidsBefore();
    return new StartPosition.FileAndPosition(found.lsn().file(), found.lsn().position(), gtids);
  }

  BinlogStart resolve(StartPosition start) {
    try (Connection connection = options.server().connect(Side.SOURCE);
        Statement statement = connection.createStatement()) {
      boolean mariaDb = text(statement, "SELECT VERSION()").contains("MariaDB");
      List<String> files = files(statement);
      if (start instanceof StartPosition.Gtid gtid) {
        return new BinlogStart(Lsn.boundary("", 0), gtid.set(), mariaDb, 0, gtid.set());
      }
      if (start instanceof StartPosition.Timestamp timestamp) {
        Lsn file = fileOf(timestamp.epochMillis(), files);
        return at(statement, file, mariaDb, timestamp.epochMillis(), "");
      }
      if (start instanceof StartPosition.Earliest) {
        return at(statement, Lsn.boundary(files.get(0), FIRST_EVENT), mariaDb, 0, "");
      }
      if (start instanceof StartPosition.FileAndPosition place) {
        requireFile(place, files);
        long position = Math.max(FIRST_EVENT, place.position());
        Lsn lsn = Lsn.boundary(place.file(), position);
        return at(statement, lsn, mariaDb, 0, place.gtids());
      }
      return latest(statement, mariaDb);
    } catch (SQLException e) {
      throw new BinlogFailures(options.server(), start.toString()).of(e);
    }
  }

  private List<String> files(Statement statement) throws SQLException {
    List<String> files = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery("SHOW BINARY LOGS")) {
      while (rows.next()) {
        files.add(rows.getString(1));
      }
    }
    if (files.isEmpty()) {
      throw BinlogFailures.off(options.server());
    }
    return files;
  }

  private void requireFile(StartPosition.FileAndPosition place, List<String> files) {
    if (!files.contains(place.file())) {
      throw new DtsException(
          DtsError.SOURCE_BINLOG_PURGED,
          "source "
              + options.server().address()
              + " no longer has binlog file "
              + place.file()
              + " where reading has to go on (position "
              + place.position()
              + "); its first one is "
              + files.get(0),
          PurgedBinlog.REMEDY);
    }
  }

  private BinlogStart latest(Statement statement, boolean mariaDb) throws SQLException {
    Lsn end = BinlogEnd.of(options.server(), statement.getConnection()).lsn();
    return at(statement, end, mariaDb, 0, "");
  }

  /** MariaDB can tell what was before a place. */
  private static BinlogStart at(
      Statement statement, Lsn lsn, boolean mariaDb, long notBeforeMillis, String gtids)
      throws SQLException {
    String before = gtids.isEmpty() ? null : gtids;
    if (mariaDb && before == null) {
      before = mariaDbGtids(statement.getConnection(), lsn);
    }
    return new BinlogStart(lsn, null, mariaDb, notBeforeMillis, before);
  }

  private static String mariaDbGtids(Connection connection, Lsn lsn) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement("SELECT BINLOG_GTID_POS(?, ?)")) {
      query.setString(1, lsn.file());
      query.setLong(2, lsn.position());
      try (ResultSet row = query.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }

  private Lsn fileOf(long epochMillis, List<String> files) throws SQLException {
    MySqlSourceConfig config = new CdcConfig(options).build();
    try (MySqlConnection connection = DebeziumUtils.createMySqlConnection(config)) {
      BinlogOffset found = DebeziumUtils.findBinlogOffset(epochMillis, connection, config);
      String file = found.getFilename();
      return Lsn.boundary(file.isEmpty() ? files.get(0) : file, FIRST_EVENT);
    }
  }

  private static String text(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }
}
