package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A node that takes bytes and answers nothing, not even to KILL. */
@ExtendWith(ServersExtension.class)
class HangingNodeIT {
  private static final String RULES =
      """
      schema: shop
      transaction_mode: simple
      default_node: db1
      statement_timeout: 1s
      nodes:
        - {name: db1, dsn: 'env:DB1', maximum_pool_size: 2, acquire_timeout: 2s}
      tables:
        - name: orders
          type: sharding
          strategies:
            - {backends: [db1.orders_0, db1.orders_1], sharding_columns: [user_id], algorithm: mod}
      """;
  private static final String TWO =
      """
      schema: shop
      transaction_mode: xa
      default_node: db1
      statement_timeout: 1s
      nodes:
        - {name: db1, dsn: 'env:DB1', maximum_pool_size: 2, acquire_timeout: 2s}
        - {name: db2, dsn: 'env:DB2', maximum_pool_size: 2, acquire_timeout: 2s}
      tables:
        - name: orders
          type: sharding
          strategies:
            - {backends: ['db1.orders_{0, 4, 2}', 'db2.orders_{1, 4, 2}'], sharding_columns: [user_id], algorithm: mod}
      """;
  private static final String ONE = "SELECT note FROM orders WHERE user_id = 1";

  /** Rows come, and then none for long. */
  private static final String STALLING =
      "SELECT id, REPEAT('x', 40000), SLEEP(IF(id > 5, 90, 0)) FROM %s WHERE user_id = 1";

  private static final String LONG = "SELECT id, REPEAT('x', %d) FROM %s WHERE user_id = 1";

  /** How statements go. */
  enum Way {
    ONE_NODE("orders_1"),
    RULES("orders");

    private final String table;

    Way(String table) {
      this.table = table;
    }
  }

  @TempDir private Path folder;

  /** What a test does with a proxy over a node. */
  private interface Case {
    void run(Relay relay, ProxyServer proxy, Statement statement) throws Exception;
  }

  private void over(Servers servers, Case what) throws Exception {
    over(servers, Way.RULES, what);
  }

  private void over(Servers servers, Way way, Case what) throws Exception {
    over(servers, way, "1s", what);
  }

  private void over(Servers servers, Way way, String timeOut, Case what) throws Exception {
    EmbeddedMySql server = servers.mySqlA();
    String schema = server.createDatabase("hanging");
    try (Connection direct = server.connect(schema);
        Statement filling = direct.createStatement();
        Relay relay = new Relay(server.host(), server.port())) {
      for (int shard = 0; shard < 2; shard++) {
        filling.execute(
            "CREATE TABLE orders_" + shard + " (id INT, user_id INT, note VARCHAR(20))");
        filling.execute(
            "INSERT INTO orders_%d SELECT seq, %d, 'old' FROM %s"
                .formatted(shard, shard, EmbeddedMySql.numbers(10)));
      }
      String dsn =
          "mysql://%s:%s@127.0.0.1:%d/%s"
              .formatted(server.user(), server.password(), relay.port(), schema);
      try (ProxyServer proxy =
              way == Way.RULES ? proxy(dsn, timeOut) : oneNode(server, relay, timeOut);
          Connection app = connect(proxy, way == Way.RULES ? "shop" : schema);
          Statement statement = app.createStatement()) {
        assertThat(note(statement, way)).isEqualTo("old");
        what.run(relay, proxy, statement);
      } finally {
        filling.execute("DROP DATABASE " + schema);
      }
    }
  }

