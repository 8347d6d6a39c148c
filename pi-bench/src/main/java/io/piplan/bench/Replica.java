package io.piplan.bench;

import io.piplan.embedded.EmbeddedDatabase;

/** The server's own replication of the same stretch of binlog. */
final class Replica {
  private static final int MOST_SECONDS = 900;

  private final EmbeddedDatabase server;
  private final BinlogStretch stretch;

  Replica(EmbeddedDatabase server, BinlogStretch stretch) {
    this.server = server;
    this.stretch = stretch;
  }

  /**
   * Makes it a replica at the begin of the stretch, not yet started.
   *
   * @param threads {@code slave_parallel_threads}; 0 applies in the one SQL thread
   */
  void prepare(int threads) {
    Sql.run(server, "", "STOP SLAVE", "RESET SLAVE ALL");
    stretch.restore(server);
    EmbeddedDatabase source = stretch.source();
    Sql.run(
        server,
        "",
        "SET GLOBAL slave_parallel_threads = " + threads,
        String.format(
            "CHANGE MASTER TO MASTER_HOST = '%s', MASTER_PORT = %d, MASTER_USER = '%s',"
                + " MASTER_PASSWORD = '%s', MASTER_LOG_FILE = '%s', MASTER_LOG_POS = %d,"
                + " MASTER_USE_GTID = no, MASTER_SSL = 0, MASTER_SSL_VERIFY_SERVER_CERT = 0",
            source.host(),
            source.port(),
            source.user(),
            source.password(),
            stretch.begin().file(),
            stretch.begin().position()));
  }

  /** Starts it and returns when it has applied all. */
  void catchUp() {
    Sql.run(server, "", "START SLAVE");
    String waited =
        Sql.text(
            server,
            "",
            String.format(
                "SELECT MASTER_POS_WAIT('%s', %d, %d)",
                stretch.end().file(), stretch.end().position(), MOST_SECONDS));
    if (waited == null || waited.startsWith("-")) {
      throw new BenchException(
          "the replica stopped, or took longer than " + MOST_SECONDS + " s: " + waited);
    }
  }

  void end() {
    Sql.run(server, "", "STOP SLAVE", "RESET SLAVE ALL");
  }
}
