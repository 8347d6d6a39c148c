package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A proxy as a process: what SIGTERM does to it, and what it does when its node dies. */
@ExtendWith(ServersExtension.class)
class ProxyProcessIT {
  private static final String RULES =
      """
      schema: shop
      transaction_mode: xa
      default_node: db1
      nodes:
        - {name: db1, dsn: 'env:DB1'}
      tables:
        - name: item
          type: sharding
          strategies:
            - {backends: [db1.item_0, db1.item_1], sharding_columns: [id], algorithm: mod}
      """;

  @TempDir private Path folder;
  private final Servers servers;

  ProxyProcessIT(Servers servers) {
    this.servers = servers;
  }

  @Test
  void sigtermLetsTransactionsEndAndTakesNobodyNew() throws Exception {
    EmbeddedMySql node = servers.mySqlA();
    String schema = node.createDatabase("process");
    Process process = start(node, schema);
    try {
      int port = port(process);
      try (Connection busy = connect(port);
          Connection idle = connect(port);
          Statement statement = busy.createStatement()) {
        statement.execute("BEGIN");
        statement.executeUpdate("INSERT INTO item VALUES (1), (2)");
        statement.executeUpdate("INSERT INTO item VALUES (3)");
        assertThat(idle.isValid(2)).isTrue();
        process.destroy();
        await().atMost(Duration.ofSeconds(10)).until(() -> !idle.isValid(1));
        assertThatThrownBy(() -> connect(port).close()).isInstanceOf(SQLException.class);
        assertThat(process.isAlive()).isTrue();
        statement.execute("COMMIT");
      }
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(143);
      assertThat(count(node, schema)).isEqualTo(3);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aNodeThatDiesUnderStatementsIsToldAndFoundAgain() throws Exception {
    EmbeddedMySql node = servers.startMySql(MySqlOptions.defaults().withServerId(91));
    String schema = node.createDatabase("process");
    Process process = start(node, schema);
    try {
      int port = port(process);
      try (Connection app = connect(port);
          Statement statement = app.createStatement()) {
        for (String sql :
            List.of("SELECT SLEEP(9) FROM item WHERE id = 1", "SELECT SLEEP(9) FROM item")) {
          statement.execute("REPLACE INTO item VALUES (1)");
          Thread killer =
              new Thread(
                  () -> {
                    try {
                      Thread.sleep(500);
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                    node.kill9();
                  });
          killer.start();
          assertThatThrownBy(() -> statement.executeQuery(sql))
              .isInstanceOfSatisfying(
                  SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1429));
          killer.join();
          assertThatThrownBy(() -> statement.executeQuery("SELECT id FROM item WHERE id = 1"))
              .isInstanceOfSatisfying(
                  SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1429));
          node.restart();
          await()
              .atMost(Duration.ofSeconds(10))
              .ignoreExceptions()
              .until(() -> statement.executeQuery("SELECT id FROM item WHERE id = 1").next());
        }
      }
    } finally {
      process.destroyForcibly();
      node.close();
    }
  }

  /** As text they have more words than a statement of a client may have in so small a heap. */
  @Test
  void asManyRowsAsArePromisedAreReadFirstInASmallHeap() throws Exception {
    EmbeddedMySql node = servers.mySqlA();
    String schema = node.createDatabase("process");
    Process process = start(node, schema);
    try {
      int port = port(process);
      try (Connection direct = node.connect(schema);
          Statement statement = direct.createStatement()) {
        for (int shard = 0; shard < 2; shard++) {
          statement.execute(
              "INSERT INTO item_%d SELECT seq * 2 + %d FROM %s"
                  .formatted(shard, shard, EmbeddedMySql.numbers(5000)));
        }
      }
      try (Connection app = connect(port);
          Statement statement = app.createStatement()) {
        try (ResultSet rows =
            statement.executeQuery(
                "SELECT COUNT(*), SUM(d - a) FROM"
                    + " (SELECT id AS a, id + 1 AS b, id + 2 AS c, id + 3 AS d FROM item) AS x")) {
          rows.next();
          assertThat(rows.getInt(1)).isEqualTo(10_000);
          assertThat(rows.getInt(2)).isEqualTo(30_000);
        }
        // An app's own text is bounded as before.
        assertThatThrownBy(
                () -> statement.executeQuery("SELECT 1" + ",1".repeat(140_000) + " FROM item"))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1153));
      }
    } finally {
      process.destroyForcibly();
    }
  }

  private static int count(EmbeddedMySql node, String schema) throws SQLException {
    try (Connection direct = node.connect(schema);
        Statement statement = direct.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT (SELECT COUNT(*) FROM item_0) + (SELECT COUNT(*) FROM item_1)")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private static Connection connect(int port) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mariadb://127.0.0.1:" + port + "/shop?sslMode=disable", "app", "");
  }

  private Process start(EmbeddedMySql node, String schema) throws IOException, SQLException {
    try (Connection direct = node.connect(schema);
        Statement statement = direct.createStatement()) {
      statement.execute("CREATE TABLE item_0 (id INT PRIMARY KEY)");
      statement.execute("CREATE TABLE item_1 (id INT PRIMARY KEY)");
    }
    Files.writeString(folder.resolve("shop.yaml"), RULES);
    Path config = folder.resolve("proxy.json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
         "rules": "shop.yaml"}
        """);
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            ProxyServer.class.getName(),
            config.toString());
    builder
        .environment()
        .put(
            "DB1",
            "mysql://%s:%s@%s:%d/%s"
                .formatted(node.user(), node.password(), node.host(), node.port(), schema));
    return builder.redirectError(folder.resolve("proxy.log").toFile()).start();
  }

  private int port(Process process) throws IOException {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    while (line != null && !line.startsWith("listens on ")) {
      line = out.readLine();
    }
    assertThat(line).as(Files.readString(folder.resolve("proxy.log"))).isNotNull();
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
  }
}
