package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
 * Queries over several nodes in a transaction, for which no thread waits: what comes of them must
 * be as if one did.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class AwaitedAnswersIT {
  private static final String ORDERED =
      "SELECT note FROM orders WHERE user_id BETWEEN 0 AND 100 ORDER BY note";
  private static final String RULES =
      """
      schema: shop
      transaction_mode: xa
      default_node: db1
      statement_timeout: 3s
      nodes:
        - {name: db1, dsn: 'env:DB1', maximum_pool_size: 2, acquire_timeout: 2s}
        - {name: db2, dsn: 'env:DB2', maximum_pool_size: 2, acquire_timeout: 2s}
      tables:
        - name: orders
          type: sharding
          strategies:
            - {backends: ['db1.orders_{0, 4, 2}', 'db2.orders_{1, 4, 2}'], sharding_columns: [user_id], algorithm: mod}
      """;

  @TempDir private static Path folder;
  private final List<EmbeddedMySql> servers;
  private final List<String> schemas = new ArrayList<>();
  private int plans;
  private ProxyServer proxy;

  AwaitedAnswersIT(Servers servers) {
    this.servers = List.of(servers.mySqlA(), servers.mySqlB());
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    for (int node = 0; node < 2; node++) {
      schemas.add(servers.get(node).createDatabase("awaited"));
      try (Connection direct = servers.get(node).connect(schemas.get(node));
          Statement statement = direct.createStatement()) {
        for (int shard = node; shard < 4; shard += 2) {
          statement.execute(
              "CREATE TABLE orders_"
                  + shard
                  + " (id INT NOT NULL, user_id INT NOT NULL, note VARCHAR(200), PRIMARY KEY (id,"
                  + " user_id)) CHARACTER SET utf8mb4");
        }
      }
    }
    Files.writeString(folder.resolve("rules.yaml"), RULES);
    Path config = folder.resolve("proxy.json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
         "rules": "rules.yaml", "event_loops": 1}
        """);
    Map<String, String> environment = Map.of("DB1", dsn(0), "DB2", dsn(1));
    proxy = ProxyServer.start(new ConfigReader(environment::get).read(config));
  }

  private String dsn(int node) {
    EmbeddedMySql server = servers.get(node);
    return "mysql://%s:%s@%s:%d/%s"
        .formatted(
            server.user(), server.password(), server.host(), server.port(), schemas.get(node));
  }

  @AfterAll
  void stop() throws SQLException {
    proxy.close();
    for (int node = 0; node < 2; node++) {
      try (Connection direct = servers.get(node).connect("");
          Statement statement = direct.createStatement()) {
        statement.execute("DROP DATABASE " + schemas.get(node));
      }
    }
  }

  @BeforeEach
  void fill() throws SQLException {
    try (Connection app = connect("");
        Statement statement = app.createStatement()) {
      statement.execute("DELETE FROM orders");
      statement.execute(
          "INSERT INTO orders VALUES (1, 0, 'null'), (2, 1, 'Eins 订单'), (3, 2, 'zwei'), (4, 3, 'drei')");
    }
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mariadb://127.0.0.1:"
            + proxy.port()
            // It would set sql_mode, with which a node is asked for each shard by itself.
            + "/shop?jdbcCompliantTruncation=false&sslMode=disable&"
            + options,
        "app",
        "");
  }

  private static List<String> column(Statement statement, String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  /** Begins a transaction on both nodes; what its queries' columns are is known afterwards. */
  private static void begin(Statement statement, String query) throws SQLException {
    statement.execute("BEGIN");
    column(statement, query);
    column(statement, query);
  }

  /** Session threads that wait for a node now. */
  private static List<String> threadsThatWait() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().startsWith("pi-proxy"))
        .filter(
            thread ->
                Arrays.stream(thread.getValue())
                    .anyMatch(frame -> frame.getClassName().contains("WireResponse")))
        .map(thread -> thread.getKey().getName())
        .toList();
  }

  private static CompletableFuture<Object> later(Statement statement, String sql) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return column(statement, sql);
          } catch (SQLException e) {
            return e.getErrorCode();
          }
        });
  }

  /** Of the plan that {@link #beginSleeping} has made known. */
  private String sleeping(double seconds) {
    return "SELECT note FROM orders AS o"
        + plans
        + " WHERE user_id BETWEEN 0 AND 100 AND SLEEP("
        + seconds
        + ") = 0";
  }

  /**
   * Begins a transaction on both nodes, and has a query sent to both. One that took long when it
   * ran first never is again: then another is made, which the machine may be quicker with.
   */
  private void beginSleeping(Statement statement) throws SQLException {
    statement.execute("BEGIN");
    boolean quick = false;
    for (int i = 0; i < 50 && !quick; i++) {
      plans++;
      long begin = System.nanoTime();
      column(statement, sleeping(0));
      quick = System.nanoTime() - begin < TimeUnit.MILLISECONDS.toNanos(400);
    }
    column(statement, sleeping(0));
  }

  private void awaitRunning(String what) {
    await().atMost(Duration.ofSeconds(20)).until(() -> running(what) == servers.size());
  }

  private void awaitNoneRuns(String what) {
    await().atMost(Duration.ofSeconds(20)).until(() -> running(what) == 0);
  }

  /** On how many servers it runs. */
  private int running(String what) throws SQLException {
    int count = 0;
    for (EmbeddedMySql server : servers) {
      try (Connection direct = server.connect("");
          Statement statement = direct.createStatement()) {
        boolean runs =
            column(statement, "SELECT info FROM information_schema.processlist").stream()
                .anyMatch(
                    info -> info != null && info.contains(what) && !info.contains("processlist"));
        count += runs ? 1 : 0;
      }
    }
    return count;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "useServerPrepStmts=true"})
  void rowsAreAsAThreadWouldTellThem(String options) throws SQLException {
    try (Connection app = connect(options);
        Statement statement = app.createStatement()) {
      statement.execute("BEGIN");
      for (int i = 0; i < 3; i++) {
        try (PreparedStatement ordered =
            app.prepareStatement(
                "SELECT DISTINCT note, user_id FROM orders WHERE user_id BETWEEN ? AND ? ORDER BY"
                    + " note DESC")) {
          ordered.setInt(1, 0);
          ordered.setInt(2, 2 + i);
          List<String> found = new ArrayList<>();
          try (ResultSet rows = ordered.executeQuery()) {
            while (rows.next()) {
              found.add(rows.getString(1) + rows.getInt(2));
            }
          }
          assertThat(found)
              .isEqualTo(
                  i == 0
                      ? List.of("zwei2", "null0", "Eins 订单1")
                      : List.of("zwei2", "null0", "Eins 订单1", "drei3"));
        }
        assertThat(column(statement, ORDERED)).containsExactly("drei", "Eins 订单", "null", "zwei");
        assertThat(column(statement, "SELECT SUM(id) FROM orders WHERE user_id BETWEEN 0 AND 100"))
            .containsExactly(i == 0 ? "10" : "15");
        if (i == 0) {
          statement.execute("UPDATE orders SET id = id + 5 WHERE user_id = 3");
        }
      }
      statement.execute("ROLLBACK");
    }
  }

  @Test
  void noThreadWaits() throws Exception {
    try (Connection app = connect("");
        Statement statement = app.createStatement()) {
      beginSleeping(statement);
      CompletableFuture<Object> slow = later(statement, sleeping(0.3));
      awaitRunning("SLEEP(0.3)");
      assertThat(threadsThatWait()).isEmpty();
      assertThat(slow.get()).isEqualTo(column(statement, sleeping(0)));
      statement.execute("COMMIT");
    }
  }

  /** All that it reads is locked, in one order: nothing is sent ahead. */
  @Test
  void aThreadWaitsInATransactionThatIsSerializable() throws Exception {
    try (Connection app = connect("");
        Statement statement = app.createStatement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
      beginSleeping(statement);
      CompletableFuture<Object> slow = later(statement, sleeping(0.4));
      List<String> waiting = new ArrayList<>();
      await()
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> waiting.addAll(threadsThatWait()) || slow.isDone());
      assertThat(waiting).isNotEmpty();
      assertThat(slow.get()).isEqualTo(column(statement, sleeping(0)));
      statement.execute("COMMIT");
    }
  }

  @Test
  void oneThatIsKilledEndsAloneAndOneThatTakesTooLongWithItsTransaction() throws Exception {
    try (Connection app = connect("");
        Statement statement = app.createStatement();
        Connection other = connect("");
        Statement killing = other.createStatement()) {
      beginSleeping(statement);
      String id = column(statement, "SELECT CONNECTION_ID()").get(0);
      CompletableFuture<Object> slow = later(statement, sleeping(2.25));
      awaitRunning("SLEEP(2.25)");
      killing.execute("KILL QUERY " + id);
      // A server may take a sleep that was cut short for a condition that isn't met.
      assertThat(slow.get()).isNotEqualTo(column(statement, sleeping(0)));
      assertThat(column(statement, ORDERED)).hasSize(4);
      assertThat(later(statement, sleeping(60.75)).get()).isEqualTo(3024);
      awaitNoneRuns("SLEEP(60.75)");
      assertThatThrownBy(() -> statement.execute(ORDERED)).hasMessageContaining("rolled back");
      statement.execute("ROLLBACK");
      assertThat(column(statement, ORDERED)).hasSize(4);
    }
  }

  @Test
  void aClientThatLeavesGivesItsConnectionsBack() throws Exception {
    for (int i = 0; i < 3; i++) {
      Connection app = connect("");
      Statement statement = app.createStatement();
      beginSleeping(statement);
      statement.execute("UPDATE orders SET note = 'lost' WHERE user_id = 1");
      CompletableFuture<Object> slow = later(statement, sleeping(1.5));
      awaitRunning("SLEEP(1.5)");
      app.abort(Runnable::run);
      slow.get();
    }
    // There are two connections to each node.
    try (Connection app = connect("");
        Statement statement = app.createStatement();
        Connection more = connect("");
        Statement too = more.createStatement()) {
      statement.execute("BEGIN");
      too.execute("BEGIN");
      assertThat(column(statement, ORDERED)).hasSize(4).doesNotContain("lost");
      assertThat(column(too, ORDERED)).hasSize(4);
    }
  }

  @Test
  void warningsErrorsAndLongResultsAreReadByAThread() throws SQLException {
    try (Connection app = connect("");
        Statement statement = app.createStatement()) {
      String warned = "SELECT note FROM orders WHERE user_id BETWEEN 0 AND 100 AND id > '0x'";
      String failing =
          "SELECT note FROM orders WHERE user_id BETWEEN 0 AND 100 AND"
              + " (SELECT 1 UNION ALL SELECT IF(id > %d, 1, NULL)) IS NULL";
      begin(statement, warned);
      assertThat(column(statement, warned)).hasSize(4);
      assertThat(column(statement, "SHOW WARNINGS")).isNotEmpty();
      assertThat(column(statement, ORDERED)).hasSize(4);
      assertThat(column(statement, "SHOW WARNINGS")).isEmpty();
      assertThatThrownBy(() -> column(statement, failing.formatted(0)))
          .isInstanceOf(SQLException.class);
      assertThat(column(statement, ORDERED)).hasSize(4);
      String many =
          String.join(
              ", ",
              IntStream.range(0, 4_000)
                  .mapToObj(
                      id -> "(" + (100 + id) + ", " + id % 4 + ", REPEAT('" + id % 10 + "', 190))")
                  .toList());
      statement.execute("INSERT INTO orders VALUES " + many);
      String all = "SELECT note FROM orders WHERE user_id BETWEEN 0 AND 100 AND id >= 100";
      for (int i = 0; i < 3; i++) {
        assertThat(column(statement, all)).hasSize(4_000).allMatch(note -> note.length() == 190);
        assertThat(column(statement, all + " ORDER BY note")).hasSize(4_000).isSorted();
      }
      statement.execute("ROLLBACK");
      assertThat(column(statement, ORDERED)).hasSize(4);
    }
  }

  /** The read is sent together with what begins the transaction. */
  @Test
  void aReadBehindATransactionThatCannotBeginIsNotAnswered() throws SQLException {
    String read = "SELECT note FROM orders WHERE user_id = %d AND id < 987654321";
    try (Connection app = connect("");
        Statement statement = app.createStatement();
        Connection first = servers.get(0).connect("");
        Statement log = first.createStatement();
        Connection second = servers.get(1).connect("");
        Statement other = second.createStatement()) {
      String begun;
      log.execute("SET GLOBAL log_output = 'TABLE'");
      log.execute("SET GLOBAL general_log = 1");
      try {
        statement.execute("BEGIN");
        assertThat(column(statement, read.formatted(0))).containsExactly("null");
        begun =
            column(
                    log,
                    "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE argument"
                        + " LIKE 'XA START %' AND thread_id IN (SELECT thread_id FROM"
                        + " mysql.general_log WHERE argument LIKE 'SELECT note%987654321')"
                        + " ORDER BY event_time DESC LIMIT 1")
                .get(0);
      } finally {
        log.execute("SET GLOBAL general_log = 0");
        log.execute("SET GLOBAL log_output = 'FILE'");
      }
      String taken = begun.replace("'db1'", "'db2'");
      other.execute(taken);
      assertThatThrownBy(() -> column(statement, read.formatted(1)))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1440));
      assertThat(column(statement, read.formatted(2))).containsExactly("zwei");
      other.execute(taken.replace("XA START", "XA END"));
      other.execute(taken.replace("XA START", "XA ROLLBACK"));
      assertThat(column(statement, read.formatted(1))).containsExactly("Eins 订单");
      assertThat(column(statement, ORDERED)).hasSize(4);
      statement.execute("COMMIT");
    }
  }
}
