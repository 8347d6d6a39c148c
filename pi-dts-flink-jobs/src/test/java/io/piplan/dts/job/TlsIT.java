package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import io.piplan.dts.check.CheckCode;
import io.piplan.dts.check.Finding;
import io.piplan.dts.check.Severity;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.sql.DatabaseUrl;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.DiffReport;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Encryption of every connection, and who is refused: servers with certificates by another
 * authority, for another host, expired, or none. Servers know {@code localhost} and not {@code
 * 127.0.0.1}.
 */
@ExtendWith(ServersExtension.class)
class TlsIT {
  private static final String USER = "sync";

  @TempDir static Path folder;
  @TempDir Path state;

  private static Certificates certificates;
  private static Path certificate;
  private static EmbeddedMySql mySql;
  private static EmbeddedPg postgres;
  private static String database;
  private static String password;

  private final Servers servers;

  TlsIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void start(Servers servers) throws Exception {
    certificates = new Certificates(folder);
    certificates.authority("ca");
    certificates.authority("other");
    certificates.keyOf("server");
    certificates.sign("ca", "server", "good", "-ext", "san=dns:localhost");
    certificates.sign(
        "ca", "server", "old", "-ext", "san=dns:localhost", "-startdate", "-10d", "-validity", "5");
    certificates.keyOf("client");
    certificates.sign("ca", "client", "client");
    certificate = folder.resolve("used.pem");
    Files.copy(certificates.pem("good"), certificate);
    mySql =
        servers.startMySql(
            MySqlOptions.defaults()
                .withServerId(41)
                .withArgument("--ssl-ca=" + certificates.pem("ca"))
                .withArgument("--ssl-cert=" + certificate)
                .withArgument("--ssl-key=" + certificates.key("server")));
    postgres =
        EmbeddedPg.start(
            UUID.randomUUID().toString(),
            List.of(
                "ssl=on",
                "ssl_ca_file=" + certificates.pem("ca"),
                "ssl_cert_file=" + certificate,
                "ssl_key_file=" + certificates.key("server")));
    database = mySql.createDatabase("tls");
    password = SyncHarness.createUser(mySql, USER, "ALL ON *.*");
    try (Connection root = SyncHarness.connect(mySql, database)) {
      SyncHarness.run(
          root,
          // Whatever the sync does as this user, the binlog included, is encrypted.
          "ALTER USER '" + USER + "'@'%' REQUIRE SSL",
          "CREATE USER 'certified'@'%' IDENTIFIED BY '" + password + "' REQUIRE X509",
          "GRANT ALL ON *.* TO 'certified'@'%'",
          "CREATE TABLE t (id INT PRIMARY KEY)",
          "INSERT INTO t VALUES (1), (2)");
    }
  }

  @AfterAll
  static void stop() {
    mySql.close();
    postgres.close();
  }

  private static String tls(String mode, String authority) {
    return ", 'tls' = '" + mode + "', 'tls.ca' = '" + certificates.pem(authority) + "'";
  }

  private static String clientFiles() {
    return ", 'tls.cert' = '%s', 'tls.key' = '%s'"
        .formatted(certificates.pem("client"), certificates.key("client"));
  }

  private static DatabaseRef address(String host, String authority) throws IOException {
    Path file = Files.writeString(folder.resolve("password"), password);
    return DatabaseUrl.parse(
        "mysql://%s@%s:%d/%s?password-file=%s&tls=verify-identity&tls.ca=%s"
            .formatted(USER, host, mySql.port(), database, file, certificates.pem(authority)));
  }

  private static DiffReport diff(DatabaseRef a, DatabaseRef b) {
    return new Diff(a, b, DiffOptions.defaults()).run(DiffProgress.NONE);
  }

  /** As {@code pi diff mysql://…} does. */
  @Test
  void addressesOnACommandLineAskForTlsToo() throws Exception {
    DatabaseRef good = address("localhost", "ca");
    DiffReport report = diff(good, good);
    assertThat(report.differences()).isZero();
    assertThat(report.tables())
        .singleElement()
        .satisfies(table -> assertThat(table.rowsA()).isGreaterThanOrEqualTo(2));
    assertThatThrownBy(() -> diff(address("localhost", "other"), good))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("certificate");
    assertThatThrownBy(() -> diff(good, address("127.0.0.1", "ca")))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("127.0.0.1");
  }

  private String mySqlCatalog(String name, String host, String user, String tls) {
    return SyncHarness.mySqlCatalog(name, mySql.port(), user, password, tls)
        .replace("'127.0.0.1'", "'" + host + "'");
  }

  private String postgresCatalog(EmbeddedDatabase server, String pg, String host, String tls) {
    return SyncHarness.postgresCatalog("b", server.port(), server, pg, tls)
        .replace("'127.0.0.1'", "'" + host + "'");
  }

  private static String sync(String target, String name) {
    return "SYNC DATABASE a.`%s` TO %s WITH ('name' = '%s', 'checkpoint.interval' = '500 ms');"
        .formatted(database, target, name);
  }

