package io.piplan.proxy.server;

import static io.piplan.proxy.server.TwoNodes.MARIADB;
import static io.piplan.proxy.server.TwoNodes.MYSQL;
import static io.piplan.proxy.server.TwoNodes.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reads from a replica by the servers' own replication, through the proxy's codec: those that are
 * passed on, and those of several shards.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class ReplicaProxyIT {
  private static final String RULES =
      """
      schema: shop0
      transaction_mode: xa
      default_node: n0
      source_replica: {max_lag: 3s}
      nodes:
        - {name: n0, dsn: 'env:N0', maximum_pool_size: 8}
        - {name: r0, type: replica, follow: n0, dsn: 'env:R0', maximum_pool_size: 8}
      tables:
        - name: orders
          type: sharding
          strategies:
            - {backends: ['n0.orders_{0, 2}'], sharding_columns: [user_id], algorithm: mod}
        - name: many
          type: sharding
          strategies:
            - {backends: ['n0.many_{0, 2}'], sharding_columns: [id], algorithm: mod}
      """;
  private static final Duration LONG = Duration.ofMinutes(1);

  /** With twenty rows it takes longer than anybody waits here. */
  private static final String ENDLESS = " a WHERE SLEEP(5) = 0";

  @TempDir private static Path folder;
  private final EmbeddedMySql source;
  private final EmbeddedMySql replica;
  private ProxyServer proxy;

  ReplicaProxyIT(Servers servers) {
    MySqlOptions options = MySqlOptions.defaults();
    source = servers.startMySql(options.withServerId(71));
    replica = servers.startMySql(options.withServerId(72));
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    on(source, "", "CREATE DATABASE shop0");
    on(
        source,
        "shop0",
        "CREATE TABLE orders_0 (id INT PRIMARY KEY, user_id INT NOT NULL, note VARCHAR(20))",
        "CREATE TABLE orders_1 (id INT PRIMARY KEY, user_id INT NOT NULL, note VARCHAR(20))",
        "CREATE TABLE many_0 (id INT PRIMARY KEY)",
        "CREATE TABLE many_1 (id INT PRIMARY KEY)",
        "CREATE TABLE whole (id INT PRIMARY KEY)",
        "INSERT INTO many_0 VALUES " + numbers(0, 2),
        "INSERT INTO many_1 VALUES " + numbers(1, 2),
        "INSERT INTO whole VALUES " + numbers(0, 1),
        "CREATE TABLE place (name VARCHAR(20) PRIMARY KEY)",
        "INSERT INTO orders_0 VALUES (2, 0, 'source')",
        "INSERT INTO orders_1 VALUES (1, 1, 'source')",
        "INSERT INTO place VALUES ('source')");
    boolean mariaDb = replica.isMariaDb();
    on(
        replica,
        "",
        (mariaDb
                ? "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = %d, MASTER_USER ="
                    + " '%s', MASTER_PASSWORD = '%s', MASTER_USE_GTID = slave_pos,"
                    + " MASTER_CONNECT_RETRY = 1, MASTER_SSL = 0, MASTER_SSL_VERIFY_SERVER_CERT ="
                    + " 0"
                : "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = %d,"
                    + " SOURCE_USER = '%s', SOURCE_PASSWORD = '%s', SOURCE_CONNECT_RETRY = 1,"
                    + " GET_SOURCE_PUBLIC_KEY = 1")
            .formatted(source.port(), source.user(), source.password()),
        mariaDb ? "START SLAVE" : "START REPLICA");
    await()
        .atMost(LONG)
        .ignoreExceptions()
        .until(
            () -> {
              try (Connection direct = replica.connect("shop0");
                  Statement statement = direct.createStatement()) {
                return rows(statement, "SELECT COUNT(*) FROM place").equals(List.of("1"));
              }
            });
    // What is different there tells where an answer came from.
    onlyThere(
        "UPDATE shop0.place SET name = 'replica'",
        "UPDATE shop0.orders_0 SET note = 'replica'",
        "UPDATE shop0.orders_1 SET note = 'replica'");
    Files.writeString(folder.resolve("rules.yaml"), RULES);
    Path config =
        Files.writeString(
            folder.resolve("proxy.json"),
            """
            {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
             "rules": "rules.yaml", "event_loops": 1, "metrics": "127.0.0.1:0"}
            """);
    Map<String, String> environment = Map.of("N0", dsn(source), "R0", dsn(replica));
    proxy = ProxyServer.start(new ConfigReader(environment::get).read(config));
  }

  private static String numbers(int first, int step) {
    return IntStream.range(0, 20)
        .mapToObj(i -> "(" + (first + i * step) + ")")
        .collect(Collectors.joining(", "));
  }

  private static String dsn(EmbeddedMySql server) {
    return "mysql://%s:%s@%s:%d/shop0"
        .formatted(server.user(), server.password(), server.host(), server.port());
  }

  private static void on(EmbeddedMySql server, String database, String... statements)
      throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Changes the replica and leaves no trace in its binlog. */
  private void onlyThere(String... statements) throws SQLException {
    try (Connection connection = replica.connect("");
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION sql_log_bin = 0");
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @AfterAll
  void end() {
    if (proxy != null) {
      proxy.close();
    }
    replica.close();
    source.close();
  }

  private Connection connect(String kind, String options) throws SQLException {
    return DriverManager.getConnection(
        kind
            + "//127.0.0.1:"
            + proxy.port()
            + "/shop0?"
            + options
            + (kind.equals(MYSQL) ? "&sslMode=DISABLED" : "&sslMode=disable"),
        "app",
        "");
  }

  @BeforeEach
  void theReplicaAnswers() throws SQLException {
    awaitReadsFrom("replica");
  }

  private void awaitReadsFrom(String where) throws SQLException {
    try (Connection app = connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      await()
          .atMost(LONG)
          .until(() -> rows(statement, "SELECT name FROM place").equals(List.of(where)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void onlyReadsOutsideOfTransactionsGoThere(String kind) throws SQLException {
    try (Connection app = connect(kind, "useServerPrepStmts=true");
        Statement statement = app.createStatement();
        PreparedStatement one = app.prepareStatement("SELECT note FROM orders WHERE user_id = ?");
        PreparedStatement several =
            app.prepareStatement("SELECT note FROM orders WHERE id < ? ORDER BY id")) {
      one.setInt(1, 1);
      several.setInt(1, 9);
      for (int i = 0; i < 3; i++) {
        // As text, prepared, passed on and merged; with a plan that is kept, and without one.
        assertThat(rows(statement, "SELECT note FROM orders WHERE user_id = 0"))
            .containsExactly("replica");
        assertThat(rows(one.executeQuery())).containsExactly("replica");
        assertThat(rows(several.executeQuery())).containsExactly("replica", "replica");
        assertThat(rows(statement, "SELECT COUNT(*), MIN(note) FROM orders"))
            .containsExactly("2|replica");
      }
      assertThat(rows(statement, "SELECT name FROM place FOR UPDATE")).containsExactly("source");
      assertThat(rows(statement, "SELECT name FROM place /* pi: source */"))
          .containsExactly("source");
      app.setAutoCommit(false);
      assertThat(rows(one.executeQuery())).containsExactly("source");
      assertThat(rows(several.executeQuery())).containsExactly("source", "source");
      app.commit();
      app.setAutoCommit(true);
      assertThat(rows(one.executeQuery())).containsExactly("replica");
      assertThatThrownBy(() -> statement.execute("SELECT nothing FROM place"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1054));
    }
  }

  @Test
  void whatASessionWroteItReads() throws SQLException {
    try (Connection app = connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      statement.execute("SET read_your_writes = 1");
      for (int i = 200; i < 210; i++) {
        statement.execute("INSERT INTO orders (id, user_id) VALUES (" + i + ", " + i + ")");
        assertThat(rows(statement, "SELECT id FROM orders WHERE user_id = " + i))
            .containsExactly(Integer.toString(i));
      }
      assertThat(rows(statement, "SELECT COUNT(*) FROM orders WHERE id >= 200"))
          .containsExactly("10");
      statement.execute("DELETE FROM orders WHERE id >= 200");
    }
  }

  @Test
  void whatTheReplicaCantAnswerTheSourceDoes() throws SQLException {
    try (Connection app = connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      onlyThere("RENAME TABLE shop0.orders_0 TO shop0.gone");
      assertThat(rows(statement, "SELECT note FROM orders WHERE user_id = 0"))
          .containsExactly("source");
      assertThat(rows(statement, "SELECT id FROM orders ORDER BY id")).containsExactly("1", "2");
      onlyThere("RENAME TABLE shop0.gone TO shop0.orders_0");
    }
  }

  @Test
  void aKilledReplicaCostsNoReadAndComesBack() throws SQLException, IOException {
    try (Connection app = connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      assertThat(rows(statement, "SELECT name FROM place")).containsExactly("replica");
      assertThat(Shop.metrics(proxy))
          .contains("pi_proxy_replica_lag_seconds{node=\"r0\"} ")
          .contains("pi_proxy_replica_reads{node=\"r0\"} 1\n");
      // A question to nodes that take their time is left out.
      await().atMost(LONG).untilAsserted(this::whatAlertsAskForIsThere);
      replica.kill9();
      for (int i = 0; i < 20; i++) {
        assertThat(rows(statement, "SELECT name FROM place")).containsExactly("source");
        assertThat(rows(statement, "SELECT COUNT(*) FROM orders")).containsExactly("2");
      }
      await()
          .atMost(LONG)
          .untilAsserted(
              () ->
                  assertThat(Shop.metrics(proxy))
                      .contains("pi_proxy_replica_reads{node=\"r0\"} 0\n")
                      .contains("pi_proxy_node_up{node=\"r0\"} 0\n")
                      .contains("pi_proxy_node_up{node=\"n0\"} 1\n"));
    }
    replica.restart();
  }

  /** And all that is there is in the docs. */
  private void whatAlertsAskForIsThere() throws IOException {
    Pattern name = Pattern.compile("\\b(pi_proxy_\\w+)");
    Set<String> there = names(name, Shop.metrics(proxy));
    Path alerts = Path.of("../deploy/monitoring/proxy-alerts.yml");
    assertThat(there).containsAll(names(name, Files.readString(alerts)));
    assertThat(names(name, Files.readString(Path.of("../docs/proxy.md")))).containsAll(there);
  }

  private static Set<String> names(Pattern name, String text) {
    return name.matcher(text).results().map(MatchResult::group).collect(Collectors.toSet());
  }

  /** Whoever has it killed doesn't want it to run once more on the source. */
  @ParameterizedTest
  @ValueSource(strings = {"whole", "many"})
  void aReadThatIsKilledRunsNowhereElse(String table) throws Exception {
    String sql = "SELECT a.* FROM " + table + ENDLESS;
    try (Connection app = connect(MYSQL, "");
        Statement statement = app.createStatement();
        Connection other = connect(MYSQL, "");
        Statement kills = other.createStatement()) {
      String id = rows(statement, "SELECT CONNECTION_ID()").get(0);
      CompletableFuture<Integer> failed =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  rows(statement, sql);
                  return 0;
                } catch (SQLException e) {
                  return e.getErrorCode();
                }
              });
      await().atMost(LONG).until(() -> running(replica) > 0);
      kills.execute("KILL QUERY " + id);
      assertThat(failed.get(60, TimeUnit.SECONDS)).isEqualTo(1317);
      assertThat(running(source)).isZero();
      assertThat(rows(statement, "SELECT name FROM place")).containsExactly("replica");
    }
  }

  private static int running(EmbeddedMySql server) throws SQLException {
    try (Connection direct = server.connect("");
        Statement statement = direct.createStatement()) {
      return Integer.parseInt(
          rows(
                  statement,
                  "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE"
                      + " '%SLEEP(5)%' AND info NOT LIKE '%processlist%'")
              .get(0));
    }
  }
}
