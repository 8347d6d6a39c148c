package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real drivers through a proxy to four shards on two real servers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class RoutedProxyIT {
  private static final String MARIADB = "jdbc:mariadb:";
  private static final String MYSQL = "jdbc:mysql:";
  private static final String RULES =
      """
schema: shop
transaction_mode: xa
nodes:
  - {name: db1, dsn: 'env:DB1', maximum_pool_size: 8}
  - {name: db2, dsn: 'env:DB2', maximum_pool_size: 8}
tables:
  - name: orders
    type: sharding
    strategies:
      - {backends: ['db1.orders_{0, 4, 2}', 'db2.orders_{1, 4, 2}'], sharding_columns: [user_id], algorithm: mod}
  - name: ticket
    type: double_sharding
    strategies:
      - {backends: ['db1.ticket_b_{0, 4, 2}', 'db2.ticket_b_{1, 4, 2}'], sharding_columns: [buyer], algorithm: mod}
      - {backends: ['db1.ticket_s_{0, 4, 2}', 'db2.ticket_s_{1, 4, 2}'], sharding_columns: [seller], algorithm: mod}
""";
  private static final String ORDERS =
      "(id INT NOT NULL, user_id BIGINT NOT NULL, note VARCHAR(200), amount DECIMAL(12,2), rate"
          + " DOUBLE, made DATETIME(6), span TIME, data BLOB, big BIGINT UNSIGNED, PRIMARY KEY (id,"
          + " user_id)) CHARACTER SET utf8mb4";

  @TempDir private static Path folder;
  private final List<EmbeddedMySql> servers;
  private final List<String> schemas = new ArrayList<>();
  private ProxyServer proxy;

  RoutedProxyIT(Servers servers) {
    this.servers = List.of(servers.mySqlA(), servers.mySqlB());
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    for (int node = 0; node < 2; node++) {
      schemas.add(servers.get(node).createDatabase("routed"));
      try (Connection direct = servers.get(node).connect(schemas.get(node));
          Statement statement = direct.createStatement()) {
        for (int shard = node; shard < 4; shard += 2) {
          statement.execute("CREATE TABLE orders_" + shard + " " + ORDERS);
          for (String copy : List.of("b", "s")) {
            statement.execute(
                "CREATE TABLE ticket_"
                    + copy
                    + "_"
                    + shard
                    + " (id INT PRIMARY KEY, buyer INT NOT NULL, seller INT NOT NULL, price INT)");
          }
        }
      }
    }
    Files.writeString(folder.resolve("shop.yaml"), RULES);
    Path config = folder.resolve("proxy.json");
    Files.writeString(
        config,
        """
{
  "listen": "127.0.0.1:0",
  "users": [{"name": "app", "password_env": "APP"}, {"name": "empty", "no_password": true}],
  "rules": "shop.yaml"
}
""");
    Map<String, String> environment = Map.of("APP", "pröxy", "DB1", dsn(0), "DB2", dsn(1));
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
  void empty() throws SQLException {
    try (Connection app = connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      statement.execute("DELETE FROM orders");
      statement.execute("DELETE FROM ticket");
    }
  }

  private Connection connect(String kind, String options) throws SQLException {
    String url = kind + "//127.0.0.1:" + proxy.port() + "/shop?" + options;
    return DriverManager.getConnection(
        url + (kind.equals(MYSQL) ? "&sslMode=DISABLED" : "&sslMode=disable"), "app", "pröxy");
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

  private long count(int node, String table) throws SQLException {
    try (Connection direct = servers.get(node).connect(schemas.get(node));
        Statement statement = direct.createStatement()) {
      return Long.parseLong(column(statement, "SELECT COUNT(*) FROM " + table).get(0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void rowsGoToTheirShardsAndComeBackInOrder(String kind) throws SQLException {
    try (Connection app = connect(kind, "");
        Statement statement = app.createStatement()) {
      assertThat(
              statement.executeUpdate(
                  "INSERT INTO orders (id, user_id, note, amount) VALUES (1, 0, 'größe 订单 😀',"
                      + " 1.50), (2, 1, 'b', 2), (3, 2, 'a', NULL), (4, 3, 'it''s', 4), (5, 4, 'B',"
                      + " 5)"))
          .isEqualTo(5);
      assertThat(List.of(count(0, "orders_0"), count(1, "orders_1"), count(0, "orders_2")))
          .containsExactly(2L, 1L, 1L);

      assertThat(column(statement, "SELECT note FROM orders WHERE user_id = 0"))
          .containsExactly("größe 订单 😀");
      assertThat(column(statement, "SELECT id FROM orders ORDER BY note DESC, id LIMIT 1, 3"))
          .containsExactly("1", "2", "5");
      assertThat(column(statement, "SELECT CONCAT(COUNT(*), ' ', 1) FROM orders WHERE user_id = 3"))
          .containsExactly("1 1");
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT COUNT(*), SUM(amount), AVG(amount), MAX(note), COUNT(DISTINCT note) FROM"
                  + " orders")) {
        rows.next();
        assertThat(rows.getLong(1)).isEqualTo(5);
        assertThat(rows.getBigDecimal(2)).isEqualTo(new BigDecimal("12.50"));
        assertThat(rows.getBigDecimal(3)).isEqualTo(new BigDecimal("3.125000"));
        assertThat(rows.getString(4)).isEqualTo("it's");
        assertThat(rows.getLong(5)).isEqualTo(4);
        assertThat(rows.getMetaData().getColumnLabel(2)).isEqualTo("SUM(amount)");
        assertThat(rows.getMetaData().getColumnCount()).isEqualTo(5);
      }
      assertThat(statement.executeUpdate("UPDATE orders SET amount = 7")).isEqualTo(5);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void preparedStatementsHaveBinaryRows(String kind) throws SQLException {
    try (Connection app = connect(kind, "useServerPrepStmts=true")) {
      byte[] data = {0, (byte) 0xff, '\'', '\\'};
      try (PreparedStatement insert =
          app.prepareStatement(
              "INSERT INTO orders (id, user_id, note, amount, rate, made, span, data, big) VALUES"
                  + " (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
        for (int user = 0; user < 8; user++) {
          insert.setInt(1, user + 10);
          insert.setLong(2, user);
          insert.setString(3, user == 3 ? null : "'); -- \\ " + user);
          insert.setBigDecimal(4, new BigDecimal("-12.30"));
          insert.setDouble(5, 0.1);
          insert.setString(6, "2024-02-29 23:59:59.000001");
          insert.setString(7, "100:00:01");
          insert.setBytes(8, data);
          insert.setString(9, "18446744073709551615");
          assertThat(insert.executeUpdate()).isEqualTo(1);
        }
      }
      try (PreparedStatement select =
          app.prepareStatement(
              "SELECT id, user_id, note, amount, rate, made, span, data, big FROM orders WHERE"
                  + " user_id >= ? ORDER BY user_id LIMIT ?")) {
        select.setLong(1, 2);
        select.setInt(2, 3);
        try (ResultSet rows = select.executeQuery()) {
          List<Long> users = new ArrayList<>();
          while (rows.next()) {
            users.add(rows.getLong("user_id"));
            assertThat(rows.getInt(1)).isEqualTo(rows.getInt(2) + 10);
            assertThat(rows.getString(3))
                .isEqualTo(rows.getLong(2) == 3 ? null : "'); -- \\ " + rows.getLong(2));
            assertThat(rows.getBigDecimal(4)).isEqualTo(new BigDecimal("-12.30"));
            assertThat(rows.getDouble(5)).isEqualTo(0.1);
            assertThat(rows.getString(6)).startsWith("2024-02-29 23:59:59.000001");
            assertThat(rows.getString(7)).contains("100:00:01");
            assertThat(rows.getBytes(8)).isEqualTo(data);
            assertThat(rows.getString(9)).isEqualTo("18446744073709551615");
          }
          assertThat(users).containsExactly(2L, 3L, 4L);
        }
        select.setLong(1, 6);
        select.setInt(2, 100);
        try (ResultSet rows = select.executeQuery()) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.next()).isTrue();
          assertThat(rows.next()).isFalse();
        }
      }
    }
  }

  @Test
  void aTransactionOverBothServersTakesEffectWhollyOrNot() throws SQLException {
    try (Connection app = connect(MYSQL, "");
        Connection other = connect(MARIADB, "");
        Statement statement = app.createStatement();
        Statement looking = other.createStatement()) {
      app.setAutoCommit(false);
      statement.executeUpdate("INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
      assertThat(column(looking, "SELECT COUNT(*) FROM orders")).containsExactly("0");
      app.rollback();
      statement.executeUpdate("INSERT INTO orders (id, user_id) VALUES (3, 2), (4, 3)");
      statement.executeUpdate("INSERT INTO ticket VALUES (1, 2, 3, 10)");
      app.commit();
      assertThat(column(looking, "SELECT id FROM orders ORDER BY id")).containsExactly("3", "4");
      assertThat(column(looking, "SELECT price FROM ticket WHERE buyer = 2")).containsExactly("10");
      assertThat(column(looking, "SELECT price FROM ticket WHERE seller = 3"))
          .containsExactly("10");
      app.setAutoCommit(true);
    }
    assertThat(count(0, "ticket_b_2") + count(1, "ticket_s_3")).isEqualTo(2);
    for (EmbeddedMySql server : servers) {
      try (Connection direct = server.connect("");
          Statement statement = direct.createStatement();
          ResultSet rows = statement.executeQuery("XA RECOVER")) {
        while (rows.next()) {
          assertThat(rows.getString(4)).doesNotStartWith("pi-");
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void refusalsHaveNumberAndText(String kind) throws SQLException {
    try (Connection app = connect(kind, "");
        Statement statement = app.createStatement()) {
      assertFails(statement, "UPDATE orders SET user_id = NULL", 1235, "write a value that a");
      assertFails(statement, "SELECT * FROM missing", 1146, "doesn't exist");
      assertFails(statement, "SELECT nothing FROM orders WHERE user_id = 1", 1054, "nothing");
      assertFails(statement, "SELECT id FROM orders WHERE", 1064, "");
      statement.execute("INSERT INTO orders (id, user_id) VALUES (1, 1)");
      assertFails(statement, "INSERT INTO orders (id, user_id) VALUES (1, 1)", 1062, "Duplicate");
      assertThat(column(statement, "SELECT id FROM orders")).containsExactly("1");
    }
    assertThatThrownBy(
            () ->
                DriverManager.getConnection(
                    "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/other?sslMode=disable",
                    "app",
                    "pröxy"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1049));
  }

  private static void assertFails(Statement statement, String sql, int number, String text) {
    assertThatThrownBy(() -> statement.execute(sql))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getErrorCode()).as(sql).isEqualTo(number))
        .hasMessageContaining(text);
  }

  @Test
  void explainRouteTellsThePlan() throws SQLException {
    try (Connection app = connect(MARIADB, "");
        Statement statement = app.createStatement();
        ResultSet rows =
            statement.executeQuery("EXPLAIN ROUTE SELECT id FROM orders ORDER BY id LIMIT 2")) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        lines.add(rows.getString(1) + " " + rows.getString(2) + " " + rows.getString(3));
      }
      assertThat(lines)
          .containsExactly(
              "read db1 SELECT id FROM `orders_0` AS `orders` ORDER BY id LIMIT 2",
              "read db2 SELECT id FROM `orders_1` AS `orders` ORDER BY id LIMIT 2",
              "read db1 SELECT id FROM `orders_2` AS `orders` ORDER BY id LIMIT 2",
              "read db2 SELECT id FROM `orders_3` AS `orders` ORDER BY id LIMIT 2",
              "merge  order, limit 2");
    }
  }

  @Test
  void whatCantBePreparedIsSaidAtOnce() throws SQLException {
    // Else the driver prepares by itself what a server doesn't.
    try (Connection app =
        connect(MYSQL, "useServerPrepStmts=true&emulateUnsupportedPstmts=false")) {
      for (String sql :
          List.of(
              "1054 SELECT nothing FROM orders WHERE id > ?",
              "1054 SELECT nothing FROM orders WHERE user_id = ?",
              "1054 UPDATE orders SET nothing = ? WHERE user_id = ?",
              "1054 DELETE FROM ticket WHERE nothing = ?",
              "1054 INSERT INTO orders (id, user_id, nothing) VALUES (?, ?, ?)",
              "1064 SELECT id FROM orders WHERE id = = ?",
              "1146 SELECT id FROM missing WHERE id = ?",
              "1146 SELECT id FROM shop.missing JOIN orders USING (id) WHERE user_id = ?",
              "1305 SELECT nothing(id) FROM orders WHERE id = ?")) {
        int number = Integer.parseInt(sql.substring(0, 4));
        Throwable said = catchThrowable(() -> app.prepareStatement(sql.substring(5)).close());
        assertThat(said)
            .as(sql)
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getErrorCode()).as(sql).isEqualTo(number));
      }
      try (PreparedStatement after =
          app.prepareStatement("SELECT COUNT(*) FROM orders WHERE id > ?")) {
        after.setInt(1, 0);
        assertThat(after.execute()).isTrue();
      }
    }
  }

  @Test
  void aLongResultIsStreamedAndMayBeLeft() throws SQLException {
    try (Connection app = connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      for (int part = 0; part < 20; part++) {
        StringBuilder sql = new StringBuilder("INSERT INTO orders (id, user_id, note) VALUES ");
        for (int i = 0; i < 500; i++) {
          int id = part * 500 + i;
          sql.append(i == 0 ? "" : ",").append("(" + id + "," + id + ",REPEAT('x', 190))");
        }
        statement.executeUpdate(sql.toString());
      }
      assertThat(column(statement, "SELECT id FROM orders ORDER BY id")).hasSize(10_000);
    }
    Connection leaving = connect(MYSQL, "");
    Statement left = leaving.createStatement();
    left.setFetchSize(Integer.MIN_VALUE);
    ResultSet rows = left.executeQuery("SELECT * FROM orders");
    assertThat(rows.next()).isTrue();
    leaving.abort(Runnable::run);
    try (Connection app = connect(MARIADB, "");
        Statement statement = app.createStatement()) {
      assertThat(column(statement, "SELECT COUNT(*) FROM orders")).containsExactly("10000");
    }
  }

  @Test
  void aStatementIsKilled() throws Exception {
    try (Connection app = connect(MARIADB, "");
        Connection killer = connect(MARIADB, "");
        Statement statement = app.createStatement();
        Statement killing = killer.createStatement()) {
      CompletableFuture<String> running =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return column(statement, "SELECT SLEEP(20)").get(0);
                } catch (SQLException e) {
                  return "error " + e.getErrorCode();
                }
              });
      long own = killer.unwrap(org.mariadb.jdbc.Connection.class).getThreadId();
      String id = null;
      while (id == null && !running.isDone()) {
        try (ResultSet rows = killing.executeQuery("SHOW PI SESSIONS")) {
          while (rows.next()) {
            boolean runs = rows.getString("does").equals("runs");
            id = runs && rows.getLong("id") != own ? rows.getString("id") : id;
          }
        }
      }
      Thread.sleep(300);
      killing.execute("KILL QUERY " + id);
      assertThat(running.get()).isIn("1", "error 1317");
      assertThat(column(statement, "SELECT 5")).containsExactly("5");
    }
  }

  @Test
  void theMariaDbProgram() throws Exception {
    Process program =
        new ProcessBuilder(
                EmbeddedMariaDb.program("mariadb").toString(),
                "--no-defaults",
                "--protocol=tcp",
                "--skip-ssl",
                "--default-character-set=utf8mb4",
                "-h127.0.0.1",
                "-P" + proxy.port(),
                "-uempty",
                "-N",
                "shop",
                "-e",
                "INSERT INTO orders (id, user_id, note) VALUES (1, 1, '订单'), (2, 2, 'b');"
                    + " SELECT note, id FROM orders ORDER BY id; SELECT DATABASE(); SHOW TABLES;"
                    + " SHOW PI NODES; SHOW PI POOLS; DESCRIBE orders")
            .redirectErrorStream(true)
            .start();
    String out = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(program.waitFor()).as(out).isZero();
    assertThat(out.lines().toList())
        .startsWith("订单\t1", "b\t2", "shop", "orders", "ticket")
        .anyMatch(line -> line.startsWith("db2\tsource\t127.0.0.1:"))
        .anyMatch(line -> line.startsWith("user_id\tbigint"));
  }
}