  /** What the checks find that is at least as bad. */
  private List<Finding> found(String definition, CheckCode code) {
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
      return launcher.check("test.sql", definition, state).findings().stream()
          .filter(finding -> finding.code() == code)
          .toList();
    }
  }

  private void refused(String definition, CheckCode code, String... reason) {
    assertThat(found(definition, code))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.severity()).isEqualTo(Severity.ERROR);
              assertThat(finding.message()).contains("does not pass 'tls'").contains(reason);
              assertThat(finding.remedy()).contains("'tls.ca'");
            });
  }

  private void passes(String definition, CheckCode code, String message) {
    assertThat(found(definition, code))
        .isNotEmpty()
        .allSatisfy(
            finding -> {
              assertThat(finding.severity()).as(finding.message()).isEqualTo(Severity.OK);
              assertThat(finding.message()).contains(message);
            });
  }

  private String toPostgres(String tls, String host) {
    return SyncHarness.mySqlCatalog("a", servers.mySqlA())
        + postgresCatalog(postgres, "postgres", host, tls)
        + "SYNC DATABASE a.`"
        + servers.mySqlA().createDatabase("tls")
        + "` TO b.public;";
  }

  private String fromMySql(String tls, String host) {
    return mySqlCatalog("a", host, USER, tls)
        + SyncHarness.mySqlCatalog("b", servers.mySqlB())
        + sync("b.`" + database + "`", "checked");
  }

  @Test
  void wholeSyncsOverVerifiedConnectionsOnly() throws Exception {
    EmbeddedFlink flink = EmbeddedFlink.start(1, 8, Map.of());
    try (SyncHarness syncs = new SyncHarness(flink, state)) {
      String pg = postgres.createDatabase("tls");
      String verified = tls("verify-identity", "ca");
      String toPostgres =
          syncs.start(
              mySqlCatalog("a", "localhost", USER, verified)
                  + postgresCatalog(postgres, pg, "localhost", verified + clientFiles())
                  + sync("b.public", "tls_pg"),
              SyncLauncher.Start.CONTINUE);
      String back = mySql.createDatabase("copy");
      String toMySql =
          syncs.start(
              // Certificates of the sync's own are asked for.
              mySqlCatalog("a", "localhost", "certified", verified + clientFiles())
                  + mySqlCatalog("b", "localhost", "certified", verified + clientFiles())
                  + sync("b.`" + back + "`", "tls_back"),
              SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(toPostgres);
      syncs.awaitCopied(toMySql);
      try (Connection source = SyncHarness.connect(mySql, database);
          Connection inPostgres = SyncHarness.connect(postgres, pg);
          Connection inMySql = SyncHarness.connect(mySql, back)) {
        SyncHarness.run(source, "INSERT INTO t VALUES (3)");
        String rows = "SELECT id FROM t ORDER BY id";
        SyncHarness.awaitEqual(source, rows, inPostgres, rows);
        SyncHarness.awaitEqual(source, rows, inMySql, rows);
        assertThat(
                SyncHarness.rows(
                    inPostgres,
                    "SELECT DISTINCT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)"
                        + " WHERE a.application_name = 'pi-dts'"))
            .containsExactly(List.of("t"));
      }
    } finally {
      flink.close();
    }
  }

  @Test
  void theRightServerPasses() {
    passes(fromMySql(tls("verify-identity", "ca"), "localhost"), CheckCode.SOURCE_TLS, "checked");
    passes(fromMySql(tls("verify-ca", "ca"), "127.0.0.1"), CheckCode.SOURCE_TLS, "checked");
    passes(fromMySql(", 'tls' = 'required'", "127.0.0.1"), CheckCode.SOURCE_TLS, "encrypted (TLS");
    passes(toPostgres(tls("verify-identity", "ca"), "localhost"), CheckCode.TARGET_TLS, "checked");
    passes(toPostgres(tls("verify-ca", "ca"), "127.0.0.1"), CheckCode.TARGET_TLS, "checked");
    passes(toPostgres(", 'tls' = 'disabled'", "127.0.0.1"), CheckCode.TARGET_TLS, "not encrypted");
  }

  @Test
  void anotherAuthority() {
    String reason = "not signed by a certificate that is trusted";
    refused(fromMySql(tls("verify-identity", "other"), "localhost"), CheckCode.SOURCE_TLS, reason);
    refused(fromMySql(tls("verify-ca", "other"), "localhost"), CheckCode.SOURCE_TLS, reason);
    refused(fromMySql(", 'tls' = 'verify-ca'", "localhost"), CheckCode.SOURCE_TLS, reason);
    refused(toPostgres(tls("verify-ca", "other"), "localhost"), CheckCode.TARGET_TLS, reason);
  }

  @Test
  void anotherHost() {
    refused(
        fromMySql(tls("verify-identity", "ca"), "127.0.0.1"), CheckCode.SOURCE_TLS, "127.0.0.1");
    refused(
        toPostgres(tls("verify-identity", "ca"), "127.0.0.1"), CheckCode.TARGET_TLS, "127.0.0.1");
  }

  @Test
  void noCertificateOfOurOwn() {
    String definition =
        mySqlCatalog("a", "localhost", "certified", tls("verify-identity", "ca"))
            + SyncHarness.mySqlCatalog("b", servers.mySqlB())
            + sync("b.`" + database + "`", "checked");
    assertThat(found(definition, CheckCode.SOURCE_LOGIN))
        .singleElement()
        .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.ERROR));
  }

  @Test
  void serversWithoutEncryption() {
    String reason = "offers no encryption";
    if (servers.mySqlA().isMariaDb()) {
      refused(
          SyncHarness.mySqlCatalog(
                  "a",
                  servers.mySqlA().port(),
                  servers.mySqlA().user(),
                  servers.mySqlA().password(),
                  ", 'tls' = 'required'")
              + SyncHarness.mySqlCatalog("b", servers.mySqlB())
              + sync("b.`x`", "checked"),
          CheckCode.SOURCE_TLS,
          reason);
    }
    refused(
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + postgresCatalog(servers.postgres(), "postgres", "localhost", ", 'tls' = 'required'")
            + "SYNC DATABASE a.`"
            + servers.mySqlA().createDatabase("tls")
            + "` TO b.public;",
        CheckCode.TARGET_TLS,
        reason);
  }

  @Test
  void expiredCertificates() throws Exception {
    if (!mySql.isMariaDb()) {
      // MySQL refuses to load one that has expired, but not to go on with one that expires.
      certificates.sign(
          "ca",
          "server",
          "old",
          "-ext",
          "san=dns:localhost",
          "-startdate",
          "-1d+10S",
          "-validity",
          "1");
    }
    use("old");
    try {
      refused(fromMySql(tls("verify-ca", "ca"), "localhost"), CheckCode.SOURCE_TLS, "expired");
      refused(toPostgres(tls("verify-ca", "ca"), "localhost"), CheckCode.TARGET_TLS, "expired");
    } finally {
      use("good");
    }
  }

  /** Servers read their certificates again when they are told to. */
  private static void use(String name) throws Exception {
    Files.copy(certificates.pem(name), certificate, StandardCopyOption.REPLACE_EXISTING);
    // Not encrypted: the driver looks whether a certificate has expired even where none is wanted.
    try (Connection root = mySql.connect("");
        Connection superuser = SyncHarness.connect(postgres, "")) {
      SyncHarness.run(root, mySql.isMariaDb() ? "FLUSH SSL" : "ALTER INSTANCE RELOAD TLS");
      SyncHarness.run(superuser, "SELECT pg_reload_conf()");
    }
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> serves(name));
  }

  private static boolean serves(String name) throws SQLException {
    try (Connection ignored =
        java.sql.DriverManager.getConnection(
            postgres.jdbcUrl("") + "?sslmode=verify-ca&sslrootcert=" + certificates.pem("ca"),
            postgres.user(),
            postgres.password())) {
      return name.equals("good");
    } catch (SQLException e) {
      return name.equals("old");
    }
  }

  @Test
  void filesThatCannotBeUsed() throws Exception {
    assertThat(
            found(
                fromMySql(
                    ", 'tls' = 'verify-ca', 'tls.ca' = '" + folder.resolve("none.pem") + "'",
                    "localhost"),
                CheckCode.SOURCE_TLS))
        .singleElement()
        .satisfies(
            finding ->
                assertThat(finding.message())
                    .contains("TLS cannot be set up: file " + folder.resolve("none.pem"))
                    .contains("cannot be read"));
    Path wrong = Files.writeString(folder.resolve("wrong.pem"), "nothing of the kind\n");
    assertThat(
            found(
                toPostgres(", 'tls' = 'verify-ca', 'tls.ca' = '" + wrong + "'", "localhost"),
                CheckCode.TARGET_TLS))
        .singleElement()
        .satisfies(
            finding -> assertThat(finding.message()).contains(wrong + " holds no certificates"));
  }

  /** Nothing protects the password on its way to another machine; 0.0.0.0 is taken for one. */
  @Test
  void plainConnectionsToOtherMachinesAreWarnedOf() {
    String pg =
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + postgresCatalog(servers.postgres(), "postgres", "0.0.0.0", "")
            + "SYNC DATABASE a.`"
            + servers.mySqlA().createDatabase("tls")
            + "` TO b.public;";
    assertThat(found(pg, CheckCode.TARGET_TLS))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.severity()).isEqualTo(Severity.WARNING);
              assertThat(finding.message()).contains("not encrypted").contains("the password");
              assertThat(finding.remedy()).contains("'tls' = 'verify-identity'");
            });
    assertThat(found(fromMySql("", "0.0.0.0"), CheckCode.SOURCE_TLS))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.severity()).isEqualTo(Severity.INFO);
              assertThat(finding.message()).contains("whether it is the right server is not");
            });
  }
}
