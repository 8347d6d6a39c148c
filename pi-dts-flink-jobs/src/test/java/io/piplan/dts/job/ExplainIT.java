package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What EXPLAIN SYNC prints can be run as it is printed, and reads the binlog once. */
@ExtendWith(ServersExtension.class)
class ExplainIT {
  private static final String READERS =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'";

  /** A source of its own, as readers of its binlog are counted. */
  private static EmbeddedMySql a;

  private static EmbeddedFlink flink;

  private final Servers servers;
  @TempDir Path state;
  private SyncHarness syncs;
  private String from;
  private Connection source;

  ExplainIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startServers(Servers servers) {
    flink = EmbeddedFlink.start(1, 8, Map.of());
    a = servers.startMySql(MySqlOptions.defaults().withServerId(62));
  }

  @AfterAll
  static void stopServers() {
    flink.close();
    a.close();
  }

  @BeforeEach
  void start() throws SQLException {
    syncs = new SyncHarness(flink, state);
    await().atMost(Duration.ofSeconds(30)).until(ExplainIT::nobodyReads);
    from = a.createDatabase("explain");
    source = SyncHarness.connect(a, from);
    SyncHarness.run(
        source,
        "CREATE TABLE orders (id INT PRIMARY KEY, v VARCHAR(20), price DECIMAL(10,2))",
        "INSERT INTO orders SELECT seq, CONCAT('名 ', seq), seq FROM " + EmbeddedMySql.numbers(500),
        "CREATE TABLE users (id INT PRIMARY KEY, v INT)",
        "INSERT INTO users VALUES (1, 1), (2, 2)",
        "CREATE TABLE other (id INT PRIMARY KEY)");
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    syncs.close();
  }

