package io.piplan.dts.job;

import io.piplan.embedded.EmbeddedMySql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The servers' own replication from one to another, by GTID, from an empty source on. */
record Replication(EmbeddedMySql primary, EmbeddedMySql replica) {
  static Replication of(EmbeddedMySql primary, EmbeddedMySql replica) {
    return new Replication(primary, replica);
  }

  void start() throws SQLException {
    if (replica.isMariaDb()) {
      on(
          replica,
          "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = %d, MASTER_USER = '%s',"
                  .formatted(primary.port(), primary.user())
              + " MASTER_PASSWORD = '%s', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1,"
                  .formatted(primary.password())
              + " MASTER_SSL = 0, MASTER_SSL_VERIFY_SERVER_CERT = 0",
          "START SLAVE");
    } else {
      on(
          replica,
          "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = %d, SOURCE_USER ="
                  .formatted(primary.port())
              + " '%s', SOURCE_PASSWORD = '%s', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1,"
                  .formatted(primary.user(), primary.password())
              + " SOURCE_CONNECT_RETRY = 1",
          "START REPLICA");
    }
  }

  /** Stops applying; what comes is still fetched. */
  void pause() throws SQLException {
    on(replica, replica.isMariaDb() ? "STOP SLAVE SQL_THREAD" : "STOP REPLICA SQL_THREAD");
  }

  void resume() throws SQLException {
    on(replica, replica.isMariaDb() ? "START SLAVE SQL_THREAD" : "START REPLICA SQL_THREAD");
  }

  /** Stops fetching, as if the line were cut. */
  void cut() throws SQLException {
    on(replica, replica.isMariaDb() ? "STOP SLAVE IO_THREAD" : "STOP REPLICA IO_THREAD");
  }

  /** Ends it for good: the replica is a server of its own. */
  void promote() throws SQLException {
    if (replica.isMariaDb()) {
      on(replica, "STOP SLAVE", "RESET SLAVE ALL");
    } else {
      on(replica, "STOP REPLICA", "RESET REPLICA ALL");
    }
  }

  /** Waits until the replica has all that the primary has now. */
  void catchUp() throws SQLException {
    try (Connection from = primary.connect("");
        Connection to = replica.connect("")) {
      boolean mariaDb = replica.isMariaDb();
      String position =
          SyncHarness.rows(
                  from,
                  mariaDb ? "SELECT @@GLOBAL.gtid_binlog_pos" : "SELECT @@GLOBAL.gtid_executed")
              .get(0)
              .get(0);
      List<List<String>> waited =
          SyncHarness.rows(
              to,
              mariaDb
                  ? "SELECT MASTER_GTID_WAIT('" + position + "', 60)"
                  : "SELECT WAIT_FOR_EXECUTED_GTID_SET('" + position + "', 60)");
      if (!waited.get(0).get(0).equals("0")) {
        throw new SQLException("the replica did not come to " + position);
      }
    }
  }

  private static void on(EmbeddedMySql server, String... statements) throws SQLException {
    try (Connection connection = server.connect("")) {
      SyncHarness.run(connection, statements);
    }
  }
}
