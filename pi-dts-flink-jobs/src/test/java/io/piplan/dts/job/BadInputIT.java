package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is wrong is refused with where, what and a remedy, and nothing is left behind. */
@ExtendWith(ServersExtension.class)
class BadInputIT {
  private static EmbeddedFlink flink;

  private final Servers servers;
  @TempDir Path state;
  private SyncHarness syncs;
  private String database;
  private String targetDatabase;

  BadInputIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startFlink() {
    flink = EmbeddedFlink.start(1, 12, Map.of());
  }

  @AfterAll
  static void stopFlink() {
    flink.close();
  }

  @BeforeEach
  void start() throws SQLException {
    syncs = new SyncHarness(flink, state);
    database = servers.mySqlA().createDatabase("bad");
    targetDatabase = servers.mySqlB().createDatabase("bad");
    onSource(
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50))", "INSERT INTO t VALUES (1, 'one')");
  }

  @AfterEach
  void stop() {
    syncs.close();
  }

  private void onSource(String... statements) throws SQLException {
    try (Connection source = SyncHarness.connect(servers.mySqlA(), database)) {
      SyncHarness.run(source, statements);
    }
  }

  private void onTarget(String... statements) throws SQLException {
    try (Connection target = SyncHarness.connect(servers.mySqlB(), targetDatabase)) {
      SyncHarness.run(target, statements);
    }
  }

  private List<List<String>> onTargetRows(String query) {
    try (Connection target = SyncHarness.connect(servers.mySqlB(), targetDatabase)) {
      return SyncHarness.rows(target, query);
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
  }

  private String sourceCatalog() {
    return SyncHarness.mySqlCatalog("a", servers.mySqlA());
  }

  private String targetCatalog() {
    return SyncHarness.mySqlCatalog("b", servers.mySqlB());
  }

  private String sync(String clauses, String options) {
    return "SYNC DATABASE a.`%s` TO b.`%s` %s WITH ('name' = '%s', 'checkpoint.interval' = '500 ms'%s);"
        .formatted(database, targetDatabase, clauses, database, options);
  }

  private String definition(String options) {
    return sourceCatalog() + targetCatalog() + sync("", options);
  }

  /** Refused with that error and these words; nothing runs, is created or remembered. */
  private void refused(String definition, DtsError error, String... words) {
    refused(definition, database, error, words);
  }

  private void refused(String definition, String name, DtsError error, String... words) {
    List<List<String>> before = onTargetRows("SHOW TABLES");
    DtsException e =
        catchThrowableOfType(
            DtsException.class, () -> syncs.start(definition, SyncLauncher.Start.CONTINUE));
    assertThat(e).as("refused").isNotNull();
    assertThat(e.error()).as(e.getMessage()).isEqualTo(error);
    assertThat(e.getMessage()).contains(words);
    assertThat(e.remedy()).isNotBlank();
    assertThat(new FlinkRest(flink.rest().toString()).jobs())
        .noneMatch(job -> job.name().equals(name));
    assertThat(onTargetRows("SHOW TABLES")).isEqualTo(before);
    assertThat(new SyncStore(state).find(name)).isEmpty();
  }

  @Test
  void definitions() throws SQLException {
    refused(
        definition(", 'paralelism' = '2'"),
        DtsError.DEFINITION_UNKNOWN_OPTION,
        "test.sql:",
        "paralelism",
        "parallelism");
    refused(
        definition(", 'parallelism' = 'many'"),
        DtsError.DEFINITION_BAD_OPTION,
        "test.sql:",
        "parallelism",
        "many");
    refused(
        sourceCatalog() + targetCatalog() + sync("INCLUDING TABLES (t, nosuch)", ""),
        DtsError.SOURCE_MISSING_TABLE,
        database + ".nosuch");
    onSource("CREATE TABLE keyless (v INT)");
    refused(definition(""), DtsError.SOURCE_NO_KEY, database + ".keyless", "append-only.tables");
  }

  /** Before anybody connects: only MySQL and MariaDB hold such dates. */
  @Test
  void zeroDatesAreKeptByMySqlOnly() {
    refused(
        sourceCatalog()
            + SyncHarness.postgresCatalog("b", servers.postgres(), "postgres")
            + sync("", ", 'zero-dates' = 'keep'"),
        DtsError.DEFINITION_BAD_OPTION,
        "test.sql:",
        "'zero-dates'",
        "'pi-postgres'");
  }

  @Test
  void targets() throws SQLException {
    refused(
        definition(", 'target.tables' = 'existing'"),
        DtsError.TARGET_MISSING_TABLE,
        "[t]",
        targetDatabase);
    refused(
        definition("").replace("b.`" + targetDatabase, "b.`no_such_database"),
        DtsError.TARGET_MISSING_TABLE,
        "no_such_database");
    onTarget(
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50))", "INSERT INTO t VALUES (7, 'mine')");
    refused(definition(""), DtsError.TARGET_NOT_EMPTY, "[t]", "target.not-empty");
    assertThat(onTargetRows("SELECT a FROM t")).containsExactly(List.of("mine"));
  }

  @Test
  void serversAndAccounts() throws SQLException {
    int a = servers.mySqlA().port();
    int b = servers.mySqlB().port();
    String syncs = sync("", "");
    refused(
        SyncHarness.mySqlCatalog("a", a, "root", "sesame") + targetCatalog() + syncs,
        DtsError.SOURCE_ACCESS_DENIED,
        "127.0.0.1:" + a,
        "'root'");
    refused(
        sourceCatalog() + SyncHarness.mySqlCatalog("b", b, "root", "sesame") + syncs,
        DtsError.TARGET_ACCESS_DENIED,
        "127.0.0.1:" + b,
        "'root'");
    refused(
        SyncHarness.mySqlCatalog("a", 1, "root", "sesame") + targetCatalog() + syncs,
        DtsError.SOURCE_UNREACHABLE,
        "127.0.0.1:1");
    refused(
        sourceCatalog() + SyncHarness.mySqlCatalog("b", 1, "root", "sesame") + syncs,
        DtsError.TARGET_UNREACHABLE,
        "127.0.0.1:1");
    int pg = servers.postgres().port();
    refused(
        sourceCatalog()
            + SyncHarness.postgresCatalog(
                "b", servers.postgres(), "postgres", servers.postgres().user(), "sesame")
            + syncs,
        DtsError.TARGET_ACCESS_DENIED,
        "127.0.0.1:" + pg,
        "'" + servers.postgres().user() + "'");
    refused(
        sourceCatalog()
            + SyncHarness.postgresCatalog(
                "b", servers.postgres(), "postgres", "nobody_" + database, "sesame")
            + syncs,
        DtsError.TARGET_ACCESS_DENIED,
        "127.0.0.1:" + pg,
        "'nobody_" + database + "'");
    refused(
        sourceCatalog()
            + SyncHarness.postgresCatalog("b", 1, servers.postgres(), "postgres", "")
            + syncs,
        DtsError.TARGET_UNREACHABLE,
        "127.0.0.1:1");
    String user = "m_" + database;
    String password =
        SyncHarness.createUser(servers.mySqlA(), user, "SELECT ON `" + database + "`.*");
    refused(
        SyncHarness.mySqlCatalog("a", a, user, password) + targetCatalog() + syncs,
        DtsError.SOURCE_ACCESS_DENIED,
        user,
        "REPLICATION CLIENT");
    String blind = "b_" + database;
    String blindPassword =
        SyncHarness.createUser(
            servers.mySqlA(), blind, "REPLICATION SLAVE, REPLICATION CLIENT ON *.*");
    refused(
        SyncHarness.mySqlCatalog("a", a, blind, blindPassword) + targetCatalog() + syncs,
        DtsError.SOURCE_MISSING_TABLE,
        database);
  }

  @Test
  void binlogs() throws SQLException {
    refused(
        definition(
            ", 'scan.startup.mode' = 'specific-offset',"
                + " 'scan.startup.specific-offset.file' = 'binlog.900000'"),
        DtsError.SOURCE_BINLOG_PURGED,
        "binlog.900000",
        "position 4");
    try (EmbeddedMySql own =
        servers.startMySql(
            MySqlOptions.defaults().withServerId(31).withArgument("--binlog-format=STATEMENT"))) {
      refused(on(own), DtsError.SOURCE_BINLOG_FORMAT, "binlog_format", "STATEMENT", "ROW");
      try (Connection root = SyncHarness.connect(own, "")) {
        SyncHarness.run(
            root, "SET GLOBAL binlog_format = 'ROW'", "SET GLOBAL binlog_row_image = 'MINIMAL'");
      }
      refused(on(own), DtsError.SOURCE_BINLOG_FORMAT, "binlog_row_image", "MINIMAL", "FULL");
    }
    try (EmbeddedMySql own =
        servers.startMySql(
            MySqlOptions.defaults().withServerId(32).withArgument("--skip-log-bin"))) {
      refused(on(own), DtsError.SOURCE_BINLOG_OFF, "127.0.0.1:" + own.port());
    }
  }

  /** The definition with another source, which gets the table as well. */
  private String on(EmbeddedMySql own) throws SQLException {
    try (Connection root = SyncHarness.connect(own, "")) {
      SyncHarness.run(
          root,
          "CREATE DATABASE IF NOT EXISTS `" + database + "`",
          "CREATE TABLE IF NOT EXISTS `" + database + "`.t (id INT PRIMARY KEY, a VARCHAR(50))");
    }
    return SyncHarness.mySqlCatalog("a", own) + targetCatalog() + sync("", "");
  }

  @Test
  void changedDefinitionAgainstItsSavepoint() {
    String sync = syncs.start(definition(""), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    DtsException running =
        catchThrowableOfType(
            DtsException.class, () -> syncs.start(definition(""), SyncLauncher.Start.CONTINUE));
    assertThat(running.error()).isEqualTo(DtsError.SYNC_RUNNING);
    String savepoint = syncs.control().stop(sync);
    DtsException changed =
        catchThrowableOfType(
            DtsException.class,
            () ->
                syncs.start(
                    definition(", 'delivery' = 'at-least-once'"), SyncLauncher.Start.CONTINUE));
    assertThat(changed.error()).isEqualTo(DtsError.DEFINITION_CHANGED);
    assertThat(changed.getMessage()).contains("delivery was 'exactly-once', is 'at-least-once'");
    assertThat(new SyncStore(state).find(sync).orElseThrow().savepoint()).isEqualTo(savepoint);
  }

  @Test
  void rowThatDoesNotFitStopsTheSync() throws SQLException {
    onTarget(
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50), CONSTRAINT short CHECK (a <> 'bad'))");
    String sync = syncs.start(definition(", 'parallelism' = '1'"), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    onSource("INSERT INTO t VALUES (2, 'two')", "INSERT INTO t VALUES (3, 'bad')");
    onSource("INSERT INTO t VALUES (4, 'four')");
    SyncStatus failed = awaitFailed(sync);
    assertThat(failed.failure()).contains("PI-3005", "t, key (id=3)", "binlog", "remedy");
    assertThat(onTargetRows("SELECT id FROM t WHERE id >= 3")).isEmpty();
  }

  @Test
  void deadLettersLetTheStreamGoOn() throws SQLException {
    onTarget(
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50), CONSTRAINT short CHECK (a <> 'bad'))");
    String sync =
        syncs.start(definition(", 'bad-rows' = 'dead-letter'"), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    onSource("INSERT INTO t VALUES (2, 'two')", "INSERT INTO t VALUES (3, 'bad')");
    onSource("INSERT INTO t VALUES (4, 'four')");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> onTargetRows("SELECT id FROM t").size() == 3);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> syncs.control().status(sync).deadLetters() == 1);
    List<String> letter =
        onTargetRows("SELECT tab, op, after_row, reason FROM pi_dts_dead_letter").get(0);
    assertThat(letter.subList(0, 2)).containsExactly("t", "INSERT");
    assertThat(letter.get(2)).contains("\"bad\"");
    assertThat(letter.get(3)).contains("id=3");
    assertThat(onTargetRows("SELECT id FROM t ORDER BY id"))
        .containsExactly(List.of("1"), List.of("2"), List.of("4"));
  }

  @Test
  void columnsTooNarrowAreNamed() throws SQLException {
    onTarget("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(4))");
    refused(
        definition(""),
        DtsError.TARGET_MISMATCH,
        "PI-3004 target table "
            + targetDatabase
            + ".t column 'a' varchar(4) cannot take every value of "
            + database
            + ".t.a varchar(50) utf8mb4: expected varchar(50) or wider",
        "remedy: change the target's column to varchar(50) CHARACTER SET utf8mb4");
  }

  @Test
  void charsetsThatCannotHoldTheTextAreNamed() throws SQLException {
    onTarget("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50) CHARACTER SET latin1)");
    refused(
        definition(""),
        DtsError.TARGET_MISMATCH,
        "PI-3004 target table "
            + targetDatabase
            + ".t column 'a' varchar(50) cannot take every value of "
            + database
            + ".t.a varchar(50) utf8mb4: character set latin1 does not have every character of"
            + " utf8mb4",
        "remedy: change the target's column to varchar(50) CHARACTER SET utf8mb4");
  }

  @Test
  void twoSyncsWithOneServerId(@TempDir Path elsewhere) throws SQLException {
    String options = ", 'server-id' = '5123'";
    syncs.awaitCopied(syncs.start(definition(options), SyncLauncher.Start.CONTINUE));
    String second = servers.mySqlB().createDatabase("bad");
    String name = "second_" + second;
    String definition =
        definition(options)
            .replace("'name' = '" + database, "'name' = '" + name)
            .replace("b.`" + targetDatabase, "b.`" + second);
    refused(
        definition,
        name,
        DtsError.SOURCE_SERVER_ID_TAKEN,
        "server-id 5123",
        database,
        "'server-id'");
    // One with another state directory is found among the source's replicas, if the user may ask.
    try (SyncHarness others = new SyncHarness(flink, elsewhere)) {
      DtsException taken =
          catchThrowableOfType(
              DtsException.class, () -> others.start(definition, SyncLauncher.Start.CONTINUE));
      assertThat(taken.error()).isEqualTo(DtsError.SOURCE_SERVER_ID_TAKEN);
      assertThat(taken.getMessage()).contains("5123", "sync bad");
      if (!servers.mySqlA().isMariaDb()) {
        // Whoever may read the binlog may ask there.
        return;
      }
      String user = "q_" + database;
      String password =
          SyncHarness.createUser(
              servers.mySqlA(), user, "SELECT, REPLICATION SLAVE, BINLOG MONITOR ON *.*");
      others.start(
          SyncHarness.mySqlCatalog("a", servers.mySqlA().port(), user, password)
              + definition.substring(definition.indexOf("CREATE CATALOG b")),
          SyncLauncher.Start.CONTINUE);
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(
                          syncs.control().status(database).failure()
                              + others.control().status(name).failure())
                      .contains("PI-2006", "server-id"));
    }
  }

  private SyncStatus awaitFailed(String sync) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> syncs.control().status(sync), status -> status.state().equals("FAILED"));
  }
}
