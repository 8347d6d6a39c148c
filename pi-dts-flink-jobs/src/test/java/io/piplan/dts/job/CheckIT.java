package io.piplan.dts.job;

import static io.piplan.dts.check.Severity.ERROR;
import static io.piplan.dts.check.Severity.INFO;
import static io.piplan.dts.check.Severity.OK;
import static io.piplan.dts.check.Severity.WARNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.check.CheckCode;
import io.piplan.dts.check.CheckReport;
import io.piplan.dts.check.Finding;
import io.piplan.dts.check.Severity;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of finding, found on real servers; what is right is not complained about. */
@ExtendWith(ServersExtension.class)
class CheckIT {
  private final Servers servers;
  @TempDir Path state;
  private String database;
  private String target;

  CheckIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void databases() throws SQLException {
    database = servers.mySqlA().createDatabase("check");
    target = servers.mySqlB().createDatabase("check");
    onSource("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50))", "INSERT INTO t VALUES (1, 'x')");
  }

  private void onSource(String... statements) throws SQLException {
    on(servers.mySqlA(), database, statements);
  }

  private void onTarget(String... statements) throws SQLException {
    on(servers.mySqlB(), target, statements);
  }

  private static void on(EmbeddedDatabase server, String database, String... statements)
      throws SQLException {
    try (Connection connection = SyncHarness.connect(server, database)) {
      SyncHarness.run(connection, statements);
    }
  }

  private String sourceCatalog() {
    return SyncHarness.mySqlCatalog("a", servers.mySqlA());
  }

  private String targetCatalog() {
    return SyncHarness.mySqlCatalog("b", servers.mySqlB());
  }

  private String sync(String clauses, String options) {
    return "SYNC DATABASE a.`%s` TO b.`%s` %s WITH ('name' = '%s'%s);"
        .formatted(database, target, clauses, database, options);
  }

