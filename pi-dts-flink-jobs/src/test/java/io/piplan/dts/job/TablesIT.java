package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tables of all kinds in whole syncs, to both targets: which are taken, and what names their rows.
 */
@ExtendWith(ServersExtension.class)
class TablesIT {
  private static final String NUMBERED = "SELECT id, v FROM %s ORDER BY id";

  private static EmbeddedFlink flink;

  private final Servers servers;
  @TempDir Path state;
  private SyncHarness syncs;
  private String from;
  private String to;
  private Connection source;
  private Connection target;

  TablesIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startFlink() {
    flink = EmbeddedFlink.start(1, 4, Map.of());
  }

  @AfterAll
  static void stopFlink() {
    flink.close();
  }

  @BeforeEach
  void start() throws SQLException {
    syncs = new SyncHarness(flink, state);
    from = servers.mySqlA().createDatabase("tables");
    source = SyncHarness.connect(servers.mySqlA(), from);
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    target.close();
    syncs.close();
  }

  private String catalogs(String kind) throws SQLException {
    boolean postgres = kind.equals("postgres");
    to =
        postgres
            ? servers.postgres().createDatabase("tables")
            : servers.mySqlB().createDatabase("tables");
    target =
        postgres
            ? SyncHarness.connect(servers.postgres(), to)
            : SyncHarness.connect(servers.mySqlB(), to);
    return SyncHarness.mySqlCatalog("a", servers.mySqlA())
        + (postgres
            ? SyncHarness.postgresCatalog("b", servers.postgres(), to)
            : SyncHarness.mySqlCatalog("b", servers.mySqlB()))
        + "SYNC DATABASE a.`"
        + from
        + "` TO b.`"
        + (postgres ? "public" : to)
        + "` ";
  }

  private String with(String options) {
    return " WITH ('name' = '" + from + "', 'checkpoint.interval' = '500 ms'" + options + ");";
  }

