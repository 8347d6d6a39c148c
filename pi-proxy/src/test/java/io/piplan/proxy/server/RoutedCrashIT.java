package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** I5, I6: transfers between shards on two servers, while the proxy and a server are killed. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class RoutedCrashIT {
  private static final int OWNERS = 16;
  private static final int KILLS = 6;
  private static final String RULES =
      """
      schema: bank
      transaction_mode: xa
      nodes:
        - {name: db1, dsn: 'env:DB1', maximum_pool_size: 12}
        - {name: db2, dsn: 'env:DB2', maximum_pool_size: 12}
      tables:
        - name: account
          type: sharding
          strategies:
            - {backends: ['db1.account_{0, 4, 2}', 'db2.account_{1, 4, 2}'], sharding_columns: [owner], algorithm: mod}
        - name: transfer
          type: double_sharding
          strategies:
            - {backends: ['db1.transfer_r_{0, 4, 2}', 'db2.transfer_r_{1, 4, 2}'], sharding_columns: [payer], algorithm: mod}
            - {backends: ['db1.transfer_e_{0, 4, 2}', 'db2.transfer_e_{1, 4, 2}'], sharding_columns: [payee], algorithm: mod}
      """;

  @TempDir private Path folder;
  private final List<EmbeddedMySql> servers;

  /** A server of its own, as it is killed. */
  private final EmbeddedMySql second;

  private final List<String> schemas = new ArrayList<>();
  private final AtomicInteger lastId = new AtomicInteger();
  private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
  private volatile int port;
  private volatile boolean ended;
  private Process proxy;

  RoutedCrashIT(Servers servers) {
    this.second = servers.startMySql(MySqlOptions.defaults().withServerId(77));
    this.servers = List.of(servers.mySqlA(), second);
  }

  private void createTables() throws SQLException {
    for (int node = 0; node < 2; node++) {
      schemas.add(servers.get(node).createDatabase("bank"));
      try (Connection direct = servers.get(node).connect(schemas.get(node));
          Statement statement = direct.createStatement()) {
        for (int shard = node; shard < 4; shard += 2) {
          statement.execute(
              "CREATE TABLE account_" + shard + " (owner INT PRIMARY KEY, balance INT NOT NULL)");
          for (String copy : List.of("r", "e")) {
            statement.execute(
                "CREATE TABLE transfer_"
                    + copy
                    + "_"
                    + shard
                    + " (id INT PRIMARY KEY, payer INT NOT NULL, payee INT NOT NULL)");
          }
        }
      }
    }
  }

  /** A proxy in a process of its own, so that it can be killed. */
  private void startProxy() throws IOException {
    Path config = folder.resolve("proxy.json");
    Files.writeString(folder.resolve("bank.yaml"), RULES);
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
         "rules": "bank.yaml", "decisions": "decisions"}
        """);
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            ProxyServer.class.getName(),
            config.toString());
    for (int node = 0; node < 2; node++) {
      EmbeddedMySql server = servers.get(node);
      builder
          .environment()
          .put(
              "DB" + (node + 1),
              "mysql://%s:%s@%s:%d/%s"
                  .formatted(
                      server.user(),
                      server.password(),
                      server.host(),
                      server.port(),
                      schemas.get(node)));
    }
    proxy = builder.redirectError(folder.resolve("proxy.log").toFile()).start();
    BufferedReader out = proxy.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    while (line != null && !line.startsWith("listens on ")) {
      line = out.readLine();
    }
    assertThat(line).as(() -> log()).isNotNull();
    port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("proxy.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mariadb://127.0.0.1:" + port + "/bank?sslMode=disable", "app", "");
  }

  /** Transfers until the end; what a kill breaks off is begun anew by another transfer. */
  private void transfers(int seed) {
    Random random = new Random(seed);
    while (!ended) {
      try (Connection app = connect();
          Statement statement = app.createStatement()) {
        app.setAutoCommit(false);
        while (!ended) {
          int id = lastId.incrementAndGet();
          int payer = random.nextInt(OWNERS);
          int payee = (payer + 1 + random.nextInt(OWNERS - 1)) % OWNERS;
          // In one order: two transactions that wait for each other on two nodes wait for long.
          change(statement, Math.min(payer, payee), payer < payee ? -1 : 1);
          change(statement, Math.max(payer, payee), payer < payee ? 1 : -1);
          statement.executeUpdate(
              "INSERT INTO transfer VALUES (" + id + ", " + payer + ", " + payee + ")");
          app.commit();
          acknowledged.add(id);
        }
      } catch (SQLException e) {
        pause(50);
      }
    }
  }

  private static void change(Statement statement, int owner, int by) throws SQLException {
    statement.executeUpdate(
        "UPDATE account SET balance = balance + " + by + " WHERE owner = " + owner);
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void end() throws Exception {
    ended = true;
    if (proxy != null) {
      proxy.destroyForcibly().waitFor();
    }
    second.close();
    try (Connection direct = servers.get(0).connect("");
        Statement statement = direct.createStatement()) {
      statement.execute("DROP DATABASE " + schemas.get(0));
    }
  }

  @Test
  void transfersSurviveKilledProxiesAndNodes() throws Exception {
    createTables();
    startProxy();
    try (Connection app = connect();
        Statement statement = app.createStatement()) {
      for (int owner = 0; owner < OWNERS; owner++) {
        statement.executeUpdate("INSERT INTO account VALUES (" + owner + ", 100)");
      }
    }
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int seed = i;
      Thread client = new Thread(() -> transfers(seed), "client-" + seed);
      client.setDaemon(true);
      clients.add(client);
    }
    clients.forEach(Thread::start);
    for (int i = 0; i < KILLS; i++) {
      awaitTransfers();
      if (i % 3 == 0) {
        proxy.destroyForcibly().waitFor();
        startProxy();
      } else if (i % 3 == 1) {
        second.kill9();
        second.restart();
      } else {
        // Both at once: nobody is left who knows what was under way.
        proxy.destroyForcibly();
        second.kill9();
        proxy.waitFor();
        second.restart();
        startProxy();
      }
    }
    awaitTransfers();
    ended = true;
    for (Thread client : clients) {
      client.join();
    }
    check();
  }

  private void awaitTransfers() {
    int before = acknowledged.size();
    await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged.size() > before + 20);
  }

  private void check() throws SQLException {
    // A branch may become prepared after the new proxy has looked; it looks again every ten
    // seconds.
    await().atMost(Duration.ofSeconds(30)).until(() -> prepared() == 0);
    Map<Integer, String> byPayer = copies("r");
    Map<Integer, String> byPayee = copies("e");
    assertThat(byPayer).as("both copies").isEqualTo(byPayee);
    Set<Integer> lost = new HashSet<>(acknowledged);
    lost.removeAll(byPayer.keySet());
    assertThat(lost).as("acknowledged and not there").isEmpty();
    try (Connection app = connect();
        Statement statement = app.createStatement();
        ResultSet rows = statement.executeQuery("SELECT COUNT(*), SUM(balance) FROM account")) {
      rows.next();
      assertThat(rows.getInt(1)).isEqualTo(OWNERS);
      assertThat(rows.getInt(2)).isEqualTo(OWNERS * 100);
    }
  }

  private long prepared() throws SQLException {
    long found = 0;
    for (EmbeddedMySql server : servers) {
      try (Connection direct = server.connect("");
          Statement statement = direct.createStatement();
          ResultSet rows = statement.executeQuery("XA RECOVER")) {
        while (rows.next()) {
          found += rows.getString(4).startsWith("pi-") ? 1 : 0;
        }
      }
    }
    return found;
  }

  private Map<Integer, String> copies(String copy) throws SQLException {
    Map<Integer, String> found = new ConcurrentHashMap<>();
    for (int shard = 0; shard < 4; shard++) {
      int node = shard % 2;
      try (Connection direct = servers.get(node).connect(schemas.get(node));
          Statement statement = direct.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT id, payer, payee FROM transfer_" + copy + "_" + shard)) {
        while (rows.next()) {
          found.put(rows.getInt(1), rows.getInt(2) + " to " + rows.getInt(3));
        }
      }
    }
    return found;
  }
}
