package io.piplan.cli.demo;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.schema.VersionInstallation;
import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.MySqlOptions;
import io.piplan.meta.Zone;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Two sites, and the lines from each to the other. */
final class SitePair implements AutoCloseable {
  private static final String DATABASE = "shop";
  private static final Zone BJ = new Zone(1, "bj");
  private static final Zone SH = new Zone(2, "sh");

  private final EmbeddedMariaDb bj;
  private final EmbeddedMariaDb sh;
  private final Line toBj;
  private final Line toSh;
  private final Path passwordFile;

  private SitePair(EmbeddedMariaDb bj, EmbeddedMariaDb sh, Path passwordFile) throws IOException {
    this.bj = bj;
    this.sh = sh;
    this.toBj = new Line(bj.port());
    this.toSh = new Line(sh.port());
    this.passwordFile = passwordFile;
  }

  static SitePair start(String password, Path passwordFile) throws IOException {
    MySqlOptions options = MySqlOptions.defaults().withPassword(password);
    CompletableFuture<EmbeddedMariaDb> bj =
        CompletableFuture.supplyAsync(() -> EmbeddedMariaDb.start(options));
    CompletableFuture<EmbeddedMariaDb> sh =
        CompletableFuture.supplyAsync(() -> EmbeddedMariaDb.start(options.withServerId(2)));
    try {
      return new SitePair(bj.join(), sh.join(), passwordFile);
    } catch (CompletionException e) {
      bj.handle((server, failure) -> server).thenAccept(SitePair::close).join();
      sh.handle((server, failure) -> server).thenAccept(SitePair::close).join();
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static void close(EmbeddedMariaDb server) {
    if (server != null) {
      server.close();
    }
  }

  String version() {
    return bj.version().replace("MySQL ", "MariaDB ").replace("-MariaDB-log", "");
  }

  /** The shop at both sites, its customers at Beijing only: the sync copies them. */
  void createShop() throws SQLException {
    for (EmbeddedMariaDb site : List.of(bj, sh)) {
      try (Connection connection = site.connect("");
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE DATABASE " + DATABASE);
      }
      try (Connection connection = connect(site, "?allowMultiQueries=true")) {
        new SqlResource("sites/schema.sql").run(connection);
      }
    }
    try (Connection connection = bj.connect(DATABASE);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO customers (id, name, balance) SELECT seq - 1, CONCAT('客户 ', seq), 1000"
              + " FROM seq_1_to_"
              + SiteApp.CUSTOMERS);
    }
  }

  private Connection connect(EmbeddedMariaDb site, String options) throws SQLException {
    return java.sql.DriverManager.getConnection(
        site.jdbcUrl(DATABASE) + options, site.user(), site.password());
  }

  /** Has both sites keep row versions; all rows that are there are Beijing's. */
  void keepVersions() throws SQLException {
    keepVersions(bj, BJ);
    keepVersions(sh, SH);
  }

  private static void keepVersions(EmbeddedMariaDb site, Zone zone) throws SQLException {
    try (Connection connection = site.connect(DATABASE);
        Statement statement = connection.createStatement()) {
      VersionInstallation installation = new VersionInstallation(connection, DATABASE);
      for (String sql : installation.install(installation.tables(), zone, zone)) {
        statement.execute(sql);
      }
    }
  }

  /** What sql/sites/demo.sql asks for, the password apart. */
  Map<String, String> variables(Path metadata) {
    return Map.of(
        "PI_DEMO_BJ_PORT", String.valueOf(bj.port()),
        "PI_DEMO_SH_PORT", String.valueOf(sh.port()),
        "PI_DEMO_LINE_TO_BJ_PORT", String.valueOf(toBj.port()),
        "PI_DEMO_LINE_TO_SH_PORT", String.valueOf(toSh.port()),
        "PI_DEMO_SITES", metadata.toString());
  }

  SiteApp appAtBj(double transactionsPerSecond) throws SQLException {
    return new SiteApp(bj.connect(DATABASE), 0, transactionsPerSecond);
  }

  SiteApp appAtSh(double transactionsPerSecond) throws SQLException {
    return new SiteApp(sh.connect(DATABASE), 8, transactionsPerSecond);
  }

  void cutLines() {
    toBj.cut();
    toSh.cut();
  }

  void healLines() {
    toBj.heal();
    toSh.heal();
  }

  /** Changes of rows from Beijing that Shanghai has. */
  long arrivedAtSh() throws SQLException {
    return number(sh, "SELECT SUM(changes) FROM pi_dts_progress WHERE sync = 'bj_to_sh'");
  }

  long arrivedAtBj() throws SQLException {
    return number(bj, "SELECT SUM(changes) FROM pi_dts_progress WHERE sync = 'sh_to_bj'");
  }

  long conflicts() throws SQLException {
    String sql = "SELECT COUNT(*) FROM pi_dts_conflict";
    return number(bj, sql) + number(sh, sql);
  }

  private static long number(EmbeddedMariaDb site, String sql) throws SQLException {
    try (Connection connection = site.connect(DATABASE);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      if (!row.next()) {
        throw new DtsException(DtsError.INTERNAL, "no answer to " + sql, "see the log");
      }
      return row.getLong(1);
    }
  }

  DatabaseRef bj() {
    return reference(bj);
  }

  DatabaseRef sh() {
    return reference(sh);
  }

  private DatabaseRef reference(EmbeddedMariaDb site) {
    Secret password = new Secret.FileSecret(passwordFile.toString());
    return new DatabaseRef(
        new MySqlServer(site.host(), site.port(), site.user(), password), DATABASE);
  }

  @Override
  public void close() {
    for (Line line : List.of(toBj, toSh)) {
      try {
        line.close();
      } catch (IOException e) {
        // It ends with this process in any case.
      }
    }
    bj.close();
    sh.close();
  }
}
