package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command of the guides, as they stand there, in one shell a guide. Accounts are those of
 * {@code sql/least-privilege-grants.sql}, which may do no more.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GuidesIT {
  private static final String SHOP = "shop";
  private static final long MOST_SECONDS = 300;

  /** Where the reader is: the project's folders, and what the guides have them write. */
  @TempDir static Path folder;

  private static EmbeddedMySql a;
  private static EmbeddedMySql b;
  private static EmbeddedPg pg;
  private static final Map<String, String> ENVIRONMENT = new LinkedHashMap<>();

  @BeforeAll
  static void start(Servers servers) throws Exception {
    a = servers.startMySql(MySqlOptions.defaults().withServerId(91));
    b = servers.startMySql(MySqlOptions.defaults().withServerId(92));
    pg = EmbeddedPg.start();
    for (String part : List.of("bin", "sql", "deploy")) {
      Files.createSymbolicLink(
          folder.resolve(part), Path.of("..", part).toAbsolutePath().normalize());
    }
    String source = UUID.randomUUID().toString();
    String target = UUID.randomUUID().toString();
    run(a, "", "CREATE DATABASE shop");
    run(b, "", "CREATE DATABASE shop");
    run(pg, "", "CREATE DATABASE shop");
    run(a, SHOP, statements(Files.readString(Path.of("..", "sql", "shop", "schema.sql"))));
    fill();
    String grants = Files.readString(Path.of("..", "sql", "least-privilege-grants.sql"));
    run(a, SHOP, account(grants, "pi_source", source));
    run(b, SHOP, account(grants, "pi_target", target));
    run(pg, SHOP, postgresAccount(grants, target));
    server("A", a, source);
    server("B", b, target);
    server("PG", pg, target);
  }

  @AfterAll
  static void stop() {
    pg.close();
    b.close();
    a.close();
  }

  private static void fill() throws SQLException {
    String numbers = " FROM " + EmbeddedMySql.numbers(2_000);
    run(
        a,
        SHOP,
        "INSERT INTO customers (id, name, email) SELECT seq, CONCAT('名 ', seq),"
            + " CONCAT('c', seq, '@example.com')"
            + numbers);
  }

  private static void server(String name, EmbeddedDatabase server, String password) {
    ENVIRONMENT.put("PI_" + name + "_HOST", server.host());
    ENVIRONMENT.put("PI_" + name + "_PORT", String.valueOf(server.port()));
    ENVIRONMENT.put("PI_" + name + "_PASSWORD", password);
  }

  /** The statements of the file that are about an account, with another password. */
  private static String[] account(String grants, String user, String password) {
    return Stream.of(statements(grants))
        .filter(sql -> sql.contains("'" + user + "'"))
        .map(sql -> sql.replace("change me", password))
        .toArray(String[]::new);
  }

  /** They stand in comments there, the first ones of a part for tables that are there already. */
  private static String[] postgresAccount(String grants, String password) {
    String part =
        grants.substring(grants.indexOf("--   CREATE ROLE"), grants.indexOf("-- and for"));
    return statements(part.replaceAll("(?m)^--\\s*", "").replace("change me", password));
  }

  private static String[] statements(String script) {
    List<String> statements = new ArrayList<>();
    for (String part : script.replaceAll("(?m)^--.*$", "").split(";\\s*(\n|$)", 0)) {
      if (!part.isBlank()) {
        statements.add(part.strip());
      }
    }
    return statements.toArray(String[]::new);
  }

  private static void run(EmbeddedDatabase server, String database, String... statements)
      throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static long count(EmbeddedDatabase server, String query) throws SQLException {
    try (Connection connection = server.connect(SHOP);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static String follow(String guide) throws IOException, InterruptedException {
    StringBuilder exports = new StringBuilder();
    ENVIRONMENT.forEach(
        (name, value) ->
            exports.append("export ").append(name).append("='").append(value).append("'\n"));
    String text =
        Guide.read(guide).script(exports.toString()).replace("8099", String.valueOf(freePort()));
    Path script = Files.writeString(folder.resolve(guide + ".bash"), text);
    Path output = folder.resolve(guide + ".txt");
    ProcessBuilder shell =
        new ProcessBuilder("bash", script.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile());
    shell.environment().put("PI_BUILD", "no");
    shell.environment().put("PI_JAVA_OPTS", "-Duser.home=" + folder);
    Process process = shell.start();
    boolean ended = process.waitFor(MOST_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    String said = Files.readString(output);
    assertThat(ended).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  @Order(1)
  void firstSync() throws Exception {
    assertThat(follow("first-sync")).contains("first started", "first stopped; savepoint");
    assertThat(count(b, "SELECT COUNT(*) FROM customers")).isEqualTo(2_000);
  }

  @Test
  @Order(2)
  void repairARow() throws Exception {
    run(b, SHOP, "UPDATE customers SET name = 'wrong' WHERE id IN (7, 8)");
    run(b, SHOP, "DELETE FROM customers WHERE id = 9");
    follow("repair-a-row");
    assertThat(count(b, "SELECT COUNT(*) FROM customers WHERE name = 'wrong'")).isZero();
    assertThat(count(b, "SELECT COUNT(*) FROM customers")).isEqualTo(2_000);
  }

  @Test
  @Order(3)
  void moveToACluster() throws Exception {
    run(a, SHOP, "UPDATE customers SET name = 'moved' WHERE id = 1");
    follow("move-to-a-cluster");
    assertThat(count(b, "SELECT COUNT(*) FROM customers WHERE name = 'moved'")).isEqualTo(1);
    // A copy would have begun with more.
    assertThat(count(b, "SELECT SUM(copied_rows) FROM pi_dts_table")).isEqualTo(2_000);
  }

  @Test
  @Order(4)
  void wholeDatabase() throws Exception {
    follow("whole-database");
    assertThat(count(pg, "SELECT COUNT(*) FROM customers")).isEqualTo(2_000);
  }

  /** Servers that write at each other need an account that may more. */
  private static EmbeddedMySql site(Servers servers, String name, int id) throws SQLException {
    EmbeddedMySql site = servers.startMySql(MySqlOptions.defaults().withServerId(id));
    run(
        site,
        "",
        "CREATE DATABASE shop",
        "CREATE TABLE shop.customers (id BIGINT PRIMARY KEY, name VARCHAR(40))",
        "CREATE TABLE shop.orders (id BIGINT PRIMARY KEY, customer_id BIGINT NOT NULL, total INT)");
    String password = UUID.randomUUID().toString();
    run(
        site,
        SHOP,
        "CREATE USER 'pi'@'%' IDENTIFIED BY '" + password + "'",
        "GRANT ALL ON shop.* TO 'pi'@'%'",
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'pi'@'%'",
        "SET GLOBAL log_bin_trust_function_creators = 1",
        "INSERT INTO customers SELECT seq, 'both' FROM " + EmbeddedMySql.numbers(50),
        "INSERT INTO orders SELECT seq, seq, seq FROM " + EmbeddedMySql.numbers(50));
    server(name, site, password);
    ENVIRONMENT.put("PI_" + name + "_USER", "pi");
    return site;
  }

  @Test
  @Order(5)
  void twoSites(Servers servers) throws Exception {
    try (EmbeddedMySql bj = site(servers, "BJ", 93);
        EmbeddedMySql sh = site(servers, "SH", 94)) {
      follow("two-sites");
      assertThat(count(sh, "SELECT COUNT(*) FROM customers")).isEqualTo(50);
    }
  }

  @Test
  @Order(6)
  void threeSites(Servers servers) throws Exception {
    try (EmbeddedMySql bj = site(servers, "BJ", 95);
        EmbeddedMySql sh = site(servers, "SH", 96);
        EmbeddedMySql gz = site(servers, "GZ", 97)) {
      follow("three-sites");
      assertThat(count(gz, "SELECT COUNT(*) FROM customers")).isEqualTo(50);
    }
  }
}
