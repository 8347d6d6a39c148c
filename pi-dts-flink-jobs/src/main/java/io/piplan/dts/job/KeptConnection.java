package io.piplan.dts.job;

import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * A connection to the target for somebody who asks again and again: to let a client in costs a
 * server more than the small questions of {@link TargetState}, PostgreSQL a process. Opened when it
 * is first used, and anew after a failure. Not thread-safe.
 */
final class KeptConnection implements AutoCloseable {
  private final DatabaseServer target;
  private final Duration answer;
  private Connection connection;

  KeptConnection(DatabaseServer target, Duration answer) {
    this.target = target;
    this.answer = answer;
  }

  /** What is done with a connection, which stays open after it. */
  interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  <T> T use(Work<T> work) throws SQLException {
    boolean done = false;
    try {
      if (connection == null) {
        connection = target.connect(Side.TARGET, answer);
      }
      T result = work.on(connection);
      done = true;
      return result;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  @Override
  public void close() {
    Connection old = connection;
    connection = null;
    if (old != null) {
      try {
        old.close();
      } catch (SQLException e) {
        // It is of no use any more, whatever is wrong with it.
      }
    }
  }
}
