package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
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
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real drivers through a proxy to a real server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class ProxyIT {
  private static final String MARIADB = "jdbc:mariadb:";
  private static final String MYSQL = "jdbc:mysql:";

  private final EmbeddedMySql node;
  private String schema;
  private ProxyServer proxy;

  ProxyIT(Servers servers) {
    node = servers.mySqlA();
  }

  @BeforeAll
  void start() throws SQLException {
    schema = node.createDatabase("proxy");
    try (Connection direct = node.connect(schema);
        Statement statement = direct.createStatement()) {
      statement.execute(
          "CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(60), n INT)");
    }
    proxy = ProxyServer.start(config(8, ""));
  }

  @AfterAll
  void stop() {
    proxy.close();
  }

  private ProxyConfig config(int connections, String more) {
    String json =
        """
        {
          "listen": "127.0.0.1:0",
          "users": [
            {"name": "app", "password_env": "APP"},
            {"name": "sha", "password_env": "APP", "auth": "caching_sha2_password"},
            {"name": "empty", "no_password": true}
          ],
          "nodes": [{"name": "db1", "dsn": "mysql://%s@%s:%d?password-env=NODE",
                     "maximum_pool_size": %d, "acquire_timeout": "2s"}],
          "event_loops": 2, "local_infile": true, "metrics": "127.0.0.1:0"
          %s
        }
        """
            .formatted(node.user(), node.host(), node.port(), connections, more);
    return new ConfigReader(name -> name.equals("APP") ? "pröxy" : node.password()).read(json);
  }

  private Connection connect(String kind, String user, String options) throws SQLException {
    return connect(proxy, kind, user, options);
  }

  private Connection connect(ProxyServer to, String kind, String user, String options)
      throws SQLException {
    String url = kind + "//127.0.0.1:" + to.port() + "/" + schema + "?" + options;
    return DriverManager.getConnection(
        url + (kind.equals(MYSQL) ? "&sslMode=DISABLED" : "&sslMode=disable"),
        user,
        user.equals("empty") ? "" : "pröxy");
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

  private static String one(Statement statement, String sql) throws SQLException {
    return column(statement, sql).get(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void statementsTextsAndNumbers(String kind) throws SQLException {
    try (Connection app = connect(kind, "app", "");
        Statement statement = app.createStatement()) {
      assertThat(
              statement.executeUpdate(
                  "INSERT INTO item (name, n) VALUES ('größe 订单 😀', 1)",
                  Statement.RETURN_GENERATED_KEYS))
          .isEqualTo(1);
      String id;
      try (ResultSet keys = statement.getGeneratedKeys()) {
        assertThat(keys.next()).isTrue();
        id = keys.getString(1);
      }
      assertThat(one(statement, "SELECT LAST_INSERT_ID()")).isEqualTo(id);
      assertThat(one(statement, "SELECT name FROM item WHERE id = " + id)).isEqualTo("größe 订单 😀");
      assertThat(column(statement, "SELECT seq FROM " + EmbeddedMySql.numbers(50000)))
          .hasSize(50_000);
      assertThatThrownBy(() -> statement.execute("SELECT * FROM missing"))
          .isInstanceOfSatisfying(
              SQLException.class,
              e -> {
                assertThat(e.getErrorCode()).isEqualTo(1146);
                assertThat(e.getSQLState()).isEqualTo("42S02");
              });
      assertThat(one(statement, "SELECT 1")).isEqualTo("1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void preparedStatementsOnTheServerWithACursor(String kind) throws SQLException {
    String options =
        kind.equals(MYSQL)
            ? "useServerPrepStmts=true&useCursorFetch=true"
            : "useServerPrepStmts=true";
    try (Connection app = connect(kind, "app", options);
        PreparedStatement insert =
            app.prepareStatement("INSERT INTO item (name, n) VALUES (?, ?)");
        PreparedStatement read =
            app.prepareStatement(
                "SELECT seq, ? FROM " + EmbeddedMySql.numbers(1000) + " WHERE seq > ?")) {
      for (int i = 0; i < 10; i++) {
        insert.setString(1, i % 2 == 0 ? null : "p" + i);
        insert.setInt(2, -7);
        assertThat(insert.executeUpdate()).isEqualTo(1);
      }
      read.setFetchSize(50);
      read.setString(1, "订");
      read.setInt(2, 10);
      int rows = 0;
      try (ResultSet result = read.executeQuery()) {
        while (result.next()) {
          assertThat(result.getString(2)).isEqualTo("订");
          rows++;
        }
      }
      assertThat(rows).isEqualTo(990);
      try (Statement statement = app.createStatement()) {
        assertThat(one(statement, "SELECT COUNT(*) FROM item WHERE n = -7 AND name IS NULL"))
            .isNotEqualTo("0");
      }
    }
  }

  /** Drivers leave out a SET autocommit that would change nothing, going by the last status. */
  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void whatTheProxyAnswersItselfTellsAutocommit(String kind) throws SQLException {
    String told = kind.equals(MYSQL) ? "useLocalSessionState=false" : "";
    for (String asked :
        List.of("", "SHOW PI SESSIONS", "SHOW PROCESSLIST", "SELECT CONNECTION_ID()")) {
      try (Connection app = connect(kind, "app", told);
          Statement statement = app.createStatement()) {
        app.setAutoCommit(false);
        if (asked.isEmpty()) {
          assertThat(app.isValid(5)).isTrue();
        } else {
          statement.executeQuery(asked).close();
        }
        app.setAutoCommit(true);
        statement.executeUpdate("INSERT INTO item (name, n) VALUES ('kept', 4713)");
      }
      try (Connection direct = node.connect(schema);
          Statement statement = direct.createStatement()) {
        assertThat(statement.executeUpdate("DELETE FROM item WHERE n = 4713")).as(asked).isOne();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void transactionsKeepTheirConnection(String kind) throws SQLException {
    try (Connection app = connect(kind, "app", "");
        Statement statement = app.createStatement();
        Connection other = connect(kind, "sha", "allowPublicKeyRetrieval=true");
        Statement outside = other.createStatement()) {
      app.setAutoCommit(false);
      statement.executeUpdate("INSERT INTO item (name, n) VALUES ('t', 4711)");
      assertThat(one(outside, "SELECT COUNT(*) FROM item WHERE n = 4711")).isEqualTo("0");
      assertThat(one(statement, "SELECT COUNT(*) FROM item WHERE n = 4711")).isEqualTo("1");
      app.rollback();
      assertThat(one(statement, "SELECT COUNT(*) FROM item WHERE n = 4711")).isEqualTo("0");
      statement.executeUpdate("INSERT INTO item (name, n) VALUES ('t', 4712)");
      app.commit();
      assertThat(one(outside, "SELECT COUNT(*) FROM item WHERE n = 4712")).isNotEqualTo("0");
      statement.executeUpdate("DELETE FROM item WHERE n = 4712");
      app.commit();
    }
  }

  @Test
  void whatIsLeftOpenIsRolledBackWhenTheClientLeaves() throws SQLException {
    try (Connection app = connect(MARIADB, "app", "");
        Statement statement = app.createStatement()) {
      app.setAutoCommit(false);
      statement.executeUpdate("INSERT INTO item (name, n) VALUES ('left', 815)");
    }
    try (Connection app = connect(MARIADB, "app", "");
        Statement statement = app.createStatement()) {
      assertThat(one(statement, "SELECT COUNT(*) FROM item WHERE n = 815 FOR UPDATE"))
          .isEqualTo("0");
    }
  }

  @Test
  void manySessionsShareFewConnectionsAndKeepTheirSettings() throws SQLException {
    try (ProxyServer small = ProxyServer.start(config(2, ""))) {
      List<Connection> all = new ArrayList<>();
      try {
        for (int i = 0; i < 12; i++) {
          Connection app = connect(small, i % 2 == 0 ? MARIADB : MYSQL, "app", "");
          all.add(app);
          try (Statement statement = app.createStatement()) {
            statement.execute("SET SESSION lock_wait_timeout = " + (100 + i));
            statement.executeUpdate("INSERT INTO item (name, n) VALUES ('s', " + i + ")");
          }
        }
        for (int round = 0; round < 3; round++) {
          for (int i = 0; i < all.size(); i++) {
            try (Statement statement = all.get(i).createStatement()) {
              assertThat(one(statement, "SELECT @@lock_wait_timeout")).isEqualTo("" + (100 + i));
              String id = one(statement, "SELECT LAST_INSERT_ID()");
              assertThat(one(statement, "SELECT n FROM item WHERE id = " + id)).isEqualTo("" + i);
            }
          }
        }
        try (Statement statement = all.get(0).createStatement()) {
          assertThat(column(statement, "SHOW PI POOLS")).containsExactly("db1");
          assertThat(column(statement, "SHOW PI SESSIONS")).hasSize(12);
        }
      } finally {
        for (Connection app : all) {
          app.close();
        }
      }
    }
  }

  @Test
  void preparedStatementReadsTheIdOfItsOwnSession() throws SQLException {
    try (ProxyServer small = ProxyServer.start(config(1, ""));
        Connection one = connect(small, MYSQL, "app", "useServerPrepStmts=true");
        Connection other = connect(small, MYSQL, "app", "");
        Statement inserts = one.createStatement();
        Statement beside = other.createStatement()) {
      inserts.executeUpdate(
          "INSERT INTO item (name, n) VALUES ('s', 1)", Statement.RETURN_GENERATED_KEYS);
      String mine;
      try (ResultSet keys = inserts.getGeneratedKeys()) {
        assertThat(keys.next()).isTrue();
        mine = keys.getString(1);
      }
      // On the same connection of the node.
      beside.executeUpdate("INSERT INTO item (name, n) VALUES ('s', 2)");
      try (PreparedStatement asks = one.prepareStatement("SELECT LAST_INSERT_ID()");
          ResultSet rows = asks.executeQuery()) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getString(1)).isEqualTo(mine);
      }
    }
  }

  @Test
  void whoHoldsAConnectionForTooLongMakesOthersHearOfIt() throws SQLException {
    try (ProxyServer small = ProxyServer.start(config(1, ""));
        Connection holder = connect(small, MARIADB, "app", "");
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.executeUpdate("INSERT INTO item (name, n) VALUES ('h', 1)");
      assertThatThrownBy(() -> connect(small, MARIADB, "app", "").close())
          .hasMessageContaining("maximum_pool_size");
      holder.rollback();
      holder.setAutoCommit(true);
      connect(small, MARIADB, "app", "").close();
    }
  }

  @Test
  void aSchemaThatIsDroppedAndMadeAgainIsThereForOthers() throws Exception {
    String name = schema + "_again";
    try (ProxyServer small = ProxyServer.start(config(2, ""))) {
      for (String word : List.of("DATABASE", "SCHEMA")) {
        try (Connection direct = node.connect(schema);
            Statement statement = direct.createStatement()) {
          statement.execute("CREATE DATABASE " + name);
        }
        try (RawClient first = RawClient.login(small.port(), "empty", name)) {
          for (String sql : List.of("DROP " + word + " ", "CREATE DATABASE ")) {
            first.send(0, RawClient.query(sql + name));
            assertThat(RawClient.error(first.packet())).as(sql).isZero();
          }
        }
        for (int login = 0; login < 4; login++) {
          try (RawClient next = RawClient.login(small.port(), "empty", name)) {
            next.send(0, RawClient.query("CREATE TABLE t" + login + " (a INT)"));
            assertThat(RawClient.error(next.packet())).as(word + " " + login).isZero();
          }
        }
        try (Connection direct = node.connect(schema);
            Statement statement = direct.createStatement()) {
          statement.execute("DROP DATABASE " + name);
        }
      }
    }
  }

  @Test
  void userVariablesAndTemporaryTablesStay() throws SQLException {
    try (Connection app = connect(MARIADB, "app", "");
        Statement statement = app.createStatement()) {
      statement.execute("SET @a = 42");
      statement.execute("CREATE TEMPORARY TABLE tmp (a INT)");
      statement.execute("INSERT INTO tmp VALUES (@a)");
      assertThat(one(statement, "SELECT a FROM tmp")).isEqualTo("42");
    }
  }

  @Test
  void severalStatementsAndResultsAtOnce() throws SQLException {
    try (Connection app = connect(MYSQL, "app", "allowMultiQueries=true");
        Statement statement = app.createStatement()) {
      assertThat(statement.execute("SELECT 1; INSERT INTO item (n) VALUES (2), (3); SELECT 4"))
          .isTrue();
      assertThat(statement.getMoreResults()).isFalse();
      assertThat(statement.getUpdateCount()).isEqualTo(2);
      assertThat(statement.getMoreResults()).isTrue();
      try (ResultSet last = statement.getResultSet()) {
        assertThat(last.next()).isTrue();
        assertThat(last.getInt(1)).isEqualTo(4);
      }
    }
  }

  @Test
  void filesOfTheClient() throws SQLException {
    StringBuilder csv = new StringBuilder();
    for (int i = 0; i < 30_000; i++) {
      csv.append("f").append(i).append("\t-99\n");
    }
    try (Connection app = connect(MYSQL, "app", "allowLoadLocalInfile=true");
        Statement statement = app.createStatement()) {
      byte[] bytes = csv.toString().getBytes(StandardCharsets.UTF_8);
      statement
          .unwrap(com.mysql.cj.jdbc.JdbcStatement.class)
          .setLocalInfileInputStream(new ByteArrayInputStream(bytes));
      assertThat(statement.executeUpdate("LOAD DATA LOCAL INFILE 'rows' INTO TABLE item (name, n)"))
          .isEqualTo(30_000);
      assertThat(statement.executeUpdate("DELETE FROM item WHERE n = -99")).isEqualTo(30_000);
    }
  }

  @Test
  void noObjectIsMadeForARow() throws SQLException {
    try (Connection app = connect(MYSQL, "app", "");
        Statement statement = app.createStatement()) {
      statement.setFetchSize(Integer.MIN_VALUE);
      long before = EventLoops.allocatedBytes();
      int count = 0;
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT seq, REPEAT('x', 90) FROM " + EmbeddedMySql.numbers(200000))) {
        while (rows.next()) {
          count++;
        }
      }
      assertThat(count).isEqualTo(200_000);
      assertThat((EventLoops.allocatedBytes() - before) / count).isLessThan(5);
    }
  }

  @Test
  void valuesOfOverSixteenMegabytes() throws SQLException {
    int length = 17 << 20;
    try (Connection app = connect(MARIADB, "app", "");
        Statement statement = app.createStatement();
        PreparedStatement there = app.prepareStatement("SELECT LENGTH(?)")) {
      assertThat(one(statement, "SELECT REPEAT('x', " + length + ")")).hasSize(length);
      there.setString(1, "y".repeat(length));
      try (ResultSet result = there.executeQuery()) {
        assertThat(result.next()).isTrue();
        assertThat(result.getInt(1)).isEqualTo(length);
      }
    }
  }

  @Test
  void killingStatementsAndSessions() throws Exception {
    try (Connection app = connect(MYSQL, "app", "");
        Statement slow = app.createStatement();
        Connection other = connect(MARIADB, "app", "");
        Statement killer = other.createStatement();
        Connection stranger = connect(MARIADB, "empty", "");
        Statement outsider = stranger.createStatement()) {
      long id = app.unwrap(com.mysql.cj.jdbc.JdbcConnection.class).getId();
      CompletableFuture<String> slept =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return one(slow, "SELECT 'slept', SLEEP(20)");
                } catch (SQLException e) {
                  return e.getErrorCode() + "";
                }
              });
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> column(killer, "SHOW PROCESSLIST").size() > 1 && runs(killer, id));
      assertThatThrownBy(() -> outsider.execute("KILL QUERY " + id))
          .hasMessageContaining("not owner");
      killer.execute("KILL QUERY " + id);
      assertThat(slept.get(10, TimeUnit.SECONDS)).isIn("1317", "slept");
      assertThat(one(slow, "SELECT 5")).isEqualTo("5");
      killer.execute("KILL " + id);
      assertThatThrownBy(() -> one(slow, "SELECT 6")).isInstanceOf(SQLException.class);
      assertThatThrownBy(() -> killer.execute("KILL 4000000000"))
          .hasMessageContaining("Unknown thread id");
    }
  }

  private static boolean runs(Statement statement, long id) throws SQLException {
    try (ResultSet sessions = statement.executeQuery("SHOW PI SESSIONS")) {
      while (sessions.next()) {
        if (sessions.getLong("id") == id) {
          return sessions.getString("does").equals("runs");
        }
      }
    }
    return false;
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void whoIsNobodyOrHasAnotherPasswordIsRefused(String kind) {
    for (String user : List.of("app", "sha", "nobody")) {
      String url = kind + "//127.0.0.1:" + proxy.port() + "/";
      assertThatThrownBy(() -> DriverManager.getConnection(url, user, "wrong").close())
          .as(user)
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1045));
    }
    String url = kind + "//127.0.0.1:" + proxy.port() + "/no_such_schema";
    assertThatThrownBy(() -> DriverManager.getConnection(url, "app", "pröxy").close())
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1049));
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
                schema,
                "-e",
                "SELECT 'u'; USE mysql; SELECT DATABASE(); SHOW PI NODES; SELECT 1/0; SHOW WARNINGS")
            .redirectErrorStream(true)
            .start();
    String out = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(program.waitFor()).as(out).isZero();
    assertThat(out.lines().toList())
        .startsWith("u", "mysql")
        .anyMatch(line -> line.startsWith("db1\tsource\t"))
        .anyMatch(line -> line.contains("Division by 0"));
  }

  @Test
  void garbageAndStallingClientsHarmNobody() throws Exception {
    Random random = new Random(7);
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        sockets.add(socket);
        byte[] garbage = new byte[random.nextInt(4000)];
        random.nextBytes(garbage);
        try {
          socket.getOutputStream().write(garbage);
        } catch (IOException refusedAlready) {
          continue;
        }
        if (i % 3 == 0) {
          socket.close();
        }
      }
      try (Connection app = connect(MARIADB, "app", "");
          Statement statement = app.createStatement()) {
        assertThat(one(statement, "SELECT 1")).isEqualTo("1");
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void aClientThatLeavesOrStallsInAResultGivesItsConnectionBack() throws Exception {
    String stall = ", \"timeouts\": {\"write\": \"1s\", \"drain\": \"1s\"}";
    try (ProxyServer small = ProxyServer.start(config(1, stall))) {
      Connection stalling = connect(small, MYSQL, "app", "");
      Statement unread = stalling.createStatement();
      unread.setFetchSize(Integer.MIN_VALUE);
      try (ResultSet rows =
          unread.executeQuery(
              "SELECT REPEAT('x', 1000), seq FROM " + EmbeddedMySql.numbers(200000))) {
        assertThat(rows.next()).isTrue();
        // Nobody reads on: the proxy ends it, and the only connection is free for the next one.
        await()
            .atMost(Duration.ofSeconds(15))
            .ignoreExceptions()
            .until(
                () -> {
                  try (Connection app = connect(small, MARIADB, "app", "");
                      Statement statement = app.createStatement()) {
                    return one(statement, "SELECT 1").equals("1");
                  }
                });
      } catch (SQLException expectedWhenItIsClosed) {
        assertThat(expectedWhenItIsClosed.getMessage()).isNotBlank();
      }
      stalling.abort(Runnable::run);
    }
  }

  /** As much runs on the node as the pool may have there, however many clients come and go. */
  @Test
  void aClientThatLeavesHasItsStatementStopped() throws Exception {
    String one = ", \"timeouts\": {\"drain\": \"1s\"}";
    try (ProxyServer small = ProxyServer.start(config(4, one));
        Connection direct = node.connect(schema);
        Statement looks = direct.createStatement()) {
      for (int i = 0; i < 12; i++) {
        String mine = "'left by " + i + "'";
        try (RawClient leaving = RawClient.login(small.port(), "empty", schema)) {
          leaving.send(0, RawClient.query("SELECT BENCHMARK(2000000000, MD5('left')), " + mine));
          await().atMost(Duration.ofSeconds(20)).until(() -> leftRunning(looks).contains(mine));
          assertThat(leftRunning(looks)).hasSizeLessThanOrEqualTo(4);
        }
      }
      await().atMost(Duration.ofSeconds(20)).until(() -> leftRunning(looks).isEmpty());
    }
  }

  /** What it selects beside the benchmark. */
  private static List<String> leftRunning(Statement statement) throws SQLException {
    return column(
        statement,
        "SELECT SUBSTRING_INDEX(INFO, ', ', -1) FROM information_schema.PROCESSLIST WHERE COMMAND ="
            + " 'Query' AND INFO LIKE 'SELECT BENCHMARK%'");
  }

  @Test
  void tooManyConnectionsAreRefusedInTheProtocol() throws SQLException {
    try (ProxyServer small =
            ProxyServer.start(config(2, ", \"limits\": {\"max_connections\": 1}"));
        Connection first = connect(small, MARIADB, "app", "")) {
      assertThat(first.isValid(1)).isTrue();
      assertThatThrownBy(() -> connect(small, MARIADB, "app", "").close())
          .hasMessageContaining("max_connections");
    }
  }

  @Test
  void stoppingLetsTransactionsEnd() throws Exception {
    ProxyServer stopped = ProxyServer.start(config(2, ""));
    try (Connection app = connect(stopped, MARIADB, "app", "");
        Statement statement = app.createStatement();
        Connection idle = connect(stopped, MARIADB, "app", "")) {
      app.setAutoCommit(false);
      statement.executeUpdate("INSERT INTO item (name, n) VALUES ('drained', 99)");
      CompletableFuture<Void> closing = CompletableFuture.runAsync(stopped::close);
      await().atMost(Duration.ofSeconds(5)).until(() -> !idle.isValid(1));
      app.commit();
      closing.get(10, TimeUnit.SECONDS);
    }
    try (Connection app = connect(MARIADB, "app", "");
        Statement statement = app.createStatement()) {
      assertThat(one(statement, "SELECT COUNT(*) FROM item WHERE n = 99")).isEqualTo("1");
    }
  }

  @Test
  void aNodeThatIsNotThereIsNamedAtTheStart() {
    String json =
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "a", "no_password": true}],
         "nodes": [{"name": "gone", "dsn": "mysql://root@127.0.0.1:1"}]}
        """;
    ProxyConfig config = new ConfigReader(name -> null).read(json);
    assertThatThrownBy(() -> ProxyServer.start(config).close())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gone (127.0.0.1:1)")
        .hasMessageContaining("correct the dsn");
  }

  @Test
  void metricsAreServed() throws IOException {
    String text;
    try (InputStream in =
        new java.net.URL("http://127.0.0.1:" + proxy.metricsPort() + "/metrics").openStream()) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertThat(text).contains("pi_proxy_commands_total ", "pi_proxy_node_connections{node=\"db1\"");
  }

  @Test
  void tlsWithACertificate(@org.junit.jupiter.api.io.TempDir Path folder) throws Exception {
    Path key = folder.resolve("key.pem");
    Path certificate = folder.resolve("cert.pem");
    Process made =
        new ProcessBuilder(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString())
            .redirectErrorStream(true)
            .start();
    made.getInputStream().readAllBytes();
    assertThat(made.waitFor()).isZero();
    String tls =
        ", \"tls\": {\"certificate\": \"%s\", \"key\": \"%s\", \"required\": true}"
            .formatted(certificate, key);
    try (ProxyServer secure = ProxyServer.start(config(2, tls))) {
      String url = MYSQL + "//127.0.0.1:" + secure.port() + "/" + schema + "?sslMode=REQUIRED";
      try (Connection app = DriverManager.getConnection(url, "sha", "pröxy");
          Statement statement = app.createStatement()) {
        assertThat(column(statement, "SELECT seq FROM " + EmbeddedMySql.numbers(20000)))
            .hasSize(20_000);
      }
      assertThatThrownBy(() -> connect(secure, MARIADB, "app", "").close())
          .hasMessageContaining("TLS");
    }
  }
}
