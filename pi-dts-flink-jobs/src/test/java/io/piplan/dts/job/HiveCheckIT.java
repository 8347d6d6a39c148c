package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.check.CheckCode;
import io.piplan.dts.check.CheckReport;
import io.piplan.dts.check.Finding;
import io.piplan.dts.check.Severity;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What {@code bin/pi check} finds of a real Hive, before anything is written. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class HiveCheckIT {
  private final Servers servers;
  private final EmbeddedHive hive;
  @TempDir Path state;
  private String database;

  HiveCheckIT(Servers servers) {
    this.servers = servers;
    this.hive = servers.hive();
  }

  @BeforeEach
  void createSource() {
    database = servers.mySqlA().createDatabase("check");
  }

  private void onSource(String... statements) throws SQLException {
    try (Connection source = SyncHarness.connect(servers.mySqlA(), database)) {
      SyncHarness.run(source, statements);
    }
  }

  private CheckReport check(String ods, String options) {
    String definition =
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + HiveHarness.catalog("h", hive)
            + "SYNC DATABASE a.`%s` TO h.%s WITH ('name' = '%s'%s);"
                .formatted(database, ods, database, options);
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
      return launcher.check("test.sql", definition, state);
    }
  }

  private static List<CheckCode> errors(CheckReport report) {
    return report.of(Severity.ERROR).stream().map(Finding::code).distinct().toList();
  }

  @Test
  void whatIsRightIsNotComplainedAbout() throws SQLException {
    onSource(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50), d DATETIME, p INT,"
            + " FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE)");
    String ods = hive.createDatabase("ods");
    for (String layout : List.of("changelog", "merge")) {
      CheckReport report =
          check(ods, ", 'hive.partition' = 't: d', 'hive.layout' = '" + layout + "'");
      assertThat(errors(report)).as(layout + report.findings()).isEmpty();
      assertThat(report.of(Severity.OK).stream().map(Finding::code))
          .contains(CheckCode.TARGET_LOGIN, CheckCode.TARGET_SCHEMA, CheckCode.TARGET_GRANT);
    }
    try (Connection target = hive.connect(ods)) {
      assertThat(SyncHarness.rows(target, "SHOW TABLES")).isEmpty();
    }
  }

  @Test
  void aMissingDatabaseIsNamed() throws SQLException {
    onSource("CREATE TABLE t (id INT PRIMARY KEY)");
    CheckReport report = check("nowhere", "");
    assertThat(errors(report)).containsExactly(CheckCode.TARGET_SCHEMA);
    assertThat(report.of(Severity.ERROR).get(0).toString()).contains("nowhere");
  }

  @Test
  void whatHiveCannotTakeIsRefused() throws SQLException {
    onSource(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "CREATE TABLE c (id INT PRIMARY KEY, p INT, KEY (p),"
            + " FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE)",
        "CREATE TABLE g (id INT PRIMARY KEY, c INT,"
            + " FOREIGN KEY (c) REFERENCES c (id) ON DELETE CASCADE)",
        "CREATE TABLE t (id INT PRIMARY KEY, pi_op INT)");
    String ods = hive.createDatabase("ods");
    CheckReport report =
        check(ods, ", 'hive.partition' = 't: nothing', 'apply.transactions' = 'source'");
    assertThat(errors(report))
        .contains(
            CheckCode.TARGET_CASCADES, CheckCode.DEFINITION_CONFLICT, CheckCode.TARGET_COLUMN);
    assertThat(report.of(Severity.ERROR).toString())
        .contains("one step only", "pi_op", "does not have");
  }

  @Test
  void limitsOfALoadThatNobodyLooksAtAreRefused() throws SQLException {
    onSource("CREATE TABLE t (id INT PRIMARY KEY)");
    String ods = hive.createDatabase("ods");
    CheckReport report =
        check(
            ods,
            ", 'copy.target-threads' = '4', 'copy.replicas' = 'db-b2', 'copy.replica-lag' = '9 s'");
    assertThat(errors(report)).containsExactly(CheckCode.DEFINITION_CONFLICT);
    assertThat(report.of(Severity.ERROR).toString())
        .contains("'copy.target-threads', 'copy.replicas', 'copy.replica-lag'", "would never rest");
    assertThat(errors(check(ods, ", 'copy.rate-limit' = '10', 'copy.window' = '00:00-12:00'")))
        .isEmpty();
  }

  @Test
  void schemaChangesThatHiveCannotFollowAreRefused() throws SQLException {
    onSource("CREATE TABLE t (id INT PRIMARY KEY, a INT)");
    String ods = hive.createDatabase("ods");
    assertThat(
            errors(
                check(
                    ods,
                    ", 'ddl' = 'evolve', 'ddl.drop-column' = 'evolve',"
                        + " 'ddl.truncate-table' = 'evolve', 'ddl.drop-table' = 'evolve'")))
        .isEmpty();
    assertThat(check(ods, ", 'ddl.narrow-column' = 'evolve'").of(Severity.ERROR).toString())
        .contains("'ddl.narrow-column' = 'evolve'", "values can't be cut");
    CheckReport report =
        check(ods, ", 'ddl' = 'evolve', 'ddl.drop-column' = 'evolve', 'hive.layout' = 'merge'");
    assertThat(report.of(Severity.ERROR).toString())
        .contains("'ddl.drop-column' = 'evolve'", "'hive.layout' = 'merge'");
    assertThat(errors(report)).contains(CheckCode.DEFINITION_CONFLICT);
    assertThat(errors(check(ods, ", 'ddl' = 'ignore'")))
        .containsExactly(CheckCode.DEFINITION_CONFLICT);
  }

  @Test
  void aTableOfSomebodyElseIsInTheWay() throws SQLException {
    onSource("CREATE TABLE t (id INT PRIMARY KEY)");
    String ods = hive.createDatabase("ods");
    try (Connection target = hive.connect(ods)) {
      SyncHarness.run(target, "CREATE TABLE t (id INT)");
    }
    CheckReport report = check(ods, "");
    assertThat(report.of(Severity.ERROR).toString()).contains("which is not of a sync");
  }
}
