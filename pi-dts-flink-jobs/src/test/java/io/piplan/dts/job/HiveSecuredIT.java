package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.check.CheckCode;
import io.piplan.dts.check.CheckReport;
import io.piplan.dts.check.Finding;
import io.piplan.dts.check.Severity;
import io.piplan.dts.hive.HiveMaintenance;
import io.piplan.dts.sql.SecretLookup;
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
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Hive that lets nobody in without TLS and a password, and nobody do what he has no right to: a
 * sync with just the rights that docs/hive.md tells, and everything that is refused.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class HiveSecuredIT {
  private static final HiveMaintenance.Settings NOW =
      new HiveMaintenance.Settings(
          Set.of(), Duration.ofDays(1), Duration.ofHours(1), Duration.ofSeconds(60), Duration.ZERO);
  private static final String ROWS = "SELECT id, a FROM t ORDER BY id";

  @TempDir static Path folder;
  private static SecuredHive hive;
  private static int databases;

  @TempDir Path state;
  private final Servers servers;
  private String database;
  private String ods;

  HiveSecuredIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void start() throws Exception {
    hive = new SecuredHive(folder);
  }

  @AfterAll
  static void stop() {
    hive.close();
  }

  @BeforeEach
  void createDatabases() throws SQLException {
    database = servers.mySqlA().createDatabase("secured");
    ods = "ods_" + ++databases;
    hive.administer("CREATE DATABASE " + ods);
    try (Connection source = SyncHarness.connect(servers.mySqlA(), database)) {
      SyncHarness.run(
          source,
          "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50))",
          "INSERT INTO t SELECT seq, CONCAT('名 ', seq) FROM " + EmbeddedMySql.numbers(100));
    }
  }

  private String definition(SecuredHive.Access access) {
    return SyncHarness.mySqlCatalog("a", servers.mySqlA())
        + hive.catalog(access)
        + "SYNC DATABASE a.`%s` TO h.%s WITH ('name' = '%s', 'checkpoint.interval' = '1 s', 'hive.compact.interval' = '0', 'hive.merge.interval' = '1 h');"
            .formatted(database, ods, database);
  }

  private CheckReport check(SecuredHive.Access access) {
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
      return launcher.check("test.sql", definition(access), state);
    }
  }

  private static void compact(String ods) {
    try (HiveMaintenance maintenance = new HiveMaintenance(hive.server(), ods)) {
      assertThat(maintenance.run(NOW, done -> {}))
          .allSatisfy(result -> assertThat(result.postponed()).isEmpty());
    }
  }

  @Test
  void aSyncNeedsNoMoreThanTheRightsOfTheDocumentation() throws Exception {
    CheckReport report = check(hive.access());
    assertThat(report.of(Severity.ERROR)).isEmpty();
    assertThat(report.of(Severity.OK).stream().map(Finding::code))
        .contains(CheckCode.TARGET_LOGIN, CheckCode.TARGET_SCHEMA, CheckCode.TARGET_VERSION);
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 4, Map.of());
        SyncHarness syncs = new SyncHarness(flink, state);
        Connection source = SyncHarness.connect(servers.mySqlA(), database);
        Connection target = hive.connect(SecuredHive.SYNC, ods)) {
      String sync = syncs.start(definition(hive.access()), SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      SyncHarness.run(
          source,
          "UPDATE t SET a = 'changed' WHERE id MOD 3 = 0",
          "DELETE FROM t WHERE id MOD 7 = 0",
          "INSERT INTO t VALUES (1000, 'last')");
      same(source, target);
      SyncHarness.run(source, "UPDATE t SET a = 'again' WHERE id MOD 5 = 0");
      same(source, target);
      assertThat(syncs.control().status(sync).failure()).isEmpty();
      readersSeeWhatTheyMay(source);
    }
  }

  private void same(Connection source, Connection target) throws SQLException {
    List<List<String>> expected = SyncHarness.rows(source, ROWS);
    Awaitility.await(ROWS)
        .atMost(Duration.ofSeconds(150))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () -> {
              compact(ods);
              assertThat(SyncHarness.rows(target, ROWS)).isEqualTo(expected);
            });
  }

  /** A right to the table that is read is enough, and without it nothing is seen. */
  private void readersSeeWhatTheyMay(Connection source) throws SQLException {
    try (Connection reader = hive.connect(SecuredHive.READER, ods)) {
      assertThatThrownBy(() -> SyncHarness.rows(reader, ROWS))
          .hasMessageContaining("HiveAccessControlException");
      hive.administer("GRANT SELECT ON TABLE " + ods + ".t TO USER `" + SecuredHive.READER + "`");
      assertThat(SyncHarness.rows(reader, ROWS)).isEqualTo(SyncHarness.rows(source, ROWS));
      assertThatThrownBy(() -> SyncHarness.rows(reader, "SELECT * FROM t__log"))
          .hasMessageContaining("HiveAccessControlException");
    }
  }

  @Test
  void anotherAuthorityIsNotTrusted() {
    refused(
        hive.access().serverTrust(hive.untrusted()),
        CheckCode.TARGET_TLS,
        "HiveServer2 at localhost",
        "not signed by a certificate that is trusted ('sslTrustStore'");
    refused(
        hive.access().trust(hive.untrusted()),
        CheckCode.TARGET_TLS,
        "metastore thrift://localhost",
        "not signed by a certificate that is trusted ('conf.hive.metastore.truststore.path')");
  }

  @Test
  void nobodyComesInWithoutTls() {
    refused(
        hive.access().serverTrust(""), CheckCode.TARGET_TLS, "lets nobody in without", "ssl=true");
    refused(
        hive.access().trust(""),
        CheckCode.TARGET_UNREACHABLE,
        "metastore thrift://localhost",
        "'conf.hive.metastore.use.SSL'");
  }

  @Test
  void aTrustStoreThatIsNotThereIsNamed() {
    refused(
        hive.access().trust("/nowhere/trust.p12"),
        CheckCode.TARGET_TLS,
        "/nowhere/trust.p12",
        "cannot be read");
    refused(
        hive.access().serverTrust("/nowhere/trust.p12"),
        CheckCode.TARGET_TLS,
        "/nowhere/trust.p12");
  }

  @Test
  void aWrongPasswordIsRefused() {
    refused(
        hive.access().user(SecuredHive.READER),
        CheckCode.TARGET_LOGIN,
        "refuses user 'sync'",
        "'username' and 'password'");
  }

  /** In the check, and a start fails likewise. */
  private void refused(SecuredHive.Access access, CheckCode code, String... words) {
    List<Finding> errors = check(access).of(Severity.ERROR);
    assertThat(errors).isNotEmpty();
    Finding error =
        errors.stream().filter(found -> found.code() == code).findFirst().orElse(errors.get(0));
    assertThat(error.code()).as(errors.toString()).isEqualTo(code);
    assertThat(error.message() + " " + error.remedy()).contains(words);
    assertThat(errors.toString()).doesNotContain(Certificates.PASSWORD);
  }
}
