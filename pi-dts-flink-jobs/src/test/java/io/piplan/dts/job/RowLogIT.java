package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Secret.LiteralSecret;
import io.piplan.dts.jdbc.BinlogEnd;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a server's binlog tells of one row. */
@ExtendWith(ServersExtension.class)
class RowLogIT {
  private final Servers servers;
  @TempDir Path state;
  private EmbeddedMySql server;
  private String database;
  private Connection source;

  RowLogIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    server = servers.mySqlA();
    database = server.createDatabase("log");
    source = SyncHarness.connect(server, database);
    run("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20), b VARBINARY(9))");
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
  }

  private void run(String... statements) throws SQLException {
    SyncHarness.run(source, statements);
  }

  private Lsn end() throws SQLException {
    return BinlogEnd.read(source).orElseThrow();
  }

  private DatabaseRef as(String user, String password) {
    return new DatabaseRef(
        new MySqlServer(server.host(), server.port(), user, new LiteralSecret(password)), database);
  }

  private RowLog log(LogRange range) {
    return log(range, "7");
  }

  private RowLog log(LogRange range, String key) {
    return RowLogReader.read(
        as(server.user(), server.password()), "t", List.of(key), range, progress -> {});
  }

  private static List<String> ops(RowLog log) {
    return log.changes().stream().map(RowLog.Change::op).toList();
  }

  @Test
  void changesOfARowWithBothImages() throws Exception {
    Lsn begin = end();
    Instant before = Instant.now().minusSeconds(2);
    run(
        "INSERT INTO t VALUES (7, 'a', x'00ff'), (8, 'other', NULL)",
        "UPDATE t SET v = '名'",
        "UPDATE t SET id = 70 WHERE id = 7",
        "UPDATE t SET v = 'elsewhere' WHERE id = 70",
        "INSERT INTO t VALUES (7, NULL, NULL)",
        "DELETE FROM t WHERE id = 7");
    List<RowLog.Progress> told = new ArrayList<>();
    RowLog log =
        RowLogReader.read(
            as(server.user(), server.password()),
            "t",
            List.of("7"),
            LogRange.since(begin.toString()),
            told::add);

    assertThat(log.problem()).isNull();
    assertThat(ops(log)).containsExactly("INSERT", "UPDATE", "UPDATE", "INSERT", "DELETE");
    assertThat(log.found()).isEqualTo(5);
    RowLog.Change first = log.changes().get(0);
    assertThat(first.before()).isNull();
    assertThat(first.after()).isEqualTo(Map.of("id", "7", "v", "a", "b", "0x00ff"));
    assertThat(log.changes().get(1).before()).containsEntry("v", "a");
    assertThat(log.changes().get(1).after()).containsEntry("v", "名");
    assertThat(log.changes().get(2).after()).containsEntry("id", "70");
    assertThat(log.changes().get(4).before()).containsEntry("v", null);
    assertThat(log.changes().get(4).after()).isNull();
    assertThat(log.changes()).allMatch(change -> !change.ofSync());
    for (RowLog.Change change : log.changes()) {
      assertThat(Instant.parse(change.time())).isBetween(before, Instant.now());
      assertThat(change.gtid())
          .matches(server.isMariaDb() ? "\\d+-\\d+-\\d+" : "[0-9a-f-]{36}:\\d+");
      assertThat(change.place()).startsWith(begin.file() + ":");
    }
    assertThat(log.changes().stream().map(RowLog.Change::gtid).distinct()).hasSize(5);
    assertThat(log.from()).isEqualTo(begin.toString());
    assertThat(log.bytes()).isPositive();
    assertThat(told).isNotEmpty().allMatch(p -> p.bytes() <= p.ofBytes());

    // From the middle on, as a place is printed; and of a time to come.
    assertThat(ops(log(LogRange.since(log.changes().get(3).place()))))
        .containsExactly("INSERT", "DELETE");
    assertThat(log(LogRange.since(Instant.now().plusSeconds(3600).toString())).found()).isZero();
    assertThat(log(LogRange.since(before.toString())).found()).isEqualTo(5);
    assertThat(log(LogRange.NONE)).isNull();
  }

  @Test
  void theNewestFilesAndTheNewestChanges() throws Exception {
    run("INSERT INTO t VALUES (7, 'in an old file', NULL)", "FLUSH BINARY LOGS");
    // More than a megabyte of other tables.
    run("CREATE TABLE noise (id INT PRIMARY KEY AUTO_INCREMENT, v LONGTEXT)");
    for (int i = 0; i < 2; i++) {
      run("INSERT INTO noise (v) VALUES (REPEAT('x', 700000))");
    }
    for (int i = 0; i < 30; i++) {
      run("UPDATE t SET v = 'v" + i + "' WHERE id = 7");
    }
    RowLog newest = log(LogRange.newest(1));
    assertThat(newest.found()).isEqualTo(30);
    assertThat(newest.changes()).hasSize(20);
    assertThat(newest.changes().get(19).after()).containsEntry("v", "v29");
    assertThat(newest.from()).endsWith(":4");
    assertThat(newest.bytes()).isBetween(1_400_000L, 3_000_000L);
    RowLog more = log(LogRange.newest(3));
    assertThat(more.found()).isEqualTo(31);
  }

  @Test
  void beyondAChangeOfTheTable() throws Exception {
    Lsn begin = end();
    run(
        "INSERT INTO t VALUES (7, 'before', NULL)",
        "ALTER TABLE t ADD COLUMN n INT DEFAULT 5 FIRST",
        "UPDATE t SET v = 'behind' WHERE id = 7");
    RowLog log = log(LogRange.since(begin.toString()));
    assertThat(ops(log)).containsExactly("TABLE", "UPDATE");
    assertThat(log.changes().get(0).statement()).contains("ALTER TABLE t ADD COLUMN n");
    assertThat(log.changes().get(1).before()).containsEntry("n", "5").containsEntry("v", "before");
    assertThat(log.problem()).contains("rows left out", "4 columns now, but had 3");
  }

  /** A sync that follows changes of tables knows what they were like. */
  @Test
  void ofASyncThatFollowsChangesOfTables() throws Exception {
    run("INSERT INTO t VALUES (7, 'copied', NULL)");
    String to = servers.mySqlB().createDatabase("log");
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 4, Map.of());
        SyncHarness syncs = new SyncHarness(flink, state);
        Connection target = SyncHarness.connect(servers.mySqlB(), to)) {
      String sync =
          syncs.start(
              SyncHarness.mySqlCatalog("a", server)
                  + SyncHarness.mySqlCatalog("b", servers.mySqlB())
                  + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'ddl' = 'evolve',"
                      .formatted(database, to, database)
                  + " 'checkpoint.interval' = '300 ms', 'parallelism' = '1');",
              SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      Lsn begin = end();
      run(
          "UPDATE t SET v = 'before' WHERE id = 7",
          "ALTER TABLE t ADD COLUMN n INT DEFAULT 5 FIRST",
          "UPDATE t SET v = 'behind' WHERE id = 7");
      String rows = "SELECT id, v, n FROM t";
      SyncHarness.awaitEqual(source, rows, target, rows);
      FlinkSyncRepair repairs =
          new FlinkSyncRepair(state, SecretLookup.ofProcess(), Clock.systemUTC());
      RowHistory history =
          repairs.why(sync, "t", List.of("7"), LogRange.since(begin.toString()), progress -> {});
      assertThat(history.comparison()).isEqualTo("the same on both sides");
      assertThat(history.log().problem()).isNull();
      assertThat(ops(history.log())).containsExactly("UPDATE", "TABLE", "UPDATE");
      assertThat(history.log().changes().get(0).after())
          .containsEntry("v", "before")
          .doesNotContainKey("n");
      assertThat(history.log().changes().get(2).after()).containsEntry("n", "5");
      assertThat(history.lastChange().place()).isEqualTo(history.log().changes().get(2).place());
      assertThat(history.lastChange().outcome())
          .isIn("its writer is at it", "passed by its writer");
      // The sync has not noticed that somebody else has read.
      run("UPDATE t SET v = 'on' WHERE id = 7");
      SyncHarness.awaitEqual(source, rows, target, rows);
      assertThat(syncs.control().status(sync).failure()).isEmpty();
      // Under its earlier name, which another table has now.
      run(
          "RENAME TABLE t TO u",
          "CREATE TABLE t (id INT PRIMARY KEY, other INT)",
          "INSERT INTO t VALUES (7, 1)",
          "UPDATE u SET v = 'u' WHERE id = 7");
      SyncHarness.awaitEqual(source, "SELECT id, v, n FROM u", target, "SELECT id, v, n FROM u");
      RowHistory renamed =
          repairs.why(sync, "u", List.of("7"), LogRange.since(begin.toString()), progress -> {});
      assertThat(renamed.log().problem()).isNull();
      assertThat(ops(renamed.log()))
          .containsExactly("UPDATE", "TABLE", "UPDATE", "UPDATE", "TABLE", "UPDATE");
      assertThat(renamed.log().changes().get(0).after()).containsEntry("v", "before");
      assertThat(renamed.log().changes().get(4).statement()).contains("RENAME");
      assertThat(renamed.log().changes().get(5).after()).containsEntry("v", "u");
    }
  }

  @Test
  void theRightsOfASyncAreEnoughAndLessIsSaid() throws Exception {
    run("INSERT INTO t VALUES (7, 'a', NULL)");
    String status = server.isMariaDb() ? "BINLOG MONITOR" : "REPLICATION CLIENT";
    String user = "w_" + database;
    String select = "SELECT ON `" + database + "`.*";
    String password =
        SyncHarness.createUser(server, user, select, "REPLICATION SLAVE, " + status + " ON *.*");
    RowLog log =
        RowLogReader.read(
            as(user, password), "t", List.of("7"), LogRange.newest(1), progress -> {});
    assertThat(log.problem()).isNull();
    assertThat(ops(log)).contains("INSERT");

    String poor = "x_" + database;
    String itsPassword = SyncHarness.createUser(server, poor, select);
    RowLog refused =
        RowLogReader.read(
            as(poor, itsPassword), "t", List.of("7"), LogRange.newest(1), progress -> {});
    assertThat(refused.problem()).contains("refuses user '" + poor + "'");
    assertThat(refused.found()).isZero();
  }

  @Test
  void whatIsNotThereIsSaid() {
    assertThat(log(LogRange.since("binlog.999999:4")).problem())
        .contains("no longer has binlog file binlog.999999");
    assertThatThrownBy(() -> LogRange.since("yesterday"))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("neither a place in a binlog nor a time")
        .hasMessageContaining("binlog.000012:4711");
    assertThatThrownBy(() -> LogRange.newest(-1)).isInstanceOf(DtsException.class);
    assertThatThrownBy(() -> log(LogRange.newest(1), "seven"))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("'seven' is no value of column id");
  }
}
