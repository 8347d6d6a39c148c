package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the target's own {@code pi_dts_*} tables say of a sync, and the few things a person may
 * change in them while it runs. Opens a connection per call.
 */
final class TargetState {
  /** Names in {@code pi_dts_control}. */
  static final String PAUSED = "paused";

  static final String COPY_RATE_LIMIT = "copy.rate-limit";

  /** Small tables only: a longer silence means that the target is not there. */
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private static final List<String> TABLES =
      List.of(
          "pi_dts_progress",
          "pi_dts_copy",
          "pi_dts_table",
          "pi_dts_control",
          "pi_dts_dead_letter",
          "pi_dts_conflict",
          "pi_dts_lock",
          "pi_dts_aside");

  /** What the writers have stored. */
  record Applied(Lsn position, long changes, long sourceMillis, long commitMillis) {}

  private final DatabaseServer target;
  private final String schema;

  TargetState(DatabaseServer target, String schema) {
    this.target = target;
    this.schema = schema;
  }

  /** What has been applied, or empty if the sync never wrote here. */
  Optional<Applied> applied(String sync) {
    return query(
        "pi_dts_progress",
        "SELECT writers, file, pos, event, row_no, changes, source_ms, applied_ms FROM %s"
            + " WHERE sync = ?",
        sync,
        rows -> {
          Lsn lowest = null;
          int newest = 0;
          long changes = 0;
          long sourceMillis = 0;
          long commitMillis = 0;
          List<Object[]> all = new ArrayList<>();
          while (rows.next()) {
            Lsn lsn = new Lsn(rows.getString(2), rows.getLong(3), rows.getLong(4), rows.getLong(5));
            all.add(new Object[] {rows.getInt(1), lsn, rows.getLong(8)});
            changes += rows.getLong(6);
            sourceMillis = Math.max(sourceMillis, rows.getLong(7));
            if (rows.getLong(8) >= commitMillis) {
              commitMillis = rows.getLong(8);
              newest = rows.getInt(1);
            }
          }
          // Rows of an earlier number of writers stay where they were; the newest ones count.
          for (Object[] row : all) {
            if ((int) row[0] == newest
                && (lowest == null || ((Lsn) row[1]).compareTo(lowest) < 0)) {
              lowest = (Lsn) row[1];
            }
          }
          return lowest == null
              ? Optional.empty()
              : Optional.of(new Applied(lowest, changes, sourceMillis, commitMillis));
        },
        Optional.empty());
  }

  List<TableProgress> tables(String sync) {
    return query(
        "pi_dts_table",
        "SELECT db, tab, estimated_rows, copied_rows, chunks, chunks_done, done FROM %s"
            + " WHERE sync = ? ORDER BY db, tab",
        sync,
        rows -> {
          List<TableProgress> tables = new ArrayList<>();
          while (rows.next()) {
            tables.add(
                new TableProgress(
                    rows.getString(1) + "." + rows.getString(2),
                    rows.getLong(3),
                    rows.getLong(4),
                    rows.getLong(5),
                    rows.getLong(6),
                    rows.getBoolean(7)));
          }
          return tables;
        },
        List.of());
  }

  long deadLetters(String sync) {
    return query(
        "pi_dts_dead_letter",
        "SELECT COUNT(*) FROM %s WHERE sync = ? AND retried IS NULL",
        sync,
        rows -> rows.next() ? rows.getLong(1) : 0L,
        0L);
  }

  Optional<String> control(String sync, String name) {
    return query(
        "pi_dts_control",
        "SELECT value, name FROM %s WHERE sync = ?",
        sync,
        rows -> {
          while (rows.next()) {
            if (rows.getString(2).equals(name)) {
              return Optional.of(rows.getString(1));
            }
          }
          return Optional.<String>empty();
        },
        Optional.empty());
  }

  void setControl(String sync, String name, String value) {
    try (Connection connection = target.connect(Side.TARGET, ANSWER)) {
      connection.setAutoCommit(false);
      update(
          connection, "DELETE FROM %s WHERE sync = ? AND name = ?", "pi_dts_control", sync, name);
      update(
          connection,
          "INSERT INTO %s (sync, name, value) VALUES (?, ?, ?)",
          "pi_dts_control",
          sync,
          name,
          value);
      connection.commit();
    } catch (SQLException e) {
      throw failed("pi_dts_control", e);
    }
  }

  /** Forgets all that is stored of a sync; its rows in the user's tables stay. */
  void forget(String sync) {
    try (Connection connection = target.connect(Side.TARGET, ANSWER)) {
      for (String table : TABLES) {
        if (exists(connection, table)) {
          update(connection, "DELETE FROM %s WHERE sync = ?", table, sync);
        }
      }
    } catch (SQLException e) {
      throw failed("pi_dts_*", e);
    }
  }

  private interface Reader<T> {
    T read(ResultSet rows) throws SQLException;
  }

  private <T> T query(String table, String sql, String sync, Reader<T> reader, T otherwise) {
    try (Connection connection = target.connect(Side.TARGET, ANSWER)) {
      if (!exists(connection, table)) {
        return otherwise;
      }
      try (PreparedStatement statement = connection.prepareStatement(sql.formatted(name(table)))) {
        statement.setString(1, sync);
        try (ResultSet rows = statement.executeQuery()) {
          return reader.read(rows);
        }
      }
    } catch (SQLException e) {
      throw failed(table, e);
    }
  }

  private void update(Connection connection, String sql, String table, String... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.formatted(name(table)))) {
      for (int i = 0; i < values.length; i++) {
        statement.setString(i + 1, values[i]);
      }
      statement.executeUpdate();
    }
  }

  private boolean exists(Connection connection, String table) throws SQLException {
    String sql =
        "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, schema);
      statement.setString(2, table);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  private String name(String table) {
    return target instanceof PostgresServer
        ? "\"" + schema.replace("\"", "\"\"") + "\".\"" + table.replace("\"", "\"\"") + "\""
        : "`" + schema.replace("`", "``") + "`.`" + table.replace("`", "``") + "`";
  }

  private DtsException failed(String table, SQLException e) {
    return new DtsException(
        DtsError.TARGET_FAILED,
        "reading or writing "
            + table
            + " in "
            + schema
            + " of "
            + target.address()
            + " failed: "
            + e.getMessage(),
        "check the target, and that the sync's user may read and write " + table,
        e);
  }
}