  private void awaitEqual(String query) {
    SyncHarness.awaitEqual(source, query, target, query);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void newTablesAreCopiedWhileTheOthersGoOn(String kind) throws Exception {
    SyncHarness.run(
        source,
        "CREATE TABLE t (id INT PRIMARY KEY, v INT)",
        "INSERT INTO t SELECT seq, 0 FROM " + EmbeddedMySql.numbers(1000),
        "CREATE TABLE later (id INT PRIMARY KEY, v INT)",
        "INSERT INTO later SELECT seq, seq FROM " + EmbeddedMySql.numbers(3000));
    String sync = catalogs(kind) + "EXCLUDING TABLES (%s, 'no\\_%%')" + with("");
    String name = syncs.start(sync.formatted("later"), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(name);
    // Made while it runs: with rows that are in the binlog, and with rows that never are.
    SyncHarness.run(
        source,
        "CREATE TABLE made (id INT PRIMARY KEY, v INT)",
        "INSERT INTO made SELECT seq, seq FROM " + EmbeddedMySql.numbers(3000),
        "CREATE TABLE no_thanks (id INT PRIMARY KEY, v INT)",
        "INSERT INTO no_thanks VALUES (1, 1)",
        "SET sql_log_bin = 0",
        "CREATE TABLE loaded (id INT PRIMARY KEY, v INT)",
        "INSERT INTO loaded SELECT seq, seq FROM " + EmbeddedMySql.numbers(3000),
        "SET sql_log_bin = 1");
    for (int i = 1; i <= 50; i++) {
      SyncHarness.run(
          source,
          "UPDATE t SET v = v + 1 WHERE id = " + i,
          "UPDATE made SET v = v + 1 WHERE id % 100 = " + i,
          "DELETE FROM loaded WHERE id = " + 10 * i,
          "INSERT INTO loaded VALUES (%d, 0)".formatted(5000 + i));
    }
    for (String table : List.of("t", "made", "loaded")) {
      awaitEqual(NUMBERED.formatted(table));
    }
    assertThat(syncs.control().status(name).state()).isEqualTo("RUNNING");
    assertThat(tablesOfTarget())
        .contains("t", "made", "loaded")
        .doesNotContain("later", "no_thanks");

    // A definition that takes one more table goes on from its savepoint and copies that one.
    syncs.control().stop(name);
    SyncHarness.run(source, "UPDATE later SET v = 7 WHERE id = 7");
    syncs.start(sync.formatted("nothing"), SyncLauncher.Start.CONTINUE);
    SyncHarness.run(source, "UPDATE later SET v = 8 WHERE id = 8", "UPDATE t SET v = 9");
    for (String table : List.of("t", "later")) {
      awaitEqual(NUMBERED.formatted(table));
    }
  }

  /** As a crash may leave a sync: the writers have come to a row of the second table. */
  @Test
  void anotherChoiceIsRefusedWithinATransaction() throws Exception {
    SyncHarness.run(
        source,
        "CREATE TABLE t (id INT PRIMARY KEY, v INT)",
        "CREATE TABLE u (id INT PRIMARY KEY, v INT)",
        "INSERT INTO u VALUES (1, 1)");
    String sync = catalogs("mysql") + "EXCLUDING TABLES (%s)" + with("");
    String name = syncs.start(sync.formatted("nothing"), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(name);
    syncs.control().stop(name);
    List<String> end = new Site(null, servers.mySqlA(), from).binlogEnd();
    source.setAutoCommit(false);
    SyncHarness.run(
        source,
        "INSERT INTO t VALUES (11, 1), (12, 2), (13, 3)",
        "INSERT INTO u VALUES (11, 1), (12, 2), (13, 3)");
    source.commit();
    source.setAutoCommit(true);
    SyncHarness.run(
        target,
        "INSERT INTO t VALUES (11, 1), (12, 2), (13, 3)",
        "INSERT INTO u VALUES (11, 1)",
        "UPDATE pi_dts_progress SET file = '%s', pos = %s, event = 2, row_no = 8"
            .formatted(end.get(0), end.get(1)));
    // The rows of u would be numbers 2, 4 and 6, as if all were there.
    for (String other : List.of(sync.formatted("t"), sync.formatted("t, nothing"))) {
      assertThatThrownBy(() -> syncs.start(other, SyncLauncher.Start.CONTINUE))
          .isInstanceOfSatisfying(
              DtsException.class,
              e -> {
                assertThat(e.error()).isEqualTo(DtsError.DEFINITION_CHANGED);
                assertThat(e.problem())
                    .contains("within a transaction (" + end.get(0) + ":" + end.get(1) + "+2.8)");
                assertThat(e.remedy()).contains("bin/pi sync stop", "--resync");
              });
    }
    syncs.start(sync.formatted("nothing"), SyncLauncher.Start.CONTINUE);
    awaitEqual(NUMBERED.formatted("t"));
    awaitEqual(NUMBERED.formatted("u"));
    SyncHarness.run(source, "INSERT INTO t VALUES (14, 4)");
    awaitEqual(NUMBERED.formatted("t"));
    syncs.control().stop(name);
    SyncHarness.run(source, "INSERT INTO u VALUES (14, 4)");
    syncs.start(sync.formatted("t"), SyncLauncher.Start.CONTINUE);
    awaitEqual(NUMBERED.formatted("u"));
  }

  private List<String> tablesOfTarget() throws SQLException {
    return SyncHarness.rows(
            target,
            "SELECT table_name FROM information_schema.tables WHERE table_schema IN ('public', '%s')"
                .formatted(to))
        .stream()
        .map(row -> row.get(0))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void rowsAreNamedByWhatKeyThereIs(String kind) throws Exception {
    SyncHarness.run(
        source,
        "CREATE TABLE by_unique (id INT NOT NULL, v INT, UNIQUE KEY (id))",
        "CREATE TABLE declared (id INT NOT NULL, day DATE NOT NULL, v INT)",
        "CREATE TABLE log (id INT, v INT)",
        "CREATE TABLE named (`the ``key\"` VARCHAR(20) PRIMARY KEY, `select` INT, `é 中` VARCHAR(9))",
        "CREATE TABLE computed (id INT PRIMARY KEY, v INT, doubled INT AS (v * 2) STORED,"
            + " virt INT AS (v + 1) VIRTUAL, hidden INT INVISIBLE DEFAULT 5)",
        "INSERT INTO by_unique VALUES (1, 1), (2, 2), (3, 3)",
        "INSERT INTO declared VALUES (1, '2024-01-01', 1), (1, '2024-01-02', 2), (2, '2024-01-01', 3)",
        "INSERT INTO log VALUES (1, 1), (1, 1), (NULL, 2)",
        "INSERT INTO named VALUES ('a', 1, 'x'), ('b', 2, NULL)",
        "INSERT INTO computed (id, v, hidden) VALUES (1, 1, 50), (2, 2, 60)");
    String name =
        syncs.start(
            catalogs(kind) + "KEYS (declared: (id, day))" + with(", 'append-only.tables' = 'log'"),
            SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(name);
    SyncHarness.run(
        source,
        "UPDATE by_unique SET v = 9 WHERE id = 1",
        "UPDATE by_unique SET id = 8 WHERE id = 2",
        "DELETE FROM by_unique WHERE id = 3",
        "INSERT INTO by_unique VALUES (4, NULL)",
        "UPDATE declared SET v = 9 WHERE day = '2024-01-02'",
        "UPDATE declared SET day = '2024-03-01' WHERE id = 2",
        "DELETE FROM declared WHERE v = 1",
        "INSERT INTO log VALUES (1, 1), (5, 5)",
        "UPDATE named SET `select` = 7 WHERE `the ``key\"` = 'a'",
        "DELETE FROM named WHERE `the ``key\"` = 'b'",
        "INSERT INTO named VALUES ('c', 3, '中')",
        "UPDATE computed SET v = 21, hidden = 70 WHERE id = 1",
        "INSERT INTO computed (id, v) VALUES (3, 3)",
        "DELETE FROM computed WHERE id = 2");
    awaitEqual(NUMBERED.formatted("by_unique"));
    awaitEqual("SELECT id, day, v FROM declared ORDER BY id, day");
    awaitEqual("SELECT COUNT(*), COUNT(id), SUM(v) FROM log");
    awaitEqual("SELECT id, v, doubled, virt, hidden FROM computed ORDER BY id");
    String quoted = "SELECT `the ``key\"`, `select`, `é 中` FROM named ORDER BY 1";
    SyncHarness.awaitEqual(
        source,
        quoted,
        target,
        kind.equals("postgres")
            ? "SELECT \"the `key\"\"\", \"select\", \"é 中\" FROM named ORDER BY 1"
            : quoted);

    SyncHarness.run(source, "DELETE FROM log WHERE id = 5");
    SyncStatus failed =
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> syncs.control().status(name), s -> s.state().equals("FAILED"));
    assertThat(failed.failure()).contains("PI-3005", "log", "append only");
  }
}
