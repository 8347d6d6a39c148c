package io.piplan.cli.demo;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.MySqlOptions;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The servers of the demo of Hive: site A, and a Hive with its metastore and HiveServer2. */
final class HiveDemoServers implements AutoCloseable {
  /** Where tables lie in Hive. */
  static final String TARGET = "ods";

  private static final String USER = "pi";

  private final EmbeddedMariaDb a;
  private final EmbeddedHive hive;
  private final Path passwordFile;

  private HiveDemoServers(EmbeddedMariaDb a, EmbeddedHive hive, Path passwordFile) {
    this.a = a;
    this.hive = hive;
    this.passwordFile = passwordFile;
  }

  static HiveDemoServers start(String password, Path passwordFile) {
    CompletableFuture<EmbeddedHive> hive = CompletableFuture.supplyAsync(EmbeddedHive::start);
    EmbeddedMariaDb a;
    try {
      a = EmbeddedMariaDb.start(MySqlOptions.defaults().withPassword(password));
    } catch (RuntimeException e) {
      CompletableFuture<Void> unused = hive.thenAccept(EmbeddedHive::close);
      throw e;
    }
    try {
      return new HiveDemoServers(a, hive.join(), passwordFile);
    } catch (CompletionException e) {
      a.close();
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  String versions() {
    // Connector/J calls every server MySQL.
    return a.version().replace("MySQL ", "MariaDB ").replace("-MariaDB-log", "")
        + " and Hive 3.1.3";
  }

  /** What sql/demo-hive.sql asks for, the password apart. */
  Map<String, String> variables() {
    return Map.of(
        "PI_DEMO_A_PORT", String.valueOf(a.port()),
        "PI_DEMO_METASTORE", hive.metastoreUri(),
        "PI_DEMO_HIVE", hive.jdbcUrl("default"));
  }

  Shop shop() {
    return new Shop(mySql(), DemoServers.DATABASE);
  }

  void createTarget() throws SQLException {
    try (Connection connection = hive.connect("default");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + TARGET);
    }
  }

  DatabaseRef source() {
    return new DatabaseRef(mySql(), DemoServers.DATABASE);
  }

  DatabaseRef target() {
    return new DatabaseRef(
        new HiveServer(
            hive.metastoreUri(),
            hive.jdbcUrl("default"),
            USER,
            new Secret.LiteralSecret(""),
            "",
            Map.of()),
        TARGET);
  }

  /** Writes a last row at site A, which arrives when all before it has. */
  void writeLast(long id) throws SQLException {
    try (Connection connection = a.connect(DemoServers.DATABASE);
        Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO pi_probe (id, sent_at) VALUES (" + id + ", UTC_TIMESTAMP(6))");
    }
  }

  /** Whether a row of {@link #writeLast} is to be read in Hive. */
  boolean hasArrived(long id) throws SQLException {
    return number("SELECT count(*) FROM pi_probe WHERE id = " + id) > 0;
  }

  /** A number that HiveServer2 answers. */
  long number(String query) throws SQLException {
    try (Connection connection = hive.connect(TARGET);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  private MySqlServer mySql() {
    return new MySqlServer(
        a.host(), a.port(), a.user(), new Secret.FileSecret(passwordFile.toString()));
  }

  @Override
  public void close() {
    a.close();
    hive.close();
  }
}
