package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/**
 * Statements that HiveServer2 runs, each perhaps a large job. One that HiveServer2 says nothing of
 * any more fails: whoever waits for it may hold a {@link TableLease}.
 */
final class HiveQueries implements AutoCloseable {
  private static final List<String> SETTINGS =
      List.of(
          "SET hive.exec.dynamic.partition=true",
          "SET hive.exec.dynamic.partition.mode=nonstrict",
          "SET hive.exec.max.dynamic.partitions=100000",
          "SET hive.exec.max.dynamic.partitions.pernode=100000",
          // With a row of the state for each file of a partition of the log.
          "SET hive.stats.autogather=false");

  private final HiveServer server;
  private final Steps steps;
  private final Duration answer;
  private Connection connection;

  HiveQueries(HiveServer server, Steps steps) {
    this(server, steps, HiveServer.PLANNING);
  }

  /**
   * @param answer how long HiveServer2 may say nothing
   */
  HiveQueries(HiveServer server, Steps steps, Duration answer) {
    this.server = server;
    this.steps = steps;
    this.answer = answer;
  }

  void run(String doing, String... statements) {
    steps.before(doing);
    try {
      if (connection == null) {
        connection = server.connect(Side.TARGET, answer);
        execute(SETTINGS.toArray(new String[0]));
      }
      execute(statements);
    } catch (SQLException e) {
      giveUp();
      throw failed(doing, e);
    }
  }

  private DtsException failed(String doing, SQLException e) {
    String reason = reason(e);
    boolean denied = reason.contains("HiveAccessControlException");
    return new DtsException(
        denied ? DtsError.TARGET_ACCESS_DENIED : DtsError.TARGET_FAILED,
        doing + " by HiveServer2 failed: " + reason,
        denied
            ? "give user " + server.user() + " the right to (docs/hive.md, rights)"
            : "look at the log of HiveServer2",
        e);
  }

  /** After a failure nothing of the session is closed here: it is given up. */
  private void execute(String... statements) throws SQLException {
    Statement statement = connection.createStatement();
    for (String sql : statements) {
      statement.execute(sql);
    }
    statement.close();
  }

  private String reason(SQLException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof java.net.SocketTimeoutException) {
        return "it has not answered for " + answer.toSeconds() + " s";
      }
    }
    return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
  }

  /** To close a session is a request too, which a server that hangs does not answer. */
  private void giveUp() {
    Connection lost = connection;
    connection = null;
    if (lost != null) {
      Thread closing = new Thread(() -> close(lost), "hive-session-end");
      closing.setDaemon(true);
      closing.start();
    }
  }

  private static void close(Connection closed) {
    try {
      closed.close();
    } catch (SQLException e) {
      // A session that cannot be closed ends by itself.
      return;
    }
  }

  @Override
  public void close() {
    Connection closed = connection;
    connection = null;
    if (closed != null) {
      close(closed);
    }
  }
}
