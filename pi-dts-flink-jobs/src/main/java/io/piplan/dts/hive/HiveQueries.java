package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Statements that HiveServer2 runs, each perhaps a large job. */
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
  private Connection connection;

  HiveQueries(HiveServer server, Steps steps) {
    this.server = server;
    this.steps = steps;
  }

  void run(String doing, String... statements) {
    steps.before(doing);
    try {
      if (connection == null) {
        connection = server.connect(Side.TARGET);
        execute(SETTINGS.toArray(new String[0]));
      }
      execute(statements);
    } catch (SQLException e) {
      close();
      throw new DtsException(
          DtsError.TARGET_FAILED,
          doing + " by HiveServer2 failed: " + firstLine(e),
          "look at the log of HiveServer2",
          e);
    }
  }

  private void execute(String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static String firstLine(SQLException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
  }

  @Override
  public void close() {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        // A session that cannot be closed ends by itself.
        connection = null;
      }
      connection = null;
    }
  }
}
