package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.job.ChaosServers.Target;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * One sync of the {@link Counters}' table, with an audit on both sides and a network in between,
 * for tests that break any of it.
 */
final class ChaosBench implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** In place of minutes: the tests wait for these. */
  private static final String SHORT_TIMEOUT = ", 'jdbc.properties.socketTimeout' = '%d'";

  final EmbeddedMySql source;
  final EmbeddedDatabase target;
  final Relay toSource;
  final Relay toTarget;
  private final Target kind;
  private final String sourceDatabase;
  private final String targetDatabase;
  private final String syncUser;
  private final String syncPassword;

  /**
   * @param sourceRows rows that the source starts with
   * @param targetRows whether the target starts with them too, to be followed without a copy
   */
  ChaosBench(ChaosServers.Pair servers, int sourceRows, boolean targetRows)
      throws SQLException, IOException {
    kind = servers.kind();
    source = servers.source();
    target = servers.target();
    sourceDatabase = source.createDatabase("bank");
    targetDatabase = target.createDatabase("bank");
    syncUser = "u_" + sourceDatabase;
    syncPassword =
        SyncHarness.createUser(
            source,
            syncUser,
            "SELECT, LOCK TABLES ON `" + sourceDatabase + "`.*",
            "REPLICATION SLAVE, REPLICATION CLIENT ON *.*");
    toSource = new Relay(source.port());
    toTarget = new Relay(target.port());
    prepare(sourceRows, targetRows);
  }

  private void prepare(int sourceRows, boolean targetRows) throws SQLException {
    String rows = "INSERT INTO c SELECT %s, 0, 1000 FROM %s";
    try (Connection on = source()) {
      SyncHarness.run(on, "CREATE TABLE c " + Counters.COLUMNS);
      SyncHarness.run(on, Audit.ON_MYSQL.toArray(String[]::new));
      SyncHarness.run(on, rows.formatted("seq", EmbeddedMySql.numbers(sourceRows)));
    }
    boolean postgres = kind == Target.POSTGRES;
    try (Connection on = target()) {
      SyncHarness.run(on, "CREATE TABLE c " + Counters.COLUMNS);
      SyncHarness.run(on, (postgres ? Audit.ON_POSTGRES : Audit.ON_MYSQL).toArray(String[]::new));
      if (targetRows) {
        String all =
            postgres
                ? "generate_series(1, %d) seq".formatted(sourceRows)
                : EmbeddedMySql.numbers(sourceRows);
        SyncHarness.run(on, rows.formatted("seq", all));
      }
    }
  }

  Connection source() throws SQLException {
    return SyncHarness.connect(source, sourceDatabase);
  }

  Connection target() throws SQLException {
    return SyncHarness.connect(target, targetDatabase);
  }

  /** Clients at the source. */
  Counters counters(int rows, int connections, int pauseMicros) {
    return new Counters(source, sourceDatabase, rows, connections, pauseMicros, true);
  }

  String name() {
    return sourceDatabase;
  }

  String syncUser() {
    return syncUser;
  }

  /** The sync, through the network that can be broken. */
  String definition(String options) {
    String sourceCatalog =
        SyncHarness.mySqlCatalog(
            "a", toSource.port(), syncUser, syncPassword, SHORT_TIMEOUT.formatted(4_000));
    String targetCatalog =
        kind == Target.POSTGRES
            ? SyncHarness.postgresCatalog(
                "b",
                toTarget.port(),
                target,
                targetDatabase,
                // This driver counts seconds.
                SHORT_TIMEOUT.formatted(4))
            : SyncHarness.mySqlCatalog(
                "b",
                toTarget.port(),
                target.user(),
                target.password(),
                SHORT_TIMEOUT.formatted(4_000));
    return sourceCatalog
        + targetCatalog
        + "SYNC DATABASE a.`%s` TO b.`%s` EXCLUDING TABLES (audit) WITH ('name' = '%s'"
            .formatted(
                sourceDatabase, kind == Target.POSTGRES ? "public" : targetDatabase, sourceDatabase)
        + ", 'checkpoint.interval' = '300 ms'"
        + options
        + ");";
  }

  /** Without a copy, which hides values that a row has taken before. */
  String following(String options) {
    return definition(
        ", 'scan.startup.mode' = 'latest-offset', 'target.not-empty' = 'upsert'" + options);
  }

  /** Waits until the target has got on by a good number of changes since now. */
  void awaitProgress() {
    long before = audited();
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> audited() > before + 50);
  }

  private long audited() {
    return Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              try (Connection on = target()) {
                return Audit.count(on);
              }
            },
            count -> true);
  }

  /** Ends the sync's connections to the source, and all to the target; waits for some. */
  void killSourceConnections() throws SQLException {
    killOnMySql(source, syncUser);
  }

  void killTargetConnections() throws SQLException {
    if (kind == Target.MYSQL) {
      killOnMySql(target, target.user());
      return;
    }
    try (Connection on = SyncHarness.connect(target, "")) {
      Awaitility.await()
          .atMost(PATIENCE)
          .until(
              () ->
                  SyncHarness.rows(
                      on,
                      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                          + " WHERE application_name = 'pi-dts'"),
              killed -> !killed.isEmpty());
    }
  }

  private static void killOnMySql(EmbeddedDatabase server, String user) throws SQLException {
    String find =
        "SELECT id FROM information_schema.processlist WHERE user = '%s' AND id <> CONNECTION_ID()"
            .formatted(user);
    try (Connection root = SyncHarness.connect(server, "")) {
      List<List<String>> ids =
          Awaitility.await()
              .atMost(PATIENCE)
              .until(() -> SyncHarness.rows(root, find), found -> !found.isEmpty());
      for (List<String> id : ids) {
        try {
          SyncHarness.run(root, "KILL " + id.get(0));
        } catch (SQLException e) {
          assertThat(e.getErrorCode()).as("gone by itself").isEqualTo(1094);
        }
      }
    }
  }

  /** Waits until both sides are equal, then compares what happened on the way there. */
  void assertSameHistory(int atLeast) throws SQLException {
    try (Connection from = source();
        Connection to = target()) {
      SyncHarness.awaitEqual(from, Counters.STATE, to, Counters.STATE);
      Audit expected = Audit.read(from);
      assertThat(expected.size()).isGreaterThan(atLeast);
      Audit.read(to).assertSame(expected);
    }
  }

  /**
   * Waits until both sides are equal, then asserts that each state of the source has been on the
   * target, in order; others, of before, may have come again in between.
   */
  void assertNothingMissing(int atLeast) throws SQLException {
    try (Connection from = source();
        Connection to = target()) {
      SyncHarness.awaitEqual(from, Counters.STATE, to, Counters.STATE);
      Audit expected = Audit.read(from);
      assertThat(expected.size()).isGreaterThan(atLeast);
      Audit.read(to).assertContains(expected);
    }
  }

  /** Asserts that no transaction waits on the target for someone to end it. */
  void assertNothingPrepared() throws SQLException {
    String list = kind == Target.POSTGRES ? "SELECT gid FROM pg_prepared_xacts" : "XA RECOVER";
    try (Connection to = target()) {
      assertThat(SyncHarness.rows(to, list)).isEmpty();
    }
  }

  /** The same for a sync that began with a copy. */
  void assertHistorySinceCopy() throws SQLException {
    try (Connection from = source();
        Connection to = target()) {
      SyncHarness.awaitEqual(from, Counters.STATE, to, Counters.STATE);
      Audit.read(to).assertEndOf(Audit.read(from));
    }
  }

  /** Loses a task manager as if its machine had gone, and starts another. */
  static final class TaskManagers {
    private final EmbeddedFlink flink;
    private int next;

    TaskManagers(EmbeddedFlink flink) {
      this.flink = flink;
    }

    void lose() {
      flink.terminateTaskManager(next++);
      flink.startTaskManager();
    }
  }

  @Override
  public void close() throws IOException {
    toSource.close();
    toTarget.close();
  }
}
