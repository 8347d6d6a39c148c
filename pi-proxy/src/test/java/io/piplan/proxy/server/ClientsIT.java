package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients of other languages, through the proxy to one node and to four shards on two. Those that
 * are not on this machine are reported as skipped, with what is missing; {@code bin/fetch-clients}
 * gets most of them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class ClientsIT {
  private static final String RULES =
      """
      schema: shop
      transaction_mode: xa
      nodes:
        - {name: db1, dsn: 'env:DB1'}
        - {name: db2, dsn: 'env:DB2'}
      tables:
        - name: orders
          type: sharding
          strategies:
            - {backends: ['db1.orders_{0, 4, 2}', 'db2.orders_{1, 4, 2}'], sharding_columns: [user_id], algorithm: mod}
      """;
  private static final String COLUMNS =
      " (id INT NOT NULL, user_id INT NOT NULL, note VARCHAR(100), PRIMARY KEY (id, user_id))"
          + " CHARACTER SET utf8mb4";

  /** A client and how it is run. */
  enum Client {
    PYMYSQL("python", "pymysql_client.py", "-c", "import pymysql"),
    CONNECTOR_PYTHON("python", "mysql_connector_client.py", "-c", "import mysql.connector"),
    MYSQL2("node", "mysql2_client.js", "-e", "require('mysql2/promise')"),
    PHP(
        "php",
        "mysqli_client.php",
        "-r",
        "exit(extension_loaded('mysqli') && extension_loaded('pdo_mysql') ? 0 : 1);");

    private final String language;
    private final String script;
    private final String option;
    private final String check;

    /** The check is code that succeeds if the client is there. */
    Client(String language, String script, String option, String check) {
      this.language = language;
      this.script = script;
      this.option = option;
      this.check = check;
    }

    private String program() {
      Path fetched = clients().resolve("python/bin/python");
      if (!language.equals("python")) {
        return language;
      }
      return Files.isExecutable(fetched) ? fetched.toString() : "python3";
    }

    private static Path clients() {
      Map<String, String> environment = System.getenv();
      String cache =
          environment.getOrDefault(
              "PI_CACHE",
              environment.getOrDefault(
                      "XDG_CACHE_HOME", System.getProperty("user.home") + "/.cache")
                  + "/pi-plan");
      return Path.of(cache, "clients");
    }

    private ProcessBuilder command(List<String> arguments) {
      List<String> command = new ArrayList<>();
      command.add(program());
      command.addAll(arguments);
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("NODE_PATH", clients().resolve("node/node_modules").toString());
      builder.environment().put("PYTHONIOENCODING", "utf-8");
      return builder;
    }
  }

  @TempDir private static Path folder;
  private final List<EmbeddedMySql> servers;
  private final List<String> schemas = new ArrayList<>();
  private ProxyServer one;
  private ProxyServer several;

  ClientsIT(Servers servers) {
    this.servers = List.of(servers.mySqlA(), servers.mySqlB());
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    for (int node = 0; node < 2; node++) {
      schemas.add(servers.get(node).createDatabase("clients"));
      try (Connection direct = servers.get(node).connect(schemas.get(node));
          Statement statement = direct.createStatement()) {
        statement.execute("CREATE TABLE orders" + COLUMNS);
        for (int shard = node; shard < 4; shard += 2) {
          statement.execute("CREATE TABLE orders_" + shard + COLUMNS);
        }
      }
    }
    EmbeddedMySql first = servers.get(0);
    one =
        proxy(
            "one",
            "\"nodes\": [{\"name\": \"db1\", \"dsn\": \"mysql://%s@%s:%d?password-env=NODE\"}]"
                .formatted(first.user(), first.host(), first.port()));
    Files.writeString(folder.resolve("shop.yaml"), RULES);
    several = proxy("several", "\"rules\": \"shop.yaml\"");
  }

  private ProxyServer proxy(String name, String nodes) throws IOException {
    Path config = folder.resolve(name + ".json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}], %s}
        """
            .formatted(nodes));
    Map<String, String> environment =
        Map.of("NODE", servers.get(0).password(), "DB1", dsn(0), "DB2", dsn(1));
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
    one.close();
    several.close();
    for (int node = 0; node < 2; node++) {
      try (Connection direct = servers.get(node).connect("");
          Statement statement = direct.createStatement()) {
        statement.execute("DROP DATABASE " + schemas.get(node));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Client.class)
  void aSession(Client client) throws Exception {
    String missing = run(client.command(List.of(client.option, client.check)));
    if (missing != null) {
      abort(client + " was not run: it is not on this machine (" + missing + ")");
    }
    Path script = folder.resolve(client.script);
    try (InputStream from = ClientsIT.class.getResourceAsStream("/clients/" + client.script)) {
      Files.write(script, from.readAllBytes());
    }
    for (ProxyServer proxy : List.of(one, several)) {
      Path out = folder.resolve(client + ".out");
      Process process =
          client
              .command(
                  List.of(
                      script.toString(),
                      String.valueOf(proxy.port()),
                      proxy == one ? schemas.get(0) : "shop"))
              .redirectOutput(out.toFile())
              .start();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      List<String> said = Files.readString(out, StandardCharsets.UTF_8).lines().toList();
      assertThat(said.stream().map(line -> line.replace('"', '\'').replace("'it's'", "it's")))
          .as(client + " through " + (proxy == one ? "one node" : "several"))
          .containsExactly(
              "inserted 3",
              "one größe 订单 😀",
              "all ((4, it's), (3, None), (2, 'b'), (1, 'größe 订单 😀'))",
              "after rollback 0",
              "error 1054");
      assertThat(process.exitValue()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdbc:mysql:", "jdbc:mariadb:"})
  void aHikariPoolThatManyThreadsShare(String driver) throws Exception {
    for (ProxyServer proxy : List.of(one, several)) {
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl(
          driver
              + "//127.0.0.1:"
              + proxy.port()
              + "/"
              + (proxy == one ? schemas.get(0) : "shop")
              + (driver.contains("mysql") ? "?sslMode=DISABLED" : "?sslMode=disable"));
      config.setUsername("app");
      config.setPassword("");
      config.setMaximumPoolSize(6);
      config.setAutoCommit(false);
      config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
      try (HikariDataSource pool = new HikariDataSource(config)) {
        try (Connection connection = pool.getConnection();
            Statement statement = connection.createStatement()) {
          statement.executeUpdate("DELETE FROM orders");
          statement.executeUpdate("INSERT INTO orders VALUES (0, 1, '0'), (0, 2, '0')");
          connection.commit();
        }
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int thread = 0; thread < 8; thread++) {
          boolean fails = thread % 4 == 3;
          running.add(CompletableFuture.runAsync(() -> transfers(pool, fails)));
        }
        running.forEach(CompletableFuture::join);
        try (Connection connection = pool.getConnection();
            Statement statement = connection.createStatement();
            ResultSet rows =
                statement.executeQuery("SELECT user_id, note FROM orders ORDER BY user_id")) {
          rows.next();
          assertThat(rows.getInt(2)).isEqualTo(-120);
          rows.next();
          assertThat(rows.getInt(2)).isEqualTo(120);
        }
      }
    }
  }

  /** Twenty times one from the first to the second; or none, if all are rolled back. */
  private static void transfers(DataSource pool, boolean rolledBack) {
    for (int i = 0; i < 20; i++) {
      try (Connection connection = pool.getConnection();
          PreparedStatement change =
              connection.prepareStatement("UPDATE orders SET note = note + ? WHERE user_id = ?")) {
        for (int user = 1; user <= 2; user++) {
          change.setInt(1, user == 1 ? -1 : 1);
          change.setInt(2, user);
          change.executeUpdate();
        }
        if (rolledBack) {
          connection.rollback();
        } else {
          connection.commit();
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Null if it succeeds, else what it says at last. */
  private static String run(ProcessBuilder command) throws InterruptedException {
    try {
      Path out = Files.createTempFile(folder, "check", "");
      Process process = command.redirectOutput(out.toFile()).start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "it does not answer";
      }
      return process.exitValue() == 0
          ? null
          : Files.readString(out).lines().reduce((a, b) -> b).orElse("it fails");
    } catch (IOException e) {
      return e.getMessage();
    }
  }
}
