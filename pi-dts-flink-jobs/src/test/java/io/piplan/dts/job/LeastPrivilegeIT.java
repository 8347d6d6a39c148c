package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.check.CheckCode;
import io.piplan.dts.check.CheckReport;
import io.piplan.dts.check.Finding;
import io.piplan.dts.check.Severity;
import io.piplan.dts.job.GrantsFile.Option;
import io.piplan.dts.schema.VersionInstallation;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rights of {@code sql/least-privilege-grants.sql} and {@code sql/sites/grants.sql}, as they
 * stand there, are enough: no error, and it runs.
 */
@ExtendWith(ServersExtension.class)
class LeastPrivilegeIT {
  private static final List<String> TABLES = List.of("parent", "child", "swap", "plain");

  private static final String NUMBERS =
      "WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000) ";

  private static EmbeddedFlink flink;
  private static GrantsFile grants;

  private final Servers servers;
  @TempDir Path state;
  private SyncHarness syncs;
  private String database;
  private String source;

  LeastPrivilegeIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startFlink() throws IOException {
    flink = EmbeddedFlink.start(1, 8, Map.of());
    grants = GrantsFile.read("least-privilege-grants.sql");
  }

  @AfterAll
  static void stopFlink() {
    flink.close();
  }

  @BeforeEach
  void start() throws SQLException {
    syncs = new SyncHarness(flink, state);
    database = servers.mySqlA().createDatabase("least");
    String user = "s_" + database;
    String password = grants.create(servers.mySqlA(), user, "pi_source", database);
    source = SyncHarness.mySqlCatalog("a", servers.mySqlA().port(), user, password);
    onSource(
        "CREATE TABLE parent (id INT PRIMARY KEY, name VARCHAR(50) NOT NULL COMMENT 'a name')",
        "CREATE TABLE child (id INT PRIMARY KEY AUTO_INCREMENT, parent INT NOT NULL, KEY k (parent),"
            + " FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE)",
        "CREATE TABLE swap (id INT PRIMARY KEY, u INT, UNIQUE KEY (u))",
        "CREATE TABLE plain (id INT PRIMARY KEY, v TEXT) COMMENT 'a table'",
        "INSERT INTO swap VALUES (1, 1), (2, 2), (3, 3)",
        "INSERT INTO plain " + NUMBERS + "SELECT n, 'v' FROM numbers",
        "INSERT INTO parent SELECT id, CONCAT('p', id) FROM plain WHERE id <= 500",
        "INSERT INTO child SELECT id, 1 + id % 500 FROM plain");
  }

  @AfterEach
  void stop() {
    syncs.close();
  }

  private void onSource(String... statements) throws SQLException {
    try (Connection connection = SyncHarness.connect(servers.mySqlA(), database)) {
      SyncHarness.run(connection, statements);
    }
  }

  private String sync(String schema, String options) {
    return "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'checkpoint.interval' = '500 ms'%s);"
        .formatted(database, schema, database, options);
  }

  /** No finding against it, a start, changes of every kind, a stop and a start again. */
  private void runs(String definition, Connection target, String prefix) throws SQLException {
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
      CheckReport report = launcher.check("test.sql", definition, state);
      assertThat(report.of(Severity.ERROR)).isEmpty();
    }
    String sync = syncs.start(definition, SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    onSource(
        "INSERT INTO parent VALUES (9001, 'late')",
        "INSERT INTO child VALUES (9001, 9001)",
        "UPDATE swap SET u = CASE u WHEN 1 THEN 20 WHEN 2 THEN 10 ELSE u END",
        "UPDATE swap SET u = CASE u WHEN 10 THEN 1 WHEN 20 THEN 2 ELSE u END",
        "DELETE FROM parent WHERE id <= 100",
        "UPDATE plain SET id = id + 5000 WHERE id <= 10");
    awaitEqual(target, prefix);
    syncs.control().stop(sync);
    onSource(
        "INSERT INTO plain VALUES (7777, 'while stopped')", "DELETE FROM child WHERE id = 9001");
    syncs.start(definition, SyncLauncher.Start.CONTINUE);
    onSource("INSERT INTO plain VALUES (7778, 'started again')");
    awaitEqual(target, prefix);
    assertThat(syncs.control().status(sync).failure()).isEmpty();
    mends(sync, target, prefix);
  }

