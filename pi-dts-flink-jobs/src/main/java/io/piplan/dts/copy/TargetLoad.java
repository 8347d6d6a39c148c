package io.piplan.dts.copy;

import io.piplan.dts.CopyLimits;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How busy a target is. A replica's lag is seen in the sync's own progress rows, in which each
 * transaction of the copy leaves its time: no right is needed for it but to read that table, and it
 * works for every kind of replication. On PostgreSQL the statements of others are counted only if
 * the user may see them. Used by one thread.
 */
final class TargetLoad implements AutoCloseable {
  /** A replica that is slow to answer is not one to load more. */
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final DatabaseServer target;
  private final boolean postgres;
  private final String progressTable;
  private final String sync;
  private final Map<String, Connection> replicas = new HashMap<>();
  private boolean sees;

  /**
   * @param progressTable quoted
   */
  TargetLoad(DatabaseServer target, boolean postgres, String progressTable, String sync) {
    this.target = target;
    this.postgres = postgres;
    this.progressTable = progressTable;
    this.sync = sync;
  }

  /** What is above the limits, in words. */
  Optional<String> above(CopyLimits limits, Connection on) throws SQLException {
    if (limits.targetThreads() > 0) {
      if (postgres && !seesOthers(on)) {
        // A limit that nobody keeps is worse than a copy that says why it rests.
        return Optional.of(
            "the target's user does not see the statements of others: GRANT pg_read_all_stats to"
                + " it, or set copy.target-threads to 0");
      }
      long running = threads(on);
      if (running > limits.targetThreads()) {
        return Optional.of(
            running + " statements run on the target, the limit is " + limits.targetThreads());
      }
    }
    if (limits.replicaLag().isZero()) {
      return Optional.empty();
    }
    long newest = newestCommit(on);
    for (String replica : limits.replicas()) {
      Optional<String> behind = behind(replica, newest, limits.replicaLag());
      if (behind.isPresent()) {
        return behind;
      }
    }
    return Optional.empty();
  }

  private boolean seesOthers(Connection on) throws SQLException {
    if (!sees) {
      try (Statement statement = on.createStatement();
          ResultSet row =
              statement.executeQuery("SELECT pg_has_role('pg_read_all_stats', 'USAGE')")) {
        sees = row.next() && row.getBoolean(1);
      }
    }
    return sees;
  }

  private long threads(Connection on) throws SQLException {
    String sql =
        postgres
            ? "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                + " AND pid <> pg_backend_pid()"
            : "SHOW GLOBAL STATUS LIKE 'Threads_running'";
    try (Statement statement = on.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      // The one that asks is no load.
      return !row.next() ? 0 : postgres ? row.getLong(1) : row.getLong(2) - 1;
    }
  }

  private Optional<String> behind(String replica, long newest, Duration most) {
    try {
      Connection on = replicas.get(replica);
      if (on == null) {
        on = target.at(replica).connect(Side.TARGET, ANSWER);
        replicas.put(replica, on);
      }
      long lag = newest - newestCommit(on);
      return lag > most.toMillis()
          ? Optional.of(
              "replica %s of the target is %.1f s behind, the limit is %.1f s"
                  .formatted(replica, lag / 1000.0, most.toMillis() / 1000.0))
          : Optional.empty();
    } catch (SQLException | DtsException e) {
      drop(replica);
      return Optional.of(
          "replica " + replica + " of the target does not answer: " + firstLine(e.getMessage()));
    }
  }

  private static String firstLine(String message) {
    return message == null ? "no reason given" : message.lines().findFirst().orElse("");
  }

  /** When the sync's newest transaction was made; 0 if there is none. */
  private long newestCommit(Connection on) throws SQLException {
    String sql = "SELECT MAX(applied_ms) FROM " + progressTable + " WHERE sync = ?";
    try (PreparedStatement statement = on.prepareStatement(sql)) {
      statement.setString(1, sync);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getLong(1) : 0;
      }
    }
  }

  private void drop(String replica) {
    Connection dropped = replicas.remove(replica);
    if (dropped != null) {
      try {
        dropped.abort(Runnable::run);
      } catch (SQLException e) {
        // It is gone one way or another.
        return;
      }
    }
  }

  @Override
  public void close() {
    for (String replica : List.copyOf(replicas.keySet())) {
      drop(replica);
    }
  }
}
