package io.piplan.dts.copy;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlNames;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;

/**
 * A connection in a transaction that sees a table exactly as it was at a place of the binlog.
 *
 * <ul>
 *   <li>MariaDB tells the place of a snapshot itself, without a lock.
 *   <li>MySQL does not, and a transaction may be in its binlog before a snapshot sees it. So the
 *       table is locked for the moment in which both are taken: the lock waits until who wrote to
 *       the table has committed. The snapshot is then kept for a while, to lock rarely.
 *   <li>Tables without transactions (MyISAM, Aria) stay locked while they are read.
 * </ul>
 *
 * Used by one thread; {@link #abort} may be called by another.
 */
public final class SnapshotSession implements AutoCloseable {
  private static final int LOCK_WAIT_SECONDS = 2;
  private static final int LOCK_ATTEMPTS = 30;

  private final MySqlServer source;
  private final Duration keep;
  private volatile Connection connection;
  private Connection lock;
  private boolean mariaDb;
  private boolean knowsBinlogStatus;
  private TableId table;
  private boolean locked;
  private long takenNanos;
  private Lsn boundary;

  /**
   * @param keep how long a snapshot that took a lock may be used again
   */
  public SnapshotSession(MySqlServer source, Duration keep) {
    this.source =
        source.with(
            Map.of(
                // The server converts text; getBytes then needs no decoding.
                "characterSetResults", "UTF-8", "maintainTimeStats", "false"));
    this.keep = keep;
  }

  /** Where in the binlog the snapshot is. */
  public Lsn boundary() {
    return boundary;
  }

  public Connection connection() {
    return connection;
  }

  /** Makes sure there is a snapshot of the table that is young enough. */
  public void open(TableId wanted) {
    try {
      connect();
      boolean usable =
          wanted.equals(table)
              && !locked
              && !mariaDb
              && System.nanoTime() - takenNanos < keep.toNanos();
      if (!usable) {
        end();
        take(wanted);
        table = wanted;
        takenNanos = System.nanoTime();
      }
    } catch (SQLException e) {
      throw CopyFailure.of(wanted, "opening a snapshot of", e);
    }
  }