  /** With the same two accounts. */
  private void mends(String sync, Connection target, String prefix) throws SQLException {
    SyncHarness.run(
        target,
        "UPDATE " + prefix + "plain SET v = 'damaged' WHERE id = 50",
        "DELETE FROM " + prefix + "swap WHERE id = 3");
    FlinkSyncRepair repairs =
        new FlinkSyncRepair(state, SecretLookup.ofProcess(), Clock.systemUTC());
    RepairReport row =
        repairs.repair(
            sync,
            new SyncRepair.Rows("plain", List.of(List.of("50")), Optional.empty()),
            DiffProgress.NONE,
            status -> {});
    assertThat(row.before().differences()).isEqualTo(1);
    assertThat(row.after().differences()).isZero();
    long id = repairs.resync(sync, "swap", Optional.empty());
    assertThat(repairs.awaitResync(sync, id, status -> {}).state()).isEqualTo("DONE");
    assertThat(
            repairs
                .compare(
                    sync,
                    new SyncRepair.Rows("swap", List.of(), Optional.empty()),
                    DiffProgress.NONE)
                .differences())
        .isZero();
    RowHistory history =
        repairs.why(sync, "plain", List.of("7778"), LogRange.newest(1), progress -> {});
    assertThat(history.comparison()).isEqualTo("the same on both sides");
    assertThat(history.log().problem()).isNull();
    assertThat(history.log().found()).isPositive();
  }

  private void awaitEqual(Connection target, String prefix) throws SQLException {
    try (Connection from = SyncHarness.connect(servers.mySqlA(), database)) {
      for (String table : TABLES) {
        String rows = " ORDER BY id";
        SyncHarness.awaitEqual(
            from,
            "SELECT * FROM " + table + rows,
            target,
            "SELECT * FROM " + prefix + table + rows);
      }
    }
  }

  @Test
  void onMySql() throws SQLException {
    String schema = servers.mySqlB().createDatabase("least");
    String user = "t_" + schema;
    String password = grants.create(servers.mySqlB(), user, "pi_target", schema);
    try (Connection target = SyncHarness.connect(servers.mySqlB(), schema)) {
      runs(
          source
              + SyncHarness.mySqlCatalog("b", servers.mySqlB().port(), user, password)
              + sync(schema, ""),
          target,
          "");
    }
  }

  @Test
  void preparedTransactionsOnMySql() throws SQLException {
    String schema = servers.mySqlB().createDatabase("least");
    String user = "x_" + schema;
    String password =
        servers.mySqlB().isMariaDb()
            ? grants.create(servers.mySqlB(), user, "pi_target", schema)
            : grants.create(servers.mySqlB(), user, "pi_target", schema, Option.XA);
    try (Connection target = SyncHarness.connect(servers.mySqlB(), schema)) {
      runs(
          source
              + SyncHarness.mySqlCatalog("b", servers.mySqlB().port(), user, password)
              + sync(schema, ", 'delivery' = 'exactly-once-xa'"),
          target,
          "");
    }
  }

  @Test
  void changesOfTablesOnMySql() throws SQLException {
    String schema = servers.mySqlB().createDatabase("least");
    String user = "t_" + schema;
    String password = grants.create(servers.mySqlB(), user, "pi_target", schema, Option.DDL);
    try (Connection target = SyncHarness.connect(servers.mySqlB(), schema)) {
      followsChanges(
          source
              + SyncHarness.mySqlCatalog("b", servers.mySqlB().port(), user, password)
              + sync(schema, DdlLab.ALL),
          target,
          "");
    }
  }

  @Test
  void changesOfTablesOnPostgres() throws SQLException {
    String pg = servers.postgres().createDatabase("least");
    String user = "p_" + pg;
    try (Connection target = SyncHarness.connect(servers.postgres(), pg)) {
      SyncHarness.run(target, "CREATE USER " + user + " PASSWORD 'secret'", "CREATE SCHEMA shop");
      SyncHarness.run(target, grants.postgres(user, pg, "shop"));
      followsChanges(
          source
              + SyncHarness.postgresCatalog("b", servers.postgres(), pg, user, "secret")
              + sync("shop", DdlLab.ALL),
          target,
          "shop.");
    }
  }