  private static boolean nobodyReads() throws SQLException {
    try (Connection connection = SyncHarness.connect(a, "")) {
      return SyncHarness.rows(connection, READERS).get(0).get(0).equals("0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void printedStatementsRunAsTheyArePrinted(String kind) throws Exception {
    boolean postgres = kind.equals("postgres");
    String to =
        postgres
            ? servers.postgres().createDatabase("explain")
            : servers.mySqlB().createDatabase("explain");
    try (Connection target =
        postgres
            ? SyncHarness.connect(servers.postgres(), to)
            : SyncHarness.connect(servers.mySqlB(), to)) {
      SyncHarness.run(
          target,
          "CREATE TABLE web_orders (id INT PRIMARY KEY, v VARCHAR(20), price DECIMAL(10,2))",
          "CREATE TABLE users (id INT PRIMARY KEY, v INT)");
      String definition =
          SyncHarness.mySqlCatalog("a", a)
              + (postgres
                  ? SyncHarness.postgresCatalog("b", servers.postgres(), to)
                  : SyncHarness.mySqlCatalog("b", servers.mySqlB()))
              + ("EXPLAIN SYNC DATABASE a.`%s` TO b.`%s` EXCLUDING TABLES (other)"
                      + " RENAME (orders TO web_orders) WHERE (orders: price BETWEEN 1 AND 400 AND"
                      + " v LIKE '名 %%') WITH ('parallelism' = '2');")
                  .formatted(from, postgres ? "public" : to);
      List<String> printed =
          new DefinitionLauncher(SecretLookup.ofProcess()).explain("test.sql", definition);
      assertThat(printed).hasSizeGreaterThan(3);
      String job = syncs.start(String.join(";\n", printed) + ";", SyncLauncher.Start.CONTINUE);
      String orders = "SELECT id, v, price FROM %s ORDER BY id";
      SyncHarness.awaitEqual(
          source,
          orders.formatted("orders").replace("ORDER", "WHERE price BETWEEN 1 AND 400 ORDER"),
          target,
          orders.formatted("web_orders"));
      SyncHarness.run(
          source,
          "UPDATE orders SET price = 399 WHERE id > 490",
          "UPDATE orders SET price = 500 WHERE id < 5",
          "DELETE FROM users WHERE id = 1",
          "INSERT INTO users VALUES (3, 3)");
      SyncHarness.awaitEqual(
          source,
          orders.formatted("orders").replace("ORDER", "WHERE price BETWEEN 1 AND 400 ORDER"),
          target,
          orders.formatted("web_orders"));
      String users = "SELECT id, v FROM users ORDER BY id";
      SyncHarness.awaitEqual(source, users, target, users);
      assertThat(readers()).isEqualTo(1);
      assertThat(syncs.control().status(job).state()).isEqualTo("RUNNING");
    }
  }

  private long readers() throws SQLException {
    return Long.parseLong(SyncHarness.rows(source, READERS).get(0).get(0));
  }

  /** Tables of catalogs, and of CREATE TABLE, of one server in one definition. */
  @Test
  void plainStatementsShareOneReaderOfAServersBinlog() throws Exception {
    String to = servers.mySqlB().createDatabase("explain");
    try (Connection target = SyncHarness.connect(servers.mySqlB(), to)) {
      SyncHarness.run(
          target,
          "CREATE TABLE orders (id INT PRIMARY KEY, v VARCHAR(20), price DECIMAL(10,2))",
          "CREATE TABLE users (id INT PRIMARY KEY, v INT)",
          "CREATE TABLE declared (id INT PRIMARY KEY, v INT)");
      String name =
          syncs.start(
              SyncHarness.mySqlCatalog("a", a)
                  + SyncHarness.mySqlCatalog("b", servers.mySqlB())
                  + declared("declared", "mysql-cdc", a, from, "users")
                  + declared("declared_too", "pi-mysql", servers.mySqlB(), to, "declared")
                  + "INSERT INTO b.`%1$s`.orders SELECT * FROM a.`%2$s`.orders; INSERT INTO b.`%1$s`.users SELECT * FROM a.`%2$s`.users; INSERT INTO declared_too SELECT * FROM declared;"
                      .formatted(to, from),
              SyncLauncher.Start.CONTINUE);
      SyncHarness.run(source, "INSERT INTO users VALUES (9, 9)", "DELETE FROM orders WHERE id > 9");
      for (String table : List.of("users", "declared")) {
        SyncHarness.awaitEqual(
            source,
            "SELECT id, v FROM users ORDER BY id",
            target,
            "SELECT id, v FROM " + table + " ORDER BY id");
      }
      String orders = "SELECT id, v, price FROM orders ORDER BY id";
      SyncHarness.awaitEqual(source, orders, target, orders);
      assertThat(readers()).isEqualTo(1);
      // It says who it is, so that others see it wherever they run.
      assertThat(SyncHarness.rows(source, a.isMariaDb() ? "SHOW REPLICA HOSTS" : "SHOW REPLICAS"))
          .singleElement()
          .satisfies(row -> assertThat(row.get(1)).startsWith("pi-dts:" + name + ":"));
      syncs.control().stop(name);
      await().atMost(Duration.ofSeconds(30)).until(() -> readers() == 0);
    }
  }

  private String declared(
      String name, String connector, EmbeddedMySql server, String database, String table)
      throws IOException {
    Path secret = Files.writeString(state.resolve(name), server.password());
    return "CREATE TABLE %s (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = '%s', 'hostname' = '127.0.0.1', 'port' = '%d', 'username' = '%s', 'password' = '${file:%s}', 'database-name' = '%s', 'table-name' = '%s');\n"
        .formatted(name, connector, server.port(), server.user(), secret, database, table);
  }

  @Test
  void aSyncReadsTheBinlogOnceForAllItsTables() throws Exception {
    String to = servers.mySqlB().createDatabase("explain");
    String sync =
        syncs.start(
            SyncHarness.mySqlCatalog("a", a)
                + SyncHarness.mySqlCatalog("b", servers.mySqlB())
                + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'parallelism' = '4');"
                    .formatted(from, to, from),
            SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    assertThat(readers()).isEqualTo(1);
  }
}