  /**
   * How the table was made, as the server writes it; the table stays so as long as the snapshot is
   * kept.
   */
  String created() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // Whoever has touched a table, if only for no row, keeps it from being changed.
      statement.executeQuery("SELECT 1 FROM " + MySqlNames.quote(table) + " LIMIT 0").close();
      try (ResultSet row = statement.executeQuery("SHOW CREATE TABLE " + MySqlNames.quote(table))) {
        row.next();
        return row.getString(2).replaceAll(" AUTO_INCREMENT=[0-9]+", "");
      }
    }
  }

  /** Ends what holds a lock; a snapshot without one may be used again. */
  public void read() throws SQLException {
    if (locked) {
      end();
    }
  }

  private void connect() throws SQLException {
    if (connection != null) {
      return;
    }
    Connection opened = source.connect(Side.SOURCE);
    connection = opened;
    try (Statement statement = opened.createStatement()) {
      ResultSet row = statement.executeQuery("SELECT VERSION(), @@log_bin");
      row.next();
      mariaDb = row.getString(1).contains("MariaDB");
      if (row.getInt(2) == 0) {
        throw new DtsException(
            DtsError.SOURCE_BINLOG_OFF,
            source.address() + " writes no binlog",
            "start it with --log-bin, --binlog-format=ROW and --binlog-row-image=FULL");
      }
      String[] version = row.getString(1).split("[^0-9]+", 3);
      int major = Integer.parseInt(version[0]);
      knowsBinlogStatus = mariaDb || major > 8 || (major == 8 && Integer.parseInt(version[1]) >= 2);
      // A chunk may wait long for the target; sql_mode must neither pad CHAR nor turn quotes.
      statement.execute(
          "SET SESSION sql_mode = '', net_write_timeout = 86400, wait_timeout = 86400, "
              + (mariaDb ? "max_statement_time = 0" : "max_execution_time = 0"));
      statement.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    }
  }

  private void take(TableId wanted) throws SQLException {
    if (!isTransactional(wanted)) {
      lockTable(connection, wanted);
      locked = true;
      boundary = binlogEnd(connection);
    } else if (mariaDb) {
      begin();
      boundary = mariaDbBoundary();
    } else {
      takeUnderLock(wanted);
    }
  }

  private void begin() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    }
  }

  private Lsn mariaDbBoundary() throws SQLException {
    String file = null;
    long position = 0;
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SHOW STATUS WHERE Variable_name IN"
                    + " ('Binlog_snapshot_file', 'Binlog_snapshot_position')")) {
      while (rows.next()) {
        if (rows.getString(1).equalsIgnoreCase("Binlog_snapshot_file")) {
          file = rows.getString(2);
        } else {
          position = rows.getLong(2);
        }
      }
    }
    if (file == null || file.isEmpty()) {
      throw new DtsException(
          DtsError.SOURCE_SNAPSHOT,
          source.address() + " does not tell the binlog position of a snapshot",
          "use MariaDB 10.11 or newer, with its binlog on");
    }
    return at(file, position);
  }

  private Lsn at(String file, long position) {
    return Lsn.boundary(source.timeline().file(file), position);
  }

  private void takeUnderLock(TableId wanted) throws SQLException {
    if (lock == null) {
      lock = source.connect(Side.SOURCE);
    }
    lockTable(lock, wanted);
    try (Statement unlock = lock.createStatement()) {
      try {
        boundary = binlogEnd(lock);
        begin();
      } finally {
        unlock.execute("UNLOCK TABLES");
      }
    }
  }

  /** Waits a little, often: while it waits, nobody else can begin to write to the table. */
  private static void lockTable(Connection on, TableId wanted) throws SQLException {
    try (Statement statement = on.createStatement()) {
      statement.execute("SET SESSION lock_wait_timeout = " + LOCK_WAIT_SECONDS);
      for (int attempt = 1; ; attempt++) {
        try {
          statement.execute("LOCK TABLES " + MySqlNames.quote(wanted) + " READ");
          return;
        } catch (SQLException e) {
          if (e.getErrorCode() != CopyFailure.LOCK_WAIT_TIMEOUT || attempt == LOCK_ATTEMPTS) {
            throw e;
          }
        }
      }
    }
  }

  private Lsn binlogEnd(Connection on) throws SQLException {
    String sql = mariaDb || !knowsBinlogStatus ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS";
    try (Statement statement = on.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      if (!row.next()) {
        throw new DtsException(
            DtsError.SOURCE_BINLOG_OFF,
            source.address() + " writes no binlog",
            "start it with --log-bin");
      }
      return at(row.getString(1), row.getLong(2));
    }
  }

  private boolean isTransactional(TableId wanted) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "SELECT e.TRANSACTIONS FROM information_schema.TABLES t"
                + " JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE"
                + " WHERE t.TABLE_SCHEMA = ? AND t.TABLE_NAME = ?")) {
      statement.setString(1, wanted.database());
      statement.setString(2, wanted.table());
      try (ResultSet row = statement.executeQuery()) {
        return !row.next() || !"NO".equals(row.getString(1));
      }
    }
  }

  private void end() throws SQLException {
    if (table != null) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(locked ? "UNLOCK TABLES" : "ROLLBACK");
      }
    }
    table = null;
    locked = false;
  }

  /** Drops the snapshot; the next one is taken on a new connection. */
  public void reset() {
    abort();
    closeQuietly(lock);
    connection = null;
    lock = null;
    table = null;
    locked = false;
  }

  /** Cuts off whatever the connection is doing. */
  public void abort() {
    Connection current = connection;
    if (current != null) {
      try {
        current.abort(Runnable::run);
      } catch (SQLException e) {
        closeQuietly(current);
      }
    }
  }

  private static void closeQuietly(Connection closed) {
    if (closed != null) {
      try {
        closed.close();
      } catch (SQLException e) {
        // A connection that cannot be closed properly is gone anyway.
        return;
      }
    }
  }

  @Override
  public void close() {
    closeQuietly(connection);
    closeQuietly(lock);
    connection = null;
    lock = null;
    table = null;
  }
}