  /** Of each kind one; foreign keys are left out, as targets get none. */
  private void followsChanges(String definition, Connection target, String prefix)
      throws SQLException {
    onSource("DROP TABLE child");
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
      assertThat(launcher.check("test.sql", definition, state).of(Severity.ERROR)).isEmpty();
    }
    String sync = syncs.start(definition, SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    onSource(
        "ALTER TABLE swap ADD COLUMN n INT DEFAULT 5, ADD INDEX by_n (n)",
        "ALTER TABLE swap DROP INDEX by_n",
        "ALTER TABLE swap CHANGE COLUMN n m BIGINT",
        "UPDATE swap SET m = 5000000000 WHERE id = 1",
        "CREATE TABLE made (id INT PRIMARY KEY, v INT)",
        "INSERT INTO made VALUES (1, 1)",
        "TRUNCATE TABLE made",
        "INSERT INTO made VALUES (2, 2)",
        "RENAME TABLE made TO named",
        "ALTER TABLE parent DROP COLUMN name",
        "DROP TABLE plain");
    try (Connection from = SyncHarness.connect(servers.mySqlA(), database)) {
      for (String rows : List.of("id, u, m FROM %sswap", "id, v FROM %snamed", "* FROM %sparent")) {
        String query = "SELECT " + rows + " ORDER BY 1";
        SyncHarness.awaitEqual(from, query.formatted(""), target, query.formatted(prefix));
      }
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                SyncHarness.rows(
                        target,
                        "SELECT 1 FROM information_schema.tables WHERE table_name = 'plain'"
                            + " AND table_schema = '"
                            + (prefix.isEmpty() ? target.getCatalog() : "shop")
                            + "'")
                    .isEmpty());
    assertThat(syncs.control().status(sync).failure()).isEmpty();
  }

