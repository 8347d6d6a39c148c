package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sessions whose statements go now as bytes to one node and now through PiDAL to several: neither
 * way may be noticed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class PassageIT {
  private static final String MARIADB = "jdbc:mariadb:";
  private static final String MYSQL = "jdbc:mysql:";
  private static final String ONE = "SELECT note FROM orders WHERE user_id = 1";
  private static final String RULES =
      """
      schema: shop
      transaction_mode: MODE
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
  private ProxyServer xa;
  private ProxyServer simple;

  PassageIT(Servers servers) {
    this.servers = List.of(servers.mySqlA(), servers.mySqlB());
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    for (int node = 0; node < 2; node++) {
      schemas.add(servers.get(node).createDatabase("passage"));
      try (Connection direct = direct(node);
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
    try (Connection direct = direct(0);
        Statement statement = direct.createStatement()) {
      statement.execute("CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, line VARCHAR(10))");
    }
    xa = proxy("xa");
    simple = proxy("simple");
  }

  private Connection direct(int node) throws SQLException {
    return servers.get(node).connect(schemas.get(node));
  }

  /** One event loop: its pools have as many connections as the rules say. */
  private ProxyServer proxy(String mode) throws IOException {
    Files.writeString(folder.resolve(mode + ".yaml"), RULES.replace("MODE", mode));
    Path config = folder.resolve(mode + ".json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
         "rules": "%s.yaml", "event_loops": 1}
        """
            .formatted(mode));
    Map<String, String> environment = Map.of("DB1", dsn(0), "DB2", dsn(1));
    return ProxyServer.start(new ConfigReader(environment::get).read(config));
  }

  private String dsn(int node) {
    EmbeddedMySql server = servers.get(node);
    return "mysql://%s:%s@%s:%d/%s"
        .formatted(
            server.user(), server.password(), server.host(), server.port(), schemas.get(node));
  }

  @AfterAll
  void stop() throws SQLException {
    xa.close();
    simple.close();
    for (int node = 0; node < 2; node++) {
      try (Connection direct = servers.get(node).connect("");
          Statement statement = direct.createStatement()) {
        statement.execute("DROP DATABASE " + schemas.get(node));
      }
    }
  }

  @BeforeEach
  void fill() throws SQLException {
    try (Connection app = connect(xa, MYSQL, "");
        Statement statement = app.createStatement()) {
      statement.execute("DELETE FROM orders");
      statement.execute("DELETE FROM log");
      statement.execute(
          "INSERT INTO orders VALUES (1, 0, 'null'), (2, 1, 'eins 订单'), (3, 2, 'zwei'), (4, 3, 'drei')");
    }
  }

  private static Connection connect(ProxyServer proxy, String kind, String options)
      throws SQLException {
    String url = kind + "//127.0.0.1:" + proxy.port() + "/shop?" + options;
    return DriverManager.getConnection(
        url + (kind.equals(MYSQL) ? "&sslMode=DISABLED" : "&sslMode=disable"), "app", "");
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

  private static int number(Statement statement, String sql) {
    try {
      statement.execute(sql);
      return 0;
    } catch (SQLException e) {
      return e.getErrorCode();
    }
  }

  @Test
  void noThreadIsHeldWhileOneNodeWorks() throws Exception {
    try (Connection app = connect(xa, MARIADB, "");
        Statement statement = app.createStatement()) {
      CompletableFuture<List<String>> slow =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return column(statement, "SELECT SLEEP(1) FROM orders WHERE user_id = 1");
                } catch (SQLException e) {
                  return List.of(e.getMessage());
                }
              });
      Thread.sleep(400);
      List<String> waiting =
          Thread.getAllStackTraces().entrySet().stream()
              .filter(thread -> thread.getKey().getName().startsWith("pi-"))
              .filter(
                  thread ->
                      java.util.Arrays.stream(thread.getValue())
                          .anyMatch(frame -> frame.getClassName().contains("WireResponse")))
              .map(thread -> thread.getKey().getName())
              .toList();
      assertThat(waiting).isEmpty();
      assertThat(slow.get()).containsExactly("0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void definitionsNameLogicalTables(String kind) throws SQLException {
    for (String options : List.of("", "useServerPrepStmts=true")) {
      try (Connection app = connect(xa, kind, options);
          PreparedStatement one =
              app.prepareStatement("SELECT id, note AS n FROM orders o WHERE user_id = ?")) {
        for (int user = 0; user < 4; user++) {
          one.setInt(1, user);
          try (ResultSet rows = one.executeQuery()) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(user + 1);
            assertThat(rows.getMetaData().getColumnLabel(2)).isEqualTo("n");
            assertThat(rows.getMetaData().getColumnName(2)).isIn("note", "n");
            assertThat(rows.getMetaData().getCatalogName(1)).isEqualTo("shop");
            assertThat(rows.getMetaData().getTableName(1)).isIn("orders", "o");
            assertThat(rows.next()).isFalse();
          }
        }
      }
    }
  }

  /** The connection has come from the pool with what was set before, and began with another. */
  @Test
  void aCollationIsSetBackInsideATransaction() throws SQLException {
    String asked = "SELECT 'a' = 'A' FROM orders WHERE user_id = 1 LIMIT 1";
    try (Connection app = connect(xa, MARIADB, "");
        Statement statement = app.createStatement()) {
      statement.execute("BEGIN");
      assertThat(column(statement, asked)).containsExactly("1");
      statement.execute("SET NAMES utf8mb4 COLLATE utf8mb4_bin");
      assertThat(column(statement, asked)).containsExactly("0");
      statement.execute("SET NAMES utf8mb4");
      assertThat(column(statement, asked)).containsExactly("1");
      statement.execute("ROLLBACK");
      statement.execute("SET NAMES utf8mb4 COLLATE utf8mb4_bin");
      statement.execute("BEGIN");
      assertThat(column(statement, asked)).containsExactly("0");
      statement.execute("SET NAMES utf8mb4");
      assertThat(column(statement, asked)).containsExactly("1");
      statement.execute("ROLLBACK");
      assertThat(column(statement, asked)).containsExactly("1");
    }
  }

  @Test
  void settingsGoWithTheSessionAndNotWithTheConnection() throws SQLException {
    String asked = "SELECT @@group_concat_max_len FROM orders WHERE user_id = 1";
    try (Connection first = connect(xa, MARIADB, "");
        Connection second = connect(xa, MARIADB, "");
        Connection third = connect(xa, MARIADB, "");
        Statement a = first.createStatement();
        Statement b = second.createStatement();
        Statement c = third.createStatement()) {
      String usual = column(a, asked).get(0);
      a.execute("SET SESSION group_concat_max_len = 7777");
      b.execute("SET SESSION group_concat_max_len = 8888");
      // Three sessions, two connections to each node.
      for (int i = 0; i < 3; i++) {
        assertThat(column(a, asked)).containsExactly("7777");
        assertThat(column(b, asked)).containsExactly("8888");
        assertThat(column(c, asked)).containsExactly(usual);
        assertThat(column(a, "SELECT @@group_concat_max_len FROM orders LIMIT 1"))
            .containsExactly("7777");
        a.execute("BEGIN");
        assertThat(column(a, asked)).containsExactly("7777");
        a.execute("COMMIT");
      }
      a.execute("SET SESSION group_concat_max_len = 9999");
      assertThat(column(a, asked)).containsExactly("9999");
    }
    try (Connection app = connect(xa, MARIADB, "");
        Statement statement = app.createStatement()) {
      assertThat(column(statement, asked)).doesNotContain("7777", "8888", "9999");
    }
  }

  /** What is prepared keeps the collation of whoever prepared it. */
  @Test
  void whatOthersPreparedWithAnotherCollationIsPreparedAnew() throws SQLException {
    String asked = "SELECT note FROM orders WHERE user_id = 2 AND CONCAT('a', ?) = 'A1'";
    String prepares = "useServerPrepStmts=true";
    try (Connection first = connect(xa, MARIADB, prepares);
        Connection second = connect(xa, MARIADB, prepares);
        Connection third = connect(xa, MARIADB, "");
        PreparedStatement a = first.prepareStatement(asked);
        Statement settings = second.createStatement();
        PreparedStatement b = second.prepareStatement(asked);
        Statement other = third.createStatement()) {
      // One of the two connections to the node has another session.
      other.execute("BEGIN");
      assertThat(column(other, "SELECT note FROM orders WHERE user_id = 2")).hasSize(1);
      settings.execute("SET NAMES utf8mb4 COLLATE utf8mb4_bin");
      for (int i = 0; i < 2; i++) {
        a.setString(1, "1");
        assertThat(TwoNodes.rows(a.executeQuery())).hasSize(1);
        b.setString(1, "1");
        assertThat(TwoNodes.rows(b.executeQuery())).isEmpty();
      }
      other.execute("COMMIT");
    }
  }

  @Test
  void theLastInsertedIdIsTheSessions() throws SQLException {
    try (Connection first = connect(xa, MARIADB, "");
        Connection second = connect(xa, MARIADB, "");
        Statement a = first.createStatement();
        Statement b = second.createStatement()) {
      a.executeUpdate("INSERT INTO log (line) VALUES ('a')", Statement.RETURN_GENERATED_KEYS);
      String id;
      try (ResultSet keys = a.getGeneratedKeys()) {
        assertThat(keys.next()).isTrue();
        id = keys.getString(1);
      }
      b.executeUpdate("INSERT INTO log (line) VALUES ('b')");
      assertThat(column(a, "SELECT COUNT(*) FROM orders")).containsExactly("4");
      assertThat(column(a, "SELECT LAST_INSERT_ID()")).containsExactly(id);
      assertThat(column(a, "SELECT note FROM orders WHERE user_id = LAST_INSERT_ID() * 0 + 1"))
          .hasSize(1);
      assertThat(column(b, "SELECT LAST_INSERT_ID()").get(0)).isNotEqualTo(id);
    }
  }

  @Test
  void warningsAreThoseOfTheStatementBefore() throws SQLException {
    try (Connection app = connect(xa, MARIADB, "");
        Statement statement = app.createStatement()) {
      statement.execute("SELECT CAST('12x' AS SIGNED) FROM orders WHERE user_id = 1");
      assertThat(shown(statement, "SHOW WARNINGS")).hasSize(1).allMatch(w -> w.contains("1292"));
      statement.execute(ONE);
      assertThat(shown(statement, "SHOW WARNINGS")).isEmpty();
      statement.execute("SELECT CAST('12x' AS SIGNED) FROM orders");
      assertThat(shown(statement, "SHOW WARNINGS")).isNotEmpty().allMatch(w -> w.contains("1292"));
      assertThat(shown(statement, "SHOW COUNT(*) WARNINGS")).containsExactly("4");
      assertThat(shown(statement, "SHOW WARNINGS LIMIT 1")).hasSize(1);
      assertThat(number(statement, "SELECT nothing FROM orders WHERE user_id = 1")).isEqualTo(1054);
      assertThat(shown(statement, "SHOW ERRORS")).hasSize(1).allMatch(w -> w.contains("1054"));
      assertThat(number(statement, "SELECT nothing FROM orders")).isEqualTo(1054);
      assertThat(shown(statement, "SHOW ERRORS")).hasSize(1).allMatch(w -> w.contains("1054"));
      statement.execute("BEGIN");
      statement.execute("SELECT CAST('12x' AS SIGNED) FROM orders WHERE user_id = 2");
      assertThat(shown(statement, "SHOW WARNINGS")).hasSize(1);
      statement.execute("COMMIT");
      assertThat(shown(statement, "SHOW WARNINGS")).isEmpty();
    }
  }

  private static List<String> shown(Statement statement, String sql) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        StringBuilder line = new StringBuilder();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          line.append(i == 1 ? "" : " ").append(rows.getString(i));
        }
        lines.add(line.toString());
      }
    }
    return lines;
  }

  @Test
  void foundRowsAreCountedForClientsThatAskForThem() throws SQLException {
    for (boolean changed : new boolean[] {false, true}) {
      try (Connection app = connect(xa, MARIADB, "useAffectedRows=" + changed);
          Statement statement = app.createStatement()) {
        int same = changed ? 0 : 1;
        assertThat(statement.executeUpdate("UPDATE orders SET note = note WHERE user_id = 1"))
            .isEqualTo(same);
        assertThat(statement.executeUpdate("UPDATE orders SET note = note")).isEqualTo(4 * same);
        statement.execute("BEGIN");
        assertThat(statement.executeUpdate("UPDATE orders SET note = note WHERE user_id = 2"))
            .isEqualTo(same);
        statement.execute("ROLLBACK");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void aTransactionGoesFromOneNodeToSeveral(String kind) throws SQLException {
    for (ProxyServer proxy : List.of(xa, simple)) {
      try (Connection app = connect(proxy, kind, "useServerPrepStmts=true");
          Connection other = connect(proxy, kind, "");
          Statement statement = app.createStatement();
          Statement looking = other.createStatement();
          PreparedStatement change =
              app.prepareStatement("UPDATE orders SET note = ? WHERE user_id = ?")) {
        app.setAutoCommit(false);
        change.setString(1, "changed");
        change.setInt(2, 1);
        assertThat(change.executeUpdate()).isEqualTo(1);
        assertThat(column(statement, ONE)).containsExactly("changed");
        assertThat(column(looking, ONE)).doesNotContain("changed");
        statement.execute("SAVEPOINT here");
        change.setInt(2, 2);
        assertThat(change.executeUpdate()).isEqualTo(1);
        assertThat(column(statement, "SELECT COUNT(*) FROM orders WHERE note = 'changed'"))
            .containsExactly("2");
        statement.execute("ROLLBACK TO SAVEPOINT here");
        assertThat(column(statement, "SELECT COUNT(*) FROM orders WHERE note = 'changed'"))
            .containsExactly("1");
        assertThat(app.getAutoCommit()).isFalse();
        app.rollback();
        assertThat(column(statement, ONE)).doesNotContain("changed");
        change.setInt(2, 3);
        change.executeUpdate();
        app.commit();
        assertThat(column(looking, "SELECT note FROM orders WHERE user_id = 3"))
            .containsExactly("changed");
        app.setAutoCommit(true);
        assertThat(app.getAutoCommit()).isTrue();
        change.setString(1, "drei");
        change.executeUpdate();
        assertThat(column(looking, "SELECT note FROM orders WHERE user_id = 3"))
            .containsExactly("drei");
      }
    }
  }

  @Test
  void autocommitOffBeginsWithTheFirstStatement() throws SQLException {
    try (Connection app = connect(xa, MARIADB, "");
        Connection other = connect(xa, MARIADB, "");
        Statement statement = app.createStatement();
        Statement looking = other.createStatement()) {
      statement.execute("SET autocommit = 0");
      assertThat(app.getAutoCommit()).isFalse();
      assertThat(statement.executeUpdate("DELETE FROM orders WHERE user_id = 1")).isEqualTo(1);
      assertThat(app.getAutoCommit()).isFalse();
      assertThat(column(looking, ONE)).hasSize(1);
      statement.execute("ROLLBACK");
      assertThat(column(statement, ONE)).hasSize(1);
      statement.execute("SET autocommit = 1");
      assertThat(app.getAutoCommit()).isTrue();
    }
  }

  @Test
  void aDeadlockEndsTheTransactionOnAllNodes() throws Exception {
    try (Connection first = connect(simple, MARIADB, "");
        Connection second = connect(simple, MARIADB, "");
        Statement a = first.createStatement();
        Statement b = second.createStatement()) {
      a.execute("BEGIN");
      b.execute("BEGIN");
      a.executeUpdate("UPDATE orders SET note = 'a' WHERE user_id = 0");
      a.executeUpdate("UPDATE orders SET note = 'a' WHERE user_id = 1");
      b.executeUpdate("UPDATE orders SET note = 'b' WHERE user_id = 2");
      CompletableFuture<Integer> blocked =
          CompletableFuture.supplyAsync(
              () -> number(a, "UPDATE orders SET note = 'a' WHERE user_id = 2"));
      awaitLockWait();
      int ended = number(b, "UPDATE orders SET note = 'b' WHERE user_id = 0");
      assertThat(List.of(ended, blocked.get())).containsExactlyInAnyOrder(0, 1213);
      Statement victim = ended == 1213 ? b : a;
      Statement winner = ended == 1213 ? a : b;
      // Its other branch is rolled back too, and what comes now is committed at once.
      assertThat(victim.executeUpdate("UPDATE orders SET note = 'after' WHERE user_id = 3"))
          .isEqualTo(1);
      assertThat(column(winner, "SELECT note FROM orders WHERE user_id = 3"))
          .containsExactly("after");
      winner.execute("ROLLBACK");
      victim.execute("ROLLBACK");
      assertThat(column(a, ONE)).containsExactly("eins 订单");
    }
  }

  private void awaitLockWait() {
    await()
        .atMost(Duration.ofSeconds(15))
        .until(
            () -> {
              try (Connection direct = direct(0);
                  Statement looking = direct.createStatement()) {
                return !column(
                        looking,
                        "SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK"
                            + " WAIT'")
                    .isEmpty();
              }
            });
  }

  @Test
  void whoseTransactionHasEndedAsksNobodyElsesConnection() throws Exception {
    try (Connection first = connect(simple, MARIADB, "");
        Connection second = connect(simple, MARIADB, "");
        Connection third = connect(simple, MARIADB, "");
        Connection outside = direct(0);
        Statement holding = first.createStatement();
        Statement victim = second.createStatement();
        Statement other = third.createStatement();
        Statement direct = outside.createStatement()) {
      // Of two connections to the node it leaves one.
      holding.execute("BEGIN");
      assertThat(column(holding, "SELECT note FROM orders WHERE user_id = 0")).hasSize(1);
      victim.execute("BEGIN");
      victim.executeUpdate("UPDATE orders SET note = 'victim' WHERE user_id = 0");
      direct.execute("BEGIN");
      // Who has changed less is the one that is rolled back.
      direct.executeUpdate(
          "INSERT INTO orders_2 SELECT seq + 99, 6, 'many' FROM " + EmbeddedMySql.numbers(201));
      direct.executeUpdate("UPDATE orders_2 SET note = 'direct' WHERE user_id = 2");
      CompletableFuture<Integer> blocked =
          later(direct, "UPDATE orders_0 SET note = 'direct' WHERE user_id = 0");
      awaitLockWait();
      assertThat(number(victim, "UPDATE orders SET note = 'victim' WHERE user_id = 2"))
          .isEqualTo(1213);
      assertThat(blocked.get()).isZero();
      direct.execute("ROLLBACK");
      other.execute("BEGIN");
      other.executeUpdate("UPDATE orders SET note = 'other' WHERE user_id = 0");
      assertThat(shown(victim, "SHOW WARNINGS")).hasSize(1).allMatch(w -> w.contains("1213"));
      assertThat(shown(victim, "SHOW ERRORS")).hasSize(1).allMatch(w -> w.contains("1213"));
      assertThat(column(other, "SELECT note FROM orders WHERE user_id = 0"))
          .containsExactly("other");
      other.execute("ROLLBACK");
      holding.execute("ROLLBACK");
      assertThat(column(victim, "SELECT note FROM orders WHERE user_id = 0"))
          .containsExactly("null");
    }
  }

  @Test
  void whatCannotBeReadIsRefusedAndTheSessionGoesOn() throws SQLException {
    try (Connection app = connect(xa, MARIADB, "");
        Statement statement = app.createStatement()) {
      for (String wrong :
          List.of(
              "SELECT 'open FROM orders WHERE user_id = 1",
              "SELECT note FROM orders WHERE (user_id = 1",
              "SELECT note) FROM orders WHERE user_id = 1",
              "SELECT /*! note, id FROM orders WHERE user_id = 1",
              "UPDATE orders SET note = \"open WHERE user_id = 1")) {
        assertThat(number(statement, wrong)).as(wrong).isIn(1064, 1235);
        assertThat(column(statement, ONE)).hasSize(1);
      }
    }
  }

  @Test
  void aStatementThatTakesTooLongIsStopped() throws SQLException {
    try (Connection app = connect(xa, MARIADB, "");
        Statement statement = app.createStatement()) {
      assertThat(number(statement, "SELECT SLEEP(30) FROM orders WHERE user_id = 1"))
          .isEqualTo(3024);
      assertThat(number(statement, "SELECT SLEEP(30) FROM orders")).isEqualTo(3024);
      assertThat(column(statement, ONE)).hasSize(1);
      statement.execute("BEGIN");
      statement.executeUpdate("DELETE FROM orders WHERE user_id = 1");
      assertThat(number(statement, "SELECT SLEEP(30) FROM orders WHERE user_id = 1")).isIn(0, 3024);
      statement.execute("ROLLBACK");
      assertThat(column(statement, ONE)).hasSize(1);
    }
  }

  /** How the test finds the connection to kill is MariaDB's. */
  @Tag("mariadb-only")
  @Test
  void aConnectionThatIsLostInTheMiddleEndsTheStatement() throws Exception {
    try (Connection app = connect(simple, MARIADB, "");
        Statement statement = app.createStatement()) {
      CompletableFuture<Integer> outside =
          later(statement, "SELECT SLEEP(9) FROM orders WHERE user_id = 1");
      killNodeConnection(1);
      assertThat(outside.get()).isEqualTo(1429);
      assertThat(column(statement, ONE)).hasSize(1);
      statement.execute("BEGIN");
      statement.executeUpdate("DELETE FROM orders WHERE user_id = 0");
      CompletableFuture<Integer> inside =
          later(statement, "SELECT SLEEP(9) FROM orders WHERE user_id = 1");
      killNodeConnection(1);
      assertThat(inside.get()).isEqualTo(1429);
      // The transaction is gone as a whole, and the client must know.
      assertThat(number(statement, "SELECT note FROM orders WHERE user_id = 0")).isEqualTo(1402);
      assertThat(number(statement, "COMMIT")).isEqualTo(1402);
      assertThat(column(statement, "SELECT note FROM orders WHERE user_id = 0")).hasSize(1);
    }
  }

  private static CompletableFuture<Integer> later(Statement statement, String sql) {
    return CompletableFuture.supplyAsync(() -> number(statement, sql));
  }

  private void killNodeConnection(int node) throws SQLException {
    try (Connection direct = direct(node);
        Statement statement = direct.createStatement()) {
      String asked =
          "SELECT id FROM information_schema.processlist WHERE db = '"
              + schemas.get(node)
              // One that was killed just now may still be in the list.
              + "' AND command = 'Query' AND state LIKE 'User sleep%'";
      await().atMost(Duration.ofSeconds(3)).until(() -> !column(statement, asked).isEmpty());
      statement.execute("KILL " + column(statement, asked).get(0));
    }
  }

  @Test
  void aKilledStatementAndAClientThatLeaves() throws Exception {
    try (Connection app = connect(xa, MARIADB, "");
        Connection killer = connect(xa, MARIADB, "");
        Statement statement = app.createStatement();
        Statement killing = killer.createStatement()) {
      long id = app.unwrap(org.mariadb.jdbc.Connection.class).getThreadId();
      CompletableFuture<Integer> running =
          later(statement, "SELECT SLEEP(9) FROM orders WHERE user_id = 1");
      Thread.sleep(300);
      killing.execute("KILL QUERY " + id);
      assertThat(running.get()).isIn(0, 1317);
      assertThat(column(statement, ONE)).hasSize(1);
      statement.execute("BEGIN");
      statement.executeUpdate("DELETE FROM orders WHERE user_id = 1");
      CompletableFuture<Integer> left =
          later(statement, "SELECT SLEEP(9) FROM orders WHERE user_id = 1");
      Thread.sleep(300);
      app.abort(Runnable::run);
      left.get();
      // It is stopped, and its lock is free.
      assertThat(killing.executeUpdate("UPDATE orders SET note = 'free' WHERE user_id = 1"))
          .isEqualTo(1);
    }
  }

  @Test
  void aLongResultIsHeldBackByASlowClient() throws SQLException {
    try (Connection direct = direct(1);
        Statement filling = direct.createStatement()) {
      filling.execute(
          "INSERT INTO orders_1 SELECT seq + 99, 1, REPEAT('x', 190) FROM "
              + EmbeddedMySql.numbers(59_901));
    }
    try (Connection app = connect(xa, MYSQL, "");
        Statement statement = app.createStatement()) {
      statement.setFetchSize(Integer.MIN_VALUE);
      int count = 0;
      long before = EventLoops.allocatedBytes();
      try (ResultSet rows = statement.executeQuery(ONE)) {
        while (rows.next()) {
          count++;
          if (count == 10) {
            Thread.sleep(300);
          }
          assertThat(rows.getString(1)).isNotEmpty();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      assertThat(count).isEqualTo(59_902);
      // No object is made for a row: the smallest would have 16 bytes.
      assertThat((EventLoops.allocatedBytes() - before) / count).isLessThan(10);
    }
  }

  @Test
  void otherCharacterSetsAreConverted() throws Exception {
    java.nio.charset.Charset latin1 = StandardCharsets.ISO_8859_1;
    try (RawClient client = RawClient.login(xa.port(), "app", "shop", 8)) {
      client.send(
          0,
          RawClient.query("UPDATE orders SET note = 'größe' WHERE user_id = 1".getBytes(latin1)));
      assertThat(client.packet()[0]).isZero();
      client.send(0, RawClient.query(ONE));
      client.packet();
      client.packet();
      client.packet();
      byte[] row = client.packet();
      assertThat(new String(row, 1, row.length - 1, latin1)).isEqualTo("größe");
    }
    try (Connection direct = direct(1);
        Statement statement = direct.createStatement()) {
      assertThat(column(statement, "SELECT note FROM orders_1 WHERE id = 2"))
          .containsExactly("größe");
    }
  }

  @Test
  void aStatementThatFailsOnTheNodeKeepsItsNumber() {
    for (String options : List.of("", "useServerPrepStmts=true")) {
      assertThatThrownBy(
              () -> {
                try (Connection app = connect(xa, MARIADB, options);
                    PreparedStatement wrong =
                        app.prepareStatement("SELECT nothing FROM orders WHERE user_id = ?")) {
                  wrong.setInt(1, 1);
                  wrong.executeQuery();
                }
              })
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1054));
    }
  }

  /** To a MySQL this driver sends no COM_RESET_CONNECTION. */
  @Tag("mariadb-only")
  @Test
  void aSessionThatBeginsAnewHasNothingOfTheOldOne() throws SQLException {
    try (Connection app = connect(xa, MARIADB, "useResetConnection=true");
        Statement statement = app.createStatement()) {
      statement.execute("SET SESSION group_concat_max_len = 7777");
      statement.execute("BEGIN");
      statement.executeUpdate("DELETE FROM orders WHERE user_id = 1");
      app.unwrap(org.mariadb.jdbc.Connection.class).reset();
      assertThat(column(statement, ONE)).hasSize(1);
      assertThat(column(statement, "SELECT @@group_concat_max_len FROM orders WHERE user_id = 1"))
          .doesNotContain("7777");
    }
  }
}