  /** It has its bytes in memory until it has ended, and they count until then. */
  @Test
  void aLongStatementCountsUntilItEndsThoughItsClientIsGone(Servers servers) throws Exception {
    over(
        servers,
        (relay, proxy, statement) -> {
          RawClient client = RawClient.login(proxy.port(), "app", "shop");
          relay.hang(true);
          String padding = "x".repeat(2 * UnfinishedStatements.SHORT);
          client.send(
              0, RawClient.query("SELECT COUNT(*) FROM orders WHERE note <> '" + padding + "'"));
          await().until(() -> proxy.unfinished().held() > 0);
          client.close();
          // Until the node would have been given up, which takes longer.
          await().until(() -> sessions(statement) == 1);
          assertThat(proxy.unfinished().held()).isPositive();
          relay.hang(false);
          await().until(() -> proxy.unfinished().held() == 0);
        });
  }

  private static int sessions(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery("SHOW PI SESSIONS")) {
      int count = 0;
      while (rows.next()) {
        count++;
      }
      return count;
    }
  }

  @Test
  void aStatementEndsWhenItsNodeHangs(Servers servers) throws Exception {
    over(
        servers,
        (relay, proxy, statement) -> {
          hangs(relay, statement, ONE);
          assertThat(note(statement)).isEqualTo("old");
          statement.execute("BEGIN");
          statement.executeUpdate("UPDATE orders SET note = 'new' WHERE user_id = 1");
          hangs(relay, statement, ONE);
          // The transaction is gone, of which the client must hear.
          assertThatThrownBy(() -> note(statement))
              .isInstanceOfSatisfying(
                  SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1402));
          statement.execute("ROLLBACK");
          // And its lock too when the server has seen that.
          assertThat(note(statement)).isEqualTo("old");
        });
  }

  @Test
  void aStatementOfASingleNodeEndsToo(Servers servers) throws Exception {
    over(
        servers,
        Way.ONE_NODE,
        (relay, proxy, statement) -> {
          hangs(relay, statement, "SELECT note FROM orders_1");
          assertThat(note(statement, Way.ONE_NODE)).isEqualTo("old");
          statement.execute("BEGIN");
          statement.executeUpdate("UPDATE orders_1 SET note = 'new'");
          // Of a SELECT that was stopped a server may give rows.
          isTooLong(statement, "SELECT SLEEP(90)");
          isTooLong(statement, "UPDATE orders_1 SET note = 'late' WHERE SLEEP(90) = 0");
          // As on a server without a proxy.
          assertThat(note(statement, Way.ONE_NODE)).isEqualTo("new");
          hangs(relay, statement, "SELECT note FROM orders_1");
          // What it had begun is gone.
          assertThatThrownBy(() -> note(statement, Way.ONE_NODE)).isInstanceOf(SQLException.class);
        });
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  @Timeout(120)
  void rowsThatStopComingAreNotWaitedForForLong(Way way, Servers servers) throws Exception {
    over(
        servers,
        way,
        (relay, proxy, statement) -> {
          isTooLong(statement, STALLING.formatted(way.table));
          assertThat(note(statement, way)).isEqualTo("old");
          // Now the node says no word, not even to a KILL, in the middle of a row or behind it.
          relay.hangAfter(100_000);
          try {
            assertThatThrownBy(() -> statement.execute(LONG.formatted(40_000, way.table)))
                .isInstanceOf(SQLException.class);
          } finally {
            relay.hang(false);
          }
          assertThat(busy(proxy)).isZero();
        });
  }

  @Test
  void aTimeOutAmidRowsEndsTheTransaction(Servers servers) throws Exception {
    over(
        servers,
        (relay, proxy, statement) -> {
          statement.execute("BEGIN");
          statement.executeUpdate("UPDATE orders SET note = 'new' WHERE user_id = 1");
          isTooLong(statement, STALLING.formatted("orders"));
          assertThatThrownBy(() -> note(statement))
              .isInstanceOfSatisfying(
                  SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1402));
          statement.execute("ROLLBACK");
          assertThat(note(statement)).isEqualTo("old");
        });
  }

  /** Its node has rows for it all the time. */
  @ParameterizedTest
  @EnumSource(Way.class)
  void aClientThatDoesNotReadIsNoNodeThatHangs(Way way, Servers servers) throws Exception {
    over(
        servers,
        way,
        (relay, proxy, statement) -> {
          String schema = way == Way.RULES ? "shop" : statement.getConnection().getCatalog();
          try (RawClient client = RawClient.login(proxy.port(), "app", schema)) {
            client.send(0, RawClient.query(LONG.formatted(4_000_000, way.table)));
            // The proxy looks each second whether a node has been silent for longer than one.
            Thread.sleep(5_000);
            assertThat(client.packet()).containsExactly(2);
            for (int definition = 0; definition < 3; definition++) {
              client.packet();
            }
            for (int row = 0; row < 10; row++) {
              assertThat(client.packet()).hasSizeGreaterThan(4_000_000);
            }
            assertThat(client.packet()[0]).isEqualTo((byte) 0xfe);
          }
        });
  }

  /** What the proxy itself sends before a statement may take as long. */
  @Test
  void whatIsSentBeforeAStatementIsNotWaitedForForLong(Servers servers) throws Exception {
    over(
        servers,
        Way.ONE_NODE,
        (relay, proxy, statement) -> {
          hangs(relay, statement, "SELECT LAST_INSERT_ID(), 1");
          assertThat(note(statement, Way.ONE_NODE)).isEqualTo("old");
        });
  }

  /** In spite of the time-out: who is told of an error would do it again. */
  @Test
  void rowsOfAWriteThatIsDoneAreItsAnswer(Servers servers) throws Exception {
    over(
        servers,
        Way.ONE_NODE,
        (relay, proxy, statement) -> {
          statement.execute(
              "CREATE PROCEDURE put() BEGIN UPDATE orders_1 SET note = 'put'; SELECT 'done'; END");
          CompletableFuture<String> answer = later(relay, statement, "CALL put()");
          assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("done");
          // The KILL may arrive only now, and stop a statement.
          await().ignoreExceptions().until(() -> "put".equals(note(statement, Way.ONE_NODE)));
          assertThat(later(relay, statement, "SELECT 'late'").get(30, TimeUnit.SECONDS))
              .isEqualTo("3024");
        });
  }

  /** The value, or the number of the error, of which nothing comes until its time is over. */
  private static CompletableFuture<String> later(Relay relay, Statement statement, String sql)
      throws InterruptedException {
    relay.hangAfter(0);
    CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> told(statement, sql));
    Thread.sleep(3_500);
    relay.hang(false);
    return answer;
  }

  private static String told(Statement statement, String sql) {
    try (ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : "";
    } catch (SQLException e) {
      return String.valueOf(e.getErrorCode());
    }
  }

  /** Its node hangs, and takes no connection by which to stop it. */
  @Test
  void whatCannotBeKilledEndsWithItsConnection(Servers servers) throws Exception {
    over(
        servers,
        Way.RULES,
        "10m",
        (relay, proxy, statement) -> {
          String id = told(statement, "SELECT CONNECTION_ID()");
          relay.refuse(true);
          relay.hangAfter(0);
          CompletableFuture<String> answer =
              CompletableFuture.supplyAsync(() -> told(statement, ONE));
          try (Connection other = connect(proxy, "");
              Statement killing = other.createStatement()) {
            // Until the statement runs there is nothing to kill.
            await().until(() -> !told(killing, "KILL QUERY " + id).isEmpty());
            assertThat(answer.get(30, TimeUnit.SECONDS)).isNotEqualTo("old");
          } finally {
            relay.refuse(false);
            relay.hang(false);
          }
          assertThat(busy(proxy)).isZero();
        });
  }

  /** The rows that it had locked on the other node would stay so. */
  @Test
  @Timeout(180)
  void aClientThatLeavesWhileNodesAreAwaitedHoldsUpNobody(Servers servers) throws Exception {
    EmbeddedMySql server = servers.mySqlA();
    String hanging = server.createDatabase("hanging");
    String healthy = server.createDatabase("healthy");
    String dsn = "mysql://%s:%s@%s:%d/%s";
    try (Connection direct = server.connect(healthy);
        Statement other = direct.createStatement();
        Relay relay = new Relay(server.host(), server.port())) {
      for (int shard = 0; shard < 4; shard++) {
        String table = (shard % 2 == 0 ? hanging : healthy) + ".orders_" + shard;
        other.execute(
            "CREATE TABLE "
                + table
                + " (id INT NOT NULL, user_id INT NOT NULL, note VARCHAR(20), PRIMARY KEY (id,"
                + " user_id))");
        other.execute("INSERT INTO %s VALUES (1, %d, 'old')".formatted(table, shard));
      }
      Map<String, String> environment =
          Map.of(
              "DB1",
              dsn.formatted(server.user(), server.password(), "127.0.0.1", relay.port(), hanging),
              "DB2",
              dsn.formatted(
                  server.user(), server.password(), server.host(), server.port(), healthy));
      try (ProxyServer proxy = proxy(TWO, environment)) {
        leavesAwaited(proxy, relay);
        other.execute("SET SESSION innodb_lock_wait_timeout = 1");
        await()
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptions()
            .until(() -> other.executeUpdate("UPDATE orders_1 SET note = 'free'") == 1);
        await().atMost(Duration.ofSeconds(60)).until(() -> busy(proxy) == 0);
        relay.hang(false);
      } finally {
        relay.hang(false);
        other.execute("DROP DATABASE " + hanging);
        other.execute("DROP DATABASE " + healthy);
      }
    }
  }

  /** The other node has answered, and before a thread takes over the waiting the client is gone. */
  private static void leavesAwaited(ProxyServer proxy, Relay relay) throws Exception {
    try (RawClient client = RawClient.login(proxy.port(), "app", "shop")) {
      answered(client, "BEGIN");
      answered(client, "UPDATE orders SET note = 'lost' WHERE user_id = 1");
      String query = "SELECT note FROM orders AS o%d WHERE user_id BETWEEN 0 AND 9";
      int plan = 0;
      long took = Long.MAX_VALUE;
      while (took > 400 && plan < 50) {
        // One that took long when it ran first is never sent ahead.
        plan++;
        long begin = System.nanoTime();
        answered(client, query.formatted(plan));
        took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
      }
      answered(client, query.formatted(plan));
      relay.hang(true);
      client.send(0, RawClient.query(query.formatted(plan)));
      await().pollInterval(Duration.ofMillis(20)).until(relay::holds);
      Thread.sleep(200);
    }
  }

  private static void answered(RawClient client, String sql) throws IOException {
    client.send(0, RawClient.query(sql));
    if (client.packet()[0] == 0) {
      return;
    }
    // Definitions, and rows.
    for (int ends = 0; ends < 2; ) {
      byte[] packet = client.packet();
      assertThat(packet[0]).isNotEqualTo((byte) 0xff);
      ends += packet[0] == (byte) 0xfe ? 1 : 0;
    }
  }

  private static void isTooLong(Statement statement, String sql) {
    assertThatThrownBy(() -> statement.execute(sql))
        .isInstanceOfSatisfying(
            SQLException.class,
            e -> {
              assertThat(e.getErrorCode()).isEqualTo(3024);
              assertThat(e.getSQLState()).isEqualTo("HY000");
            });
  }

  /** Connections that somebody uses. */
  private static int busy(ProxyServer proxy) throws SQLException {
    try (Connection app = connect(proxy, "");
        Statement statement = app.createStatement();
        ResultSet rows = statement.executeQuery("SHOW PI POOLS")) {
      int count = 0;
      while (rows.next()) {
        count += rows.getInt("in_use");
      }
      return count;
    }
  }

  private ProxyServer oneNode(EmbeddedMySql server, Relay relay, String timeOut)
      throws IOException {
    Path config = folder.resolve("one.json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
         "nodes": [{"name": "db1", "dsn": "mysql://%s@127.0.0.1:%d?password-env=NODE"}],
         "timeouts": {"statement": "%s"}, "event_loops": 1}
        """
            .formatted(server.user(), relay.port(), timeOut));
    return ProxyServer.start(new ConfigReader(Map.of("NODE", server.password())::get).read(config));
  }

  private ProxyServer proxy(String dsn, String timeOut) throws IOException {
    return proxy(
        RULES.replace("statement_timeout: 1s", "statement_timeout: " + timeOut),
        Map.of("DB1", dsn));
  }

  private ProxyServer proxy(String rules, Map<String, String> environment) throws IOException {
    Files.writeString(folder.resolve("shop.yaml"), rules);
    Path config = folder.resolve("shop.json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
         "rules": "shop.yaml", "event_loops": 1}
        """);
    return ProxyServer.start(new ConfigReader(environment::get).read(config));
  }

  private static Connection connect(ProxyServer proxy, String schema) throws SQLException {
    return connect(proxy, schema, "");
  }

  private static Connection connect(ProxyServer proxy, String schema, String options)
      throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/" + schema + "?sslMode=disable" + options,
        "app",
        "");
  }

  private static String note(Statement statement) throws SQLException {
    return note(statement, Way.RULES);
  }

  private static String note(Statement statement, Way way) throws SQLException {
    String sql = way == Way.RULES ? ONE : ONE.replace("orders", "orders_1");
    try (ResultSet rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }

  private static void hangs(Relay relay, Statement statement, String sql) {
    relay.hang(true);
    long before = System.nanoTime();
    try {
      assertThatThrownBy(() -> statement.execute(sql))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(3024));
    } finally {
      relay.hang(false);
    }
    assertThat((System.nanoTime() - before) / 1_000_000_000L).as("seconds").isLessThan(25);
  }

  /** Stands between proxy and node. */
  private static final class Relay implements AutoCloseable {
    private final ServerSocket listening =
        new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);
    private volatile boolean hangs;
    private volatile boolean refuses;
    private volatile boolean holds;

    Relay(String host, int port) throws IOException {
      begin(
          () -> {
            while (true) {
              Socket client = listening.accept();
              if (refuses) {
                client.close();
                continue;
              }
              Socket server = new Socket(host, port);
              begin(() -> copy(client, server, new AtomicLong(Long.MAX_VALUE)));
              begin(() -> copy(server, client, left));
            }
          });
    }

    int port() {
      return listening.getLocalPort();
    }

    void hang(boolean wanted) {
      hangs = wanted;
      holds = false;
      left.set(Long.MAX_VALUE);
    }

    /** Whether it has got something since it hangs. */
    boolean holds() {
      return holds;
    }

    /** Whether it takes no further connections. */
    void refuse(boolean wanted) {
      refuses = wanted;
    }

    /** Once it has let so many bytes through, whoever they are for. */
    void hangAfter(long bytes) {
      left.set(bytes);
    }

    private interface Work {
      void run() throws IOException, InterruptedException;
    }

    private static void begin(Work work) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.run();
                } catch (IOException e) {
                  // One side has ended.
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              },
              "relay");
      thread.setDaemon(true);
      thread.start();
    }

    private void copy(Socket from, Socket to, AtomicLong most)
        throws IOException, InterruptedException {
      byte[] bytes = new byte[16 * 1024];
      try (from;
          to;
          InputStream in = from.getInputStream();
          OutputStream out = to.getOutputStream()) {
        for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
          int at = 0;
          while (at < count) {
            int now = hangs ? 0 : take(count - at, most);
            if (now == 0) {
              holds = true;
              Thread.sleep(20);
            } else {
              out.write(bytes, at, now);
              at += now;
            }
          }
        }
      }
    }

    /** Before they are passed on: who gets them may say at once how many may follow. */
    private static int take(int wanted, AtomicLong most) {
      return (int) Math.min(wanted, most.getAndUpdate(left -> left - Math.min(left, wanted)));
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }
}
