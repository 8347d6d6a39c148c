package io.piplan.cli.demo;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.MySqlOptions;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The demo's servers: site A, site B and a PostgreSQL, all with one password. */
final class DemoServers implements AutoCloseable {
  static final String DATABASE = "shop";

  private final EmbeddedMariaDb a;
  private final EmbeddedMariaDb b;
  private final EmbeddedPg pg;
  private final Path passwordFile;

  private DemoServers(EmbeddedMariaDb a, EmbeddedMariaDb b, EmbeddedPg pg, Path passwordFile) {
    this.a = a;
    this.b = b;
    this.pg = pg;
    this.passwordFile = passwordFile;
  }

  static DemoServers start(String password, Path passwordFile) {
    // A million orders at once fill the redo log that comes by default in a second; from then on
    // each row waits for pages to be flushed.
    MySqlOptions options =
        MySqlOptions.defaults()
            .withPassword(password)
            .withArgument("--innodb-buffer-pool-size=512M")
            .withArgument("--innodb-log-file-size=512M");
    CompletableFuture<EmbeddedMariaDb> a =
        CompletableFuture.supplyAsync(() -> EmbeddedMariaDb.start(options));
    CompletableFuture<EmbeddedMariaDb> b =
        CompletableFuture.supplyAsync(() -> EmbeddedMariaDb.start(options.withServerId(2)));
    CompletableFuture<EmbeddedPg> pg =
        CompletableFuture.supplyAsync(() -> EmbeddedPg.start(password, List.of()));
    try {
      return new DemoServers(a.join(), b.join(), pg.join(), passwordFile);
    } catch (CompletionException e) {
      closeStarted(a);
      closeStarted(b);
      closeStarted(pg);
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static void closeStarted(CompletableFuture<? extends EmbeddedDatabase> start) {
    EmbeddedDatabase server = start.handle((started, failure) -> started).join();
    if (server != null) {
      server.close();
    }
  }

  String versions() {
    // Connector/J calls every server MySQL.
    return a.version().replace("MySQL ", "MariaDB ").replace("-MariaDB-log", "")
        + " (twice) and "
        + pg.version();
  }

  /** What sql/demo.sql asks for, the password apart. */
  Map<String, String> variables() {
    return Map.of(
        "PI_DEMO_A_PORT", String.valueOf(a.port()),
        "PI_DEMO_B_PORT", String.valueOf(b.port()),
        "PI_DEMO_PG_PORT", String.valueOf(pg.port()));
  }

  void createTargets() throws SQLException {
    for (EmbeddedDatabase target : List.of(b, pg)) {
      try (Connection connection = target.connect("");
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE DATABASE " + DATABASE);
      }
    }
  }

  Shop shop() {
    return new Shop(mySql(a), DATABASE);
  }

  DatabaseRef source() {
    return new DatabaseRef(mySql(a), DATABASE);
  }

  DatabaseRef siteB() {
    return new DatabaseRef(mySql(b), DATABASE);
  }

  DatabaseRef warehouse() {
    return new DatabaseRef(
        new PostgresServer(pg.host(), pg.port(), DATABASE, pg.user(), password()), "public");
  }

  LagProbe.Site probeSource() {
    return () -> a.connect(DATABASE);
  }

  Map<String, LagProbe.Site> probeTargets() {
    return Map.of("B", () -> b.connect(DATABASE), "PostgreSQL", () -> pg.connect(DATABASE));
  }

  private MySqlServer mySql(EmbeddedMariaDb server) {
    return new MySqlServer(server.host(), server.port(), server.user(), password());
  }

  private Secret password() {
    return new Secret.FileSecret(passwordFile.toString());
  }

  /** How a person connects; the password is shown by the caller alone. */
  List<String> clients() {
    return List.of(
        "site A:     mysql -h 127.0.0.1 -P " + a.port() + " -u root -p shop",
        "site B:     mysql -h 127.0.0.1 -P " + b.port() + " -u root -p shop",
        "PostgreSQL: psql -h 127.0.0.1 -p " + pg.port() + " -U postgres shop");
  }

  @Override
  public void close() {
    a.close();
    b.close();
    pg.close();
  }
}