  /** MariaDB's own name of a right, and the row of the heartbeat. */
  @Test
  void heartbeats() throws SQLException {
    String schema = servers.mySqlB().createDatabase("least");
    String reader = "h_" + database;
    Option[] options =
        servers.mySqlA().isMariaDb()
            ? new Option[] {Option.HEARTBEAT, Option.BINLOG_MONITOR}
            : new Option[] {Option.HEARTBEAT};
    String password = grants.create(servers.mySqlA(), reader, "pi_source", database, options);
    String user = "t_" + schema;
    String targetPassword = grants.create(servers.mySqlB(), user, "pi_target", schema);
    String definition =
        SyncHarness.mySqlCatalog("a", servers.mySqlA().port(), reader, password)
            + SyncHarness.mySqlCatalog("b", servers.mySqlB().port(), user, targetPassword)
            + sync(schema, ", 'heartbeat.interval' = '300 ms'");
    try (Connection target = SyncHarness.connect(servers.mySqlB(), schema)) {
      runs(definition, target, "");
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> SyncHarness.rows(target, "SELECT MAX(heartbeat_ms) FROM pi_dts_progress"),
              rows -> !rows.get(0).get(0).equals("0"));
    }
    List<Finding> without = errors(source, schema, user, targetPassword);
    assertThat(without)
        .singleElement()
        .satisfies(finding -> assertThat(finding.code()).isEqualTo(CheckCode.SOURCE_HEARTBEAT));
  }

  private List<Finding> errors(String from, String schema, String user, String password) {
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
      return launcher
          .check(
              "test.sql",
              from
                  + SyncHarness.mySqlCatalog("b", servers.mySqlB().port(), user, password)
                  + sync(schema, ", 'heartbeat.interval' = '300 ms'"),
              state)
          .of(Severity.ERROR);
    }
  }

  /** Tables are made, so that the user owns them; no right to session_replication_role. */
  @Test
  void onPostgres() throws SQLException {
    onPostgres("", new Option[0]);
  }

  @Test
  void preparedTransactionsOnPostgres() throws SQLException {
    onPostgres(", 'delivery' = 'exactly-once-xa'", new Option[0]);
  }

  /** The limits of a copy that look at the target; the replica is the target itself. */
  @Test
  void limitsOfACopyToPostgres() throws SQLException {
    onPostgres(
        ", 'copy.target-threads' = '200', 'copy.replica-lag' = '20 s', 'copy.replicas' ="
            + " '127.0.0.1:%d'".formatted(servers.postgres().port()),
        Option.TARGET_THREADS);
  }

  @Test
  void limitsOfACopyToMySql() throws SQLException {
    String schema = servers.mySqlB().createDatabase("least");
    String user = "t_" + schema;
    String password = grants.create(servers.mySqlB(), user, "pi_target", schema);
    int port = servers.mySqlB().port();
    try (Connection target = SyncHarness.connect(servers.mySqlB(), schema)) {
      runs(
          source
              + SyncHarness.mySqlCatalog("b", port, user, password)
              + sync(
                  schema,
                  ", 'copy.target-threads' = '200', 'copy.replica-lag' = '20 s', 'copy.replicas' ="
                      + " '127.0.0.1:%d'".formatted(port)),
          target,
          "");
    }
  }

  private void onPostgres(String options, Option... rights) throws SQLException {
    String pg = servers.postgres().createDatabase("least");
    String user = "p_" + pg;
    try (Connection target = SyncHarness.connect(servers.postgres(), pg)) {
      SyncHarness.run(target, "CREATE USER " + user + " PASSWORD 'secret'", "CREATE SCHEMA shop");
      SyncHarness.run(target, grants.postgres(user, pg, "shop", rights));
      runs(
          source
              + SyncHarness.postgresCatalog("b", servers.postgres(), pg, user, "secret")
              + sync("shop", options),
          target,
          "shop.");
    }
  }

  /** Tables of somebody else, with foreign keys, which must not act. */
  @Test
  void onPostgresTablesOfAnother() throws SQLException {
    String pg = servers.postgres().createDatabase("least");
    String user = "o_" + pg;
    try (Connection target = SyncHarness.connect(servers.postgres(), pg)) {
      SyncHarness.run(
          target,
          "CREATE USER " + user + " PASSWORD 'secret'",
          "CREATE SCHEMA shop",
          "CREATE TABLE shop.parent (id INT PRIMARY KEY, name VARCHAR(50) NOT NULL)",
          "CREATE TABLE shop.child (id INT PRIMARY KEY, parent INT NOT NULL"
              + " REFERENCES shop.parent ON DELETE CASCADE)",
          "CREATE TABLE shop.swap (id INT PRIMARY KEY, u INT UNIQUE)",
          "CREATE TABLE shop.plain (id INT PRIMARY KEY, v TEXT)");
      SyncHarness.run(
          target, grants.postgres(user, pg, "shop", Option.TABLES_OF_OTHERS, Option.FOREIGN_KEYS));
      runs(
          source
              + SyncHarness.postgresCatalog("b", servers.postgres(), pg, user, "secret")
              + sync("shop", ", 'target.tables' = 'existing'"),
          target,
          "shop.");
    }
  }

  /** Two sites with the rights of an account of a site. */
  private final class TwoSites {
    final Site bj = Site.create(1, "bj", servers.mySqlA());
    final Site sh = Site.create(2, "sh", servers.mySqlB());
    final Map<Site, String> passwords = new HashMap<>();
    final SiteMesh mesh;

    /** Each site's account makes its triggers. */
    TwoSites(Path folder, Option... options) throws Exception {
      GrantsFile ofSites = GrantsFile.read("sites/grants.sql");
      for (Site site : List.of(bj, sh)) {
        site.run(
            "SET GLOBAL log_bin_trust_function_creators = 1",
            "CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR(50), n INT NOT NULL)");
        passwords.put(
            site, ofSites.create(site.server(), user(site), "pi", site.database(), options));
        keepVersions(site, "t");
      }
      mesh = new SiteMesh(syncs, folder, List.of(bj, sh), "t");
    }

    private static String user(Site site) {
      return "z_" + site.database();
    }

    void keepVersions(Site site, String table) throws SQLException {
      try (Connection own =
          DriverManager.getConnection(
              site.server().jdbcUrl(site.database()), user(site), passwords.get(site))) {
        SyncHarness.run(
            own,
            new VersionInstallation(own, site.database())
                .install(List.of(table), site.zone(), site.zone())
                .toArray(String[]::new));
      }
    }

    /** No finding against either sync. */
    void start(String options) {
      for (Site from : List.of(bj, sh)) {
        Site to = from.equals(bj) ? sh : bj;
        String definition =
            mesh.definition(
                from,
                to,
                catalog("a", from, passwords.get(from)),
                catalog("b", to, passwords.get(to)),
                mesh.byVersion(from, to) + options);
        try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
          assertThat(launcher.check("test.sql", definition, state).of(Severity.ERROR)).isEmpty();
        }
        syncs.start(definition, SyncLauncher.Start.CONTINUE);
      }
      mesh.awaitCopied();
    }

    /** Changes that are sent, and one of a row that the site does not own. */
    void write() throws SQLException {
      // Of four ZSIDs bj owns 0 and 1.
      bj.run(
          "INSERT INTO t VALUES (4, 'a', 1), (8, 'b', 1), (12, 'c', 1)",
          "UPDATE t SET n = 2 WHERE id = 4",
          "DELETE FROM t WHERE id = 8",
          "INSERT INTO t VALUES (6, 'not mine', 1)");
      sh.run("INSERT INTO t VALUES (2, 'd', 1)", "UPDATE t SET id = 7 WHERE id = 2");
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> mesh.conflicts().size() == 1 && sh.number("SELECT COUNT(*) FROM t") == 3);
      bj.run("DELETE FROM t WHERE id = 6");
      mesh.awaitEqual("t");
      assertThat(bj.number("SELECT COUNT(*) FROM t")).isEqualTo(3);
    }
  }

  /** Once the triggers are there, ALTER goes. */
  @Test
  void betweenSites(@TempDir Path folder) throws Exception {
    TwoSites sites = new TwoSites(folder);
    for (Site site : List.of(sites.bj, sites.sh)) {
      site.run(
          "REVOKE ALTER ON `" + site.database() + "`.* FROM '" + TwoSites.user(site) + "'@'%'");
    }
    sites.start("");
    sites.write();
  }

  @Test
  void preparedTransactionsBetweenSites(@TempDir Path folder) throws Exception {
    TwoSites sites =
        servers.mySqlA().isMariaDb() ? new TwoSites(folder) : new TwoSites(folder, Option.XA);
    sites.start(", 'delivery' = 'exactly-once-xa'");
    sites.write();
  }

  /** The triggers of a renamed table are made anew by the account of the sync. */
  @Test
  void changesOfTablesBetweenSites(@TempDir Path folder) throws Exception {
    TwoSites sites = new TwoSites(folder, Option.DDL);
    sites.start(DdlLab.ALL);
    sites.write();
    sites.bj.run(
        "ALTER TABLE t ADD COLUMN m INT, ADD INDEX by_m (m)",
        "ALTER TABLE t DROP INDEX by_m",
        "RENAME TABLE t TO named");
    sites.keepVersions(sites.bj, "named");
    sites.mesh.awaitEqual("named");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                sites.sh.number(
                        "SELECT COUNT(*) FROM pi_dts_ddl WHERE statement LIKE 'RENAME%'"
                            + " AND state = 'done'")
                    == 1);
    sites.sh.run("INSERT INTO named (id, v, n, m) VALUES (11, 'sh', 1, 1)");
    sites.bj.run("INSERT INTO named (id, v, n, m) VALUES (16, 'bj', 1, 1)");
    sites.mesh.awaitEqual("named");
    assertThat(sites.bj.number("SELECT COUNT(*) FROM named")).isEqualTo(5);
  }

  private static String catalog(String name, Site site, String password) {
    return SyncHarness.mySqlCatalog(name, site.server().port(), "z_" + site.database(), password);
  }
}