  private CheckReport check(String definition) {
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
      return launcher.check("test.sql", definition, state);
    }
  }

  private static List<CheckCode> codes(CheckReport report, Severity severity) {
    return report.of(severity).stream().map(Finding::code).distinct().toList();
  }

  private static Finding the(CheckReport report, CheckCode code) {
    List<Finding> found =
        report.findings().stream().filter(f -> f.code() == code && f.severity() != OK).toList();
    assertThat(found).as("%s in %s", code, report.findings()).hasSize(1);
    return found.get(0);
  }

  /** Nobody can hold it up once it is begun. */
  @Test
  void largeTablesThatCannotBeSplitAreTold() throws SQLException {
    onSource(
        "CREATE TABLE moods (mood ENUM('good', 'bad'), id INT, PRIMARY KEY (mood, id))",
        "INSERT INTO moods SELECT 1 + seq % 2, seq FROM " + EmbeddedMySql.numbers(20_000),
        "CREATE TABLE few LIKE moods",
        "ANALYZE TABLE moods");
    String definition =
        sourceCatalog() + targetCatalog() + sync("", ", 'copy.chunk-rows' = '1000'");
    CheckReport report = check(definition);
    assertThat(report.of(WARNING)).hasSize(1);
    Finding found = the(report, CheckCode.SOURCE_ONE_PIECE);
    assertThat(found.subject().table()).isEqualTo(database + ".moods");
    assertThat(found.message()).contains("table " + database + ".moods of about", "one piece");
    assertThat(check(definition.replace("1000", "20000")).of(WARNING)).isEmpty();
  }

  @Test
  void nothingIsComplainedAboutAndNothingIsChanged() throws SQLException {
    CheckReport report = check(sourceCatalog() + targetCatalog() + sync("", ""));
    assertThat(report.of(ERROR)).isEmpty();
    assertThat(report.of(WARNING)).isEmpty();
    assertThat(codes(report, OK))
        .contains(
            CheckCode.SOURCE_LOGIN,
            CheckCode.SOURCE_VERSION,
            CheckCode.SOURCE_BINLOG_OFF,
            CheckCode.SOURCE_BINLOG_FORMAT,
            CheckCode.SOURCE_ROW_IMAGE,
            CheckCode.SOURCE_SERVER_ID_TAKEN,
            CheckCode.SOURCE_GRANT,
            CheckCode.SOURCE_TIME_ZONE,
            CheckCode.SOURCE_KEY,
            CheckCode.TYPE_LOSS,
            CheckCode.TARGET_LOGIN,
            CheckCode.TARGET_SCHEMA,
            CheckCode.TARGET_GRANT,
            CheckCode.TARGET_CONTROL_TABLES,
            CheckCode.TARGET_LOCAL_INFILE,
            CheckCode.TARGET_PACKET);
    try (Connection b = SyncHarness.connect(servers.mySqlB(), target)) {
      assertThat(SyncHarness.rows(b, "SHOW TABLES")).isEmpty();
    }
    assertThat(Files.exists(state.resolve("syncs"))).isFalse();
  }

  @Test
  void settingsOfTheSource() throws SQLException {
    try (EmbeddedMySql own =
        servers.startMySql(
            MySqlOptions.defaults()
                .withServerId(41)
                .withArgument("--binlog-format=STATEMENT")
                .withArgument("--binlog-row-image=MINIMAL")
                .withArgument("--binlog-ignore-db=" + database)
                .withArgument("--binlog-expire-logs-seconds=3600"))) {
      on(
          own,
          "",
          "CREATE DATABASE `" + database + "`",
          "CREATE TABLE `" + database + "`.t (id INT PRIMARY KEY)",
          own.isMariaDb()
              ? "SET GLOBAL log_bin_compress = ON"
              : "SET GLOBAL binlog_transaction_compression = ON");
      String definition =
          SyncHarness.mySqlCatalog("a", own) + targetCatalog() + sync("", ", 'server-id' = '41'");
      CheckReport report = check(definition);
      assertThat(codes(report, ERROR))
          .containsExactlyInAnyOrder(
              CheckCode.SOURCE_BINLOG_FORMAT,
              CheckCode.SOURCE_ROW_IMAGE,
              CheckCode.SOURCE_BINLOG_COMPRESSION,
              CheckCode.SOURCE_BINLOG_FILTER,
              CheckCode.SOURCE_SERVER_ID_TAKEN);
      assertThat(the(report, CheckCode.SOURCE_BINLOG_FORMAT).message())
          .contains("127.0.0.1:" + own.port(), "binlog_format = STATEMENT, expected ROW");
      assertThat(the(report, CheckCode.SOURCE_BINLOG_FILTER).message()).contains(database);
      assertThat(the(report, CheckCode.SOURCE_SERVER_ID_TAKEN).message())
          .contains("41", "the source itself");
      assertThat(codes(report, WARNING)).containsExactly(CheckCode.SOURCE_BINLOG_EXPIRY);
      DtsException refused = catchThrowableOfType(DtsException.class, report::refuse);
      assertThat(refused.error()).isEqualTo(DtsError.CHECK_FAILED);
      assertThat(refused.getMessage())
          .contains("5 findings", "MINIMAL", "SET GLOBAL binlog_row_image = 'FULL'", "PI-2006");
      if (own.isMariaDb()) {
        on(own, "", "SET GLOBAL gtid_slave_pos = '7-9-1'");
        assertThat(codes(check(definition), WARNING)).contains(CheckCode.SOURCE_REPLICA_UPDATES);
      }
    }
  }

  /** A server as source that has no binlog, and as target that takes nothing. */
  @Test
  void noBinlogAndReadOnly() throws SQLException {
    try (EmbeddedMySql own =
        servers.startMySql(
            MySqlOptions.defaults()
                .withServerId(42)
                .withArgument("--skip-log-bin")
                .withArgument("--local-infile=0")
                .withArgument("--max-allowed-packet=2M"))) {
      on(own, "", "CREATE DATABASE `" + database + "`", "CREATE DATABASE `" + target + "`");
      on(own, database, "CREATE TABLE t (id INT PRIMARY KEY)");
      CheckReport asSource =
          check(SyncHarness.mySqlCatalog("a", own) + targetCatalog() + sync("", ""));
      assertThat(codes(asSource, ERROR)).containsExactly(CheckCode.SOURCE_BINLOG_OFF);
      assertThat(the(asSource, CheckCode.NOT_RUN).message()).contains("the binlog is off");
      String password =
          SyncHarness.createUser(own, "writer", "SELECT, INSERT, UPDATE, DELETE ON *.*");
      on(own, "", "SET GLOBAL read_only = 1");
      CheckReport asTarget =
          check(
              sourceCatalog()
                  + SyncHarness.mySqlCatalog("b", own.port(), "writer", password)
                  + sync("", ""));
      assertThat(codes(asTarget, ERROR))
          .containsExactlyInAnyOrder(
              CheckCode.TARGET_READ_ONLY, CheckCode.TARGET_GRANT, CheckCode.TARGET_CONTROL_TABLES);
      assertThat(the(asTarget, CheckCode.TARGET_GRANT).remedy())
          .isEqualTo("GRANT CREATE ON `" + target + "`.* TO 'writer'@'%'");
      assertThat(codes(asTarget, WARNING))
          .containsExactly(CheckCode.TARGET_LOCAL_INFILE, CheckCode.TARGET_PACKET);
    }
  }

  @Test
  void serversThatCannotBeAsked() {
    CheckReport report =
        check(
            SyncHarness.mySqlCatalog("a", 1, "root", "sesame")
                + SyncHarness.mySqlCatalog("b", servers.mySqlB().port(), "root", "sesame")
                + sync("", ""));
    assertThat(codes(report, ERROR))
        .containsExactly(CheckCode.SOURCE_UNREACHABLE, CheckCode.TARGET_LOGIN);
    assertThat(codes(report, INFO)).containsOnly(CheckCode.NOT_RUN);
    assertThat(report.findings().toString()).doesNotContain("sesame");
  }

  /** The GRANTs that are printed are the ones that are needed. */
  @Test
  void rightsOnTheSource() throws SQLException {
    onSource(
        "CREATE TABLE old (id INT PRIMARY KEY) ENGINE=MyISAM",
        "CREATE TABLE half (id INT PRIMARY KEY, a INT)");
    String user = "s_" + database;
    String password =
        SyncHarness.createUser(
            servers.mySqlA(),
            user,
            "INSERT ON `" + database + "`.t",
            "INSERT ON `" + database + "`.old",
            "SELECT (id), INSERT ON `" + database + "`.half");
    String definition =
        SyncHarness.mySqlCatalog("a", servers.mySqlA().port(), user, password)
            + targetCatalog()
            + sync("", "");
    CheckReport report = check(definition);
    assertThat(codes(report, ERROR)).containsExactly(CheckCode.SOURCE_GRANT);
    assertThat(report.of(ERROR)).extracting(f -> f.subject().table()).contains("", database + ".t");
    assertThat(report.of(ERROR))
        .extracting(Finding::message)
        .anyMatch(m -> m.contains("REPLICATION SLAVE"))
        .anyMatch(m -> m.contains("REPLICATION CLIENT"))
        .anyMatch(m -> m.contains("LOCK TABLES"));
    assertThat(codes(report, WARNING)).containsExactly(CheckCode.SOURCE_ENGINE);
    assertThat(codes(report, INFO)).contains(CheckCode.SOURCE_TABLES_HIDDEN, CheckCode.NOT_RUN);
    DtsException refused = catchThrowableOfType(DtsException.class, report::refuse);
    assertThat(refused.error()).isEqualTo(DtsError.SOURCE_ACCESS_DENIED);
    granted(servers.mySqlA(), "", report);
    CheckReport cured = check(definition);
    assertThat(cured.of(ERROR)).isEmpty();
  }

  @Test
  void rightsByARole() throws SQLException {
    String role = "role_" + database;
    String user = "u_" + database;
    String password = SyncHarness.createUser(servers.mySqlA(), user);
    on(
        servers.mySqlA(),
        "",
        "CREATE ROLE " + role,
        "GRANT SELECT, LOCK TABLES ON `" + database + "`.* TO " + role,
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO " + role,
        "GRANT " + role + " TO '" + user + "'@'%'",
        servers.mySqlA().isMariaDb()
            ? "SET DEFAULT ROLE " + role + " FOR '" + user + "'@'%'"
            : "SET DEFAULT ROLE " + role + " TO '" + user + "'@'%'");
    CheckReport report =
        check(
            SyncHarness.mySqlCatalog("a", servers.mySqlA().port(), user, password)
                + targetCatalog()
                + sync("", ""));
    assertThat(report.of(ERROR)).isEmpty();
    assertThat(codes(report, INFO)).doesNotContain(CheckCode.SOURCE_TABLES_HIDDEN);
  }

  @Test
  void tablesThatAnOnlineSchemaChangeHasLeft() throws SQLException {
    onSource(
        "CREATE TABLE _t_gho (a INT)",
        "CREATE TABLE _t_old (id INT PRIMARY KEY)",
        "CREATE TABLE _x_old (id INT PRIMARY KEY)");
    CheckReport plain = check(sourceCatalog() + targetCatalog() + sync("", ""));
    assertThat(ghosts(plain, WARNING)).containsExactly(database + "._t_gho", database + "._t_old");
    assertThat(codes(plain, ERROR)).contains(CheckCode.SOURCE_KEY);
    CheckReport followed =
        check(sourceCatalog() + targetCatalog() + sync("", ", 'ddl' = 'evolve'"));
    assertThat(ghosts(followed, INFO)).containsExactly(database + "._t_gho", database + "._t_old");
    assertThat(followed.of(ERROR)).isEmpty();
    CheckReport named =
        check(
            sourceCatalog()
                + targetCatalog()
                + sync("INCLUDING TABLES (t, _t_old)", ", 'ddl' = 'evolve'"));
    assertThat(ghosts(named, INFO)).isEmpty();
    assertThat(named.of(ERROR)).isEmpty();
  }

  private static List<String> ghosts(CheckReport report, Severity severity) {
    return report.of(severity).stream()
        .filter(finding -> finding.code() == CheckCode.SOURCE_GHOST_TABLE)
        .map(finding -> finding.subject().table())
        .toList();
  }

  @Test
  void driverOptionsThatShiftTimes() {
    CheckReport report =
        check(
            sourceCatalog()
                    .replace("'type'", "'jdbc.properties.connectionTimeZone' = '+02:00', 'type'")
                + targetCatalog()
                + sync("", ""));
    assertThat(the(report, CheckCode.SOURCE_TIME_ZONE).severity()).isEqualTo(WARNING);
  }

  private static void granted(EmbeddedDatabase server, String database, CheckReport report)
      throws SQLException {
    for (Finding error : report.of(ERROR)) {
      assertThat(error.remedy()).startsWith("GRANT ");
      on(server, database, error.remedy());
    }
  }

  @Test
  void rightsOnMySqlTargets() throws SQLException {
    onTarget("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50))");
    onSource("CREATE TABLE u (id INT PRIMARY KEY)");
    String user = "t_" + target;
    String password =
        SyncHarness.createUser(servers.mySqlB(), user, "SELECT, INSERT ON `" + target + "`.t");
    String definition =
        sourceCatalog()
            + SyncHarness.mySqlCatalog("b", servers.mySqlB().port(), user, password)
            + sync("", "");
    CheckReport report = check(definition);
    assertThat(codes(report, ERROR))
        .containsExactlyInAnyOrder(CheckCode.TARGET_GRANT, CheckCode.TARGET_CONTROL_TABLES);
    for (String right : List.of("CREATE", "SELECT", "INSERT", "UPDATE", "DELETE")) {
      assertThat(report.of(ERROR)).extracting(Finding::message).anyMatch(m -> m.contains(right));
    }
    granted(servers.mySqlB(), "", report);
    assertThat(check(definition).of(ERROR)).isEmpty();
  }

  @Test
  void rightsOnPostgresTargets() throws SQLException {
    String pg = servers.postgres().createDatabase("check");
    String user = "p_" + pg;
    on(
        servers.postgres(),
        pg,
        "CREATE USER " + user + " PASSWORD 'secret'",
        "CREATE SCHEMA s",
        "CREATE TABLE s.t (id INT PRIMARY KEY, a VARCHAR(50))",
        "CREATE TABLE s.child (id INT PRIMARY KEY REFERENCES s.t)");
    onSource("CREATE TABLE child (id INT PRIMARY KEY)");
    String definition =
        sourceCatalog()
            + SyncHarness.postgresCatalog("b", servers.postgres(), pg, user, "secret")
            + sync("", "").replace("b.`" + target, "b.`s");
    CheckReport blind = check(definition);
    assertThat(blind.of(ERROR))
        .extracting(Finding::remedy)
        .containsExactly("GRANT USAGE ON SCHEMA \"s\" TO \"" + user + "\"");
    granted(servers.postgres(), pg, blind);
    CheckReport report = check(definition);
    assertThat(codes(report, ERROR))
        .containsExactlyInAnyOrder(
            CheckCode.TARGET_GRANT, CheckCode.TARGET_CONTROL_TABLES, CheckCode.TARGET_FOREIGN_KEYS);
    CheckReport inOrder =
        check(
            definition.replace(
                "'name' = ",
                "'scan.startup.mode' = 'latest-offset', 'parallelism' = '1', 'name' = "));
    assertThat(the(inOrder, CheckCode.TARGET_REPLICATION_ROLE).severity()).isEqualTo(WARNING);
    for (Finding error : report.of(ERROR)) {
      on(servers.postgres(), pg, error.remedy().replaceFirst(" \\(PostgreSQL 15.*", ""));
    }
    CheckReport cured = check(definition);
    assertThat(cured.of(ERROR)).isEmpty();
    assertThat(the(cured, CheckCode.TARGET_FOREIGN_KEYS).severity()).isEqualTo(INFO);
    on(
        servers.postgres(),
        pg,
        "ALTER ROLE " + user + " IN DATABASE " + pg + " SET default_transaction_read_only = on");
    CheckReport readOnly = check(definition);
    assertThat(codes(readOnly, ERROR)).containsExactly(CheckCode.TARGET_READ_ONLY);
    assertThat(codes(readOnly, OK)).contains(CheckCode.TARGET_REPLICATION_ROLE);
    CheckReport missing = check(definition.replace("b.`s`", "b.`nosuch`"));
    assertThat(codes(missing, ERROR)).contains(CheckCode.TARGET_SCHEMA);
  }

  @Test
  void tablesAndWhatTheDefinitionSaysOfThem() throws SQLException {
    onSource(
        "CREATE TABLE keyless (v INT)",
        "CREATE TABLE named (a INT, b INT)",
        "CREATE TABLE nullable (a INT)",
        "CREATE TABLE logged (v INT)");
    CheckReport report =
        check(
            sourceCatalog()
                + targetCatalog()
                + sync(
                    "RENAME (t TO logged, nosuch TO other)"
                        + " KEYS (named: (a, c), nullable: (a))"
                        + " WHERE (t: total > 1)",
                    ", 'append-only.tables' = 'logged'"));
    assertThat(codes(report, ERROR))
        .containsExactlyInAnyOrder(
            CheckCode.SOURCE_KEY, CheckCode.DEFINITION_COLUMN, CheckCode.DEFINITION_CONFLICT);
    assertThat(report.of(ERROR))
        .extracting(f -> f.subject().table() + "." + f.subject().column())
        .contains(database + ".keyless.", database + ".named.c", database + ".t.");
    assertThat(codes(report, WARNING))
        .containsExactlyInAnyOrder(CheckCode.DEFINITION_UNUSED, CheckCode.SOURCE_KEY);
    CheckReport missing =
        check(sourceCatalog() + targetCatalog() + sync("INCLUDING TABLES (t, nosuch)", ""));
    assertThat(the(missing, CheckCode.SOURCE_TABLE).message()).contains(database + ".nosuch");
    CheckReport itself =
        check(
            sourceCatalog()
                + "SYNC DATABASE a.`%s` TO a.`%s` INCLUDING TABLES (t) WITH ('name' = 'x');"
                    .formatted(database, database));
    assertThat(codes(itself, ERROR))
        .containsExactlyInAnyOrder(CheckCode.DEFINITION_CONFLICT, CheckCode.TARGET_NOT_EMPTY);
  }

  @Test
  void aPostgresDatabaseThatCannotHoldEveryText() throws SQLException {
    String utf8 = servers.postgres().createDatabase("check");
    String latin1 = utf8 + "_latin1";
    on(
        servers.postgres(),
        utf8,
        "CREATE DATABASE "
            + latin1
            + " ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
    CheckReport report =
        check(
            sourceCatalog()
                + SyncHarness.postgresCatalog("b", servers.postgres(), latin1)
                + sync("INCLUDING TABLES (t)", "").replace("b.`" + target, "b.`public"));
    assertThat(codes(report, ERROR)).containsExactly(CheckCode.TARGET_ENCODING);
    Finding finding = the(report, CheckCode.TARGET_ENCODING);
    assertThat(finding.message()).contains(latin1 + " is LATIN1, expected UTF8");
    on(servers.postgres(), utf8, finding.remedy().replaceFirst(", and name.*", ""));
    CheckReport cured =
        check(
            sourceCatalog()
                + SyncHarness.postgresCatalog("b", servers.postgres(), latin1 + "_utf8")
                + sync("INCLUDING TABLES (t)", "").replace("b.`" + target, "b.`public"));
    assertThat(cured.of(ERROR)).isEmpty();
    on(servers.postgres(), utf8, "DROP DATABASE " + latin1, "DROP DATABASE " + latin1 + "_utf8");
  }

  @Test
  void typesOnPostgres() throws SQLException {
    String pg = servers.postgres().createDatabase("check");
    onSource(
        "CREATE TABLE types (k VARCHAR(20) PRIMARY KEY, u BIGINT UNSIGNED, d DATE, dn DATETIME NOT"
            + " NULL, e ENUM('a','b'), s SET('a','b'), j JSON, g GEOMETRY, h TIME(3), i INT,"
            + " FULLTEXT KEY f (k))");
    String definition =
        sourceCatalog()
            + SyncHarness.postgresCatalog("b", servers.postgres(), pg)
            + sync("INCLUDING TABLES (types)", "").replace("b.`" + target, "b.`public");
    // MySQL's own sql_mode refuses them.
    Severity zeroDates = servers.mySqlA().isMariaDb() ? WARNING : INFO;
    CheckReport report = check(definition);
    assertThat(report.of(ERROR)).isEmpty();
    assertThat(report.findings())
        .filteredOn(f -> f.code() == CheckCode.TYPE_LOSS && f.severity() != OK)
        .extracting(f -> f.severity() + " " + f.subject().column())
        .containsExactlyInAnyOrder(
            "INFO k",
            "INFO u",
            zeroDates + " d",
            zeroDates + " dn",
            "INFO e",
            "INFO s",
            "INFO j",
            "INFO g",
            "INFO h");
    assertThat(the(report, CheckCode.KEY_COLLATION).subject().column()).isEqualTo("k");
    assertThat(the(report, CheckCode.TARGET_DDL).message()).contains("index f");
    String xa = "'delivery' = 'exactly-once-xa', 'parallelism' = '%d', 'name' = ";
    CheckReport few = check(definition.replace("'name' = ", xa.formatted(128)));
    assertThat(the(few, CheckCode.TARGET_XA).message()).contains("max_prepared_transactions = ");
    CheckReport enough = check(definition.replace("'name' = ", xa.formatted(2)));
    assertThat(codes(enough, OK)).contains(CheckCode.TARGET_XA);
    CheckReport nulls = check(definition.replace("'name' = ", "'zero-dates' = 'null', 'name' = "));
    assertThat(nulls.of(zeroDates))
        .filteredOn(f -> f.code() == CheckCode.TYPE_LOSS && f.message().contains("bad row"))
        .extracting(f -> f.subject().column())
        .containsExactly("dn");
  }

  @Test
  void tablesThatAreThere() throws SQLException {
    onSource("CREATE TABLE u (id INT PRIMARY KEY, a VARCHAR(50), b INT NULL, c INT)");
    onTarget(
        "CREATE TABLE u (id INT, a VARCHAR(10), b INT NOT NULL, mine INT NOT NULL)",
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50) CHARACTER SET latin1)",
        "INSERT INTO t VALUES (1, 'x')",
        "CREATE TRIGGER touch BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 'y'",
        "CREATE TABLE parent (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES t (id))");
    onSource("CREATE TABLE parent (id INT PRIMARY KEY)");
    CheckReport report = check(sourceCatalog() + targetCatalog() + sync("", ""));
    assertThat(codes(report, ERROR))
        .containsExactlyInAnyOrder(CheckCode.TARGET_COLUMN, CheckCode.TARGET_NOT_EMPTY);
    assertThat(report.of(ERROR))
        .filteredOn(f -> f.code() == CheckCode.TARGET_COLUMN)
        .extracting(f -> f.subject().table() + "." + f.subject().column())
        .containsExactlyInAnyOrder(
            target + ".u.a",
            target + ".u.b",
            target + ".u.c",
            target + ".u.mine",
            target + ".u.",
            target + ".t.a");
    assertThat(the(report, CheckCode.TARGET_TRIGGERS).message()).contains("touch on t");
    assertThat(the(report, CheckCode.TARGET_FOREIGN_KEYS).message()).contains("on parent");
    CheckReport existing =
        check(
            sourceCatalog()
                + targetCatalog()
                + sync("INCLUDING TABLES (t)", ", 'target.tables' = 'existing'")
                    .replace("b.`" + target, "b.`" + servers.mySqlB().createDatabase("check")));
    assertThat(the(existing, CheckCode.TARGET_TABLE).message()).contains("[t]");
  }

  @Test
  void placesToBeginAt() {
    String place =
        ", 'scan.startup.mode' = 'specific-offset', 'scan.startup.specific-offset.file' = '%s',"
            + " 'scan.startup.specific-offset.pos' = '%d'";
    CheckReport purged =
        check(sourceCatalog() + targetCatalog() + sync("", place.formatted("binlog.900000", 4)));
    assertThat(the(purged, CheckCode.SOURCE_POSITION).message()).contains("binlog.900000");
    CheckReport beyond =
        check(
            sourceCatalog()
                + targetCatalog()
                + sync("", place.formatted("binlog.000001", 4_000_000_000L)));
    assertThat(the(beyond, CheckCode.SOURCE_POSITION).message()).contains("ends at");
    CheckReport there =
        check(sourceCatalog() + targetCatalog() + sync("", place.formatted("binlog.000001", 4)));
    assertThat(codes(there, OK)).contains(CheckCode.SOURCE_POSITION);
  }

  @Test
  void twoSyncsOfADefinitionWithOneServerId() {
    String second =
        sync("", ", 'server-id' = '777'")
            .replace("'name' = '" + database, "'name' = 'second")
            .replace("b.`" + target, "b.`" + servers.mySqlB().createDatabase("check"));
    CheckReport report =
        check(sourceCatalog() + targetCatalog() + sync("", ", 'server-id' = '777-780'") + second);
    assertThat(codes(report, ERROR)).containsExactly(CheckCode.SOURCE_SERVER_ID_TAKEN);
    assertThat(report.of(ERROR))
        .hasSize(2)
        .extracting(Finding::message)
        .allMatch(m -> m.contains("777"));
    assertThat(report.of(ERROR).get(0).message()).contains("second");
  }

  @Test
  void plainStatements() throws SQLException {
    onTarget("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50))");
    String insert =
        "INSERT INTO b.`%s`.t SELECT id, UPPER(a) FROM a.`%s`.t;".formatted(target, database);
    CheckReport good = check(sourceCatalog() + targetCatalog() + insert);
    assertThat(good.of(ERROR)).isEmpty();
    assertThat(codes(good, OK))
        .contains(
            CheckCode.DEFINITION_STATEMENT,
            CheckCode.SOURCE_GRANT,
            CheckCode.SOURCE_BINLOG_FORMAT,
            CheckCode.TARGET_GRANT);
    assertThat(the(good, CheckCode.NOT_CHECKED).message()).contains("casts");
    String user = "r_" + database;
    String password =
        SyncHarness.createUser(
            servers.mySqlA(), user, "SELECT, LOCK TABLES, REPLICATION CLIENT ON *.*");
    CheckReport bad =
        check(
            SyncHarness.mySqlCatalog("a", servers.mySqlA().port(), user, password)
                + targetCatalog()
                + insert);
    assertThat(the(bad, CheckCode.SOURCE_GRANT).message()).contains("REPLICATION SLAVE");
    CheckReport broken = check(sourceCatalog() + targetCatalog() + insert.replace("UPPER", "UPR"));
    assertThat(codes(broken, ERROR)).containsExactly(CheckCode.DEFINITION_STATEMENT);
  }

  @Test
  void aLimitThatWasChangedHidesTheDefinitions() throws Exception {
    onTarget(
        "CREATE TABLE pi_dts_control (sync VARCHAR(190), name VARCHAR(64), value VARCHAR(1000),"
            + " PRIMARY KEY (sync, name))",
        "INSERT INTO pi_dts_control VALUES ('%1$s', 'copy.rate-limit', '0'),".formatted(database)
            + " ('%1$s', 'copy.byte-limit', '7'), ('%1$s', 'copy.window', 'as-defined')"
                .formatted(database));
    String options =
        ", 'copy.rate-limit' = '5000', 'copy.window' = '22:00-06:00 UTC', 'target.not-empty' ="
            + " 'upsert'";
    Finding finding =
        the(
            check(sourceCatalog() + targetCatalog() + sync("", options)),
            CheckCode.DEFINITION_NO_EFFECT);
    assertThat(finding.severity()).isEqualTo(WARNING);
    assertThat(finding.message()).contains("'copy.rate-limit'").contains("has made it '0'");
    assertThat(finding.remedy()).isEqualTo("bin/pi sync limit " + database + " --reset");
    onTarget("UPDATE pi_dts_control SET value = '5000' WHERE name = 'copy.rate-limit'");
    assertThat(codes(check(sourceCatalog() + targetCatalog() + sync("", options)), WARNING))
        .doesNotContain(CheckCode.DEFINITION_NO_EFFECT);
  }

  @Test
  void optionsWithoutEffect() throws Exception {
    onTarget("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50))");
    String catalog = targetCatalog().replace("'type'", "'debezium.max.queue.size' = '7', 'type'");
    String more =
        ", 'scan.incremental.snapshot.chunk.size' = '100', 'connect.timeout' = '10 s',"
            + " 'debezium.snapshot.locking.mode' = 'none', 'scan.startup.mode' = 'initial'";
    String inserts =
        "INSERT INTO b.`%1$s`.t SELECT id, a FROM src; INSERT INTO b.`%1$s`.t SELECT id, 'x' FROM src WHERE id > 1000;"
            .formatted(target);
    CheckReport report =
        check(catalog + table("src", "mysql-cdc", servers.mySqlA(), database, more) + inserts);
    assertThat(report.of(ERROR)).isEmpty();
    assertThat(report.findings())
        .filteredOn(finding -> finding.code() == CheckCode.DEFINITION_NO_EFFECT)
        .allMatch(
            finding -> finding.severity() == WARNING && finding.remedy().equals("take it out"))
        .extracting(finding -> finding.message().replaceAll(" has no effect: .*", ""))
        .containsExactlyInAnyOrder(
            "option 'debezium.max.queue.size' of catalog b",
            "option 'connect.timeout' of source " + database + ".t",
            "option 'debezium.snapshot.locking.mode' of source " + database + ".t",
            "option 'scan.incremental.snapshot.chunk.size' of source " + database + ".t");
    CheckReport sink =
        check(
            sourceCatalog()
                + table("dst", "pi-mysql", servers.mySqlB(), target, ", 'connect.timeout' = '10 s'")
                + "INSERT INTO dst SELECT id, a FROM a.`%s`.t;".formatted(database));
    assertThat(the(sink, CheckCode.DEFINITION_STATEMENT).message())
        .contains("table dst:", "has no option 'connect.timeout'");
  }

  private String table(
      String name, String connector, EmbeddedDatabase server, String of, String more)
      throws IOException {
    Path secret = Files.writeString(state.resolve(name + ".secret"), server.password());
    return "CREATE TABLE %s (id INT, a STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = '%s', 'hostname' = '127.0.0.1', 'port' = '%d', 'username' = '%s', 'password' = '${file:%s}', 'database-name' = '%s', 'table-name' = 't'%s);\n"
        .formatted(name, connector, server.port(), server.user(), secret, of, more);
  }
}
