package io.piplan.proxy.server;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A proxy over databases of two servers: n0 and n2 on the first, n1 on the second. Table item has a
 * shard on n0 and one on n1, ticket two copies there, extra is on n2.
 */
final class Shop implements AutoCloseable {
  static final String TWO_NODES =
      """
      schema: shop
      transaction_mode: xa
      default_node: n0
      nodes:
        - {name: n0, dsn: 'env:N0', maximum_pool_size: 8}
        - {name: n1, dsn: 'env:N1', maximum_pool_size: 8}
      tables:
        - name: item
          type: sharding
          strategies:
            - {backends: [n0.item_0, n1.item_1], sharding_columns: [id], algorithm: mod}
        - name: ticket
          type: double_sharding
          lock_key: [id]
          strategies:
            - {backends: [n0.ticket_b_0, n1.ticket_b_1], sharding_columns: [buyer], algorithm: mod}
            - {backends: [n0.ticket_s_0, n1.ticket_s_1], sharding_columns: [seller], algorithm: mod}
      """;
  static final String THREE_NODES =
      TWO_NODES.replace("tables:", "  - {name: n2, dsn: 'env:N2', maximum_pool_size: 4}\ntables:")
          + "  - {name: extra, type: raw, strategies: [{backends: [n2.extra]}]}\n";

  final Path folder;
  final Path rules;
  final Path config;
  final List<EmbeddedMySql> servers;
  final List<String> schemas = new ArrayList<>();
  final Map<String, String> environment = new HashMap<>();
  ProxyServer proxy;

  /** Creates the databases; {@link #start} starts the proxy. */
  Shop(Servers all, Path folder) throws SQLException, IOException {
    this.folder = folder;
    this.servers = List.of(all.mySqlA(), all.mySqlB(), all.mySqlA());
    for (int node = 0; node < 3; node++) {
      schemas.add(servers.get(node).createDatabase("shop" + node));
      environment.put("N" + node, dsn(node));
    }
    for (int node = 0; node < 2; node++) {
      direct(node, "CREATE TABLE item_" + node + " (id INT PRIMARY KEY, note VARCHAR(100))");
      for (String copy : List.of("b", "s")) {
        direct(
            node,
            "CREATE TABLE ticket_%s_%d (id INT PRIMARY KEY, buyer INT NOT NULL, seller INT NOT NULL)"
                .formatted(copy, node));
      }
    }
    direct(2, "CREATE TABLE extra (id INT PRIMARY KEY)");
    rules = Files.writeString(folder.resolve("shop.yaml"), TWO_NODES);
    config = folder.resolve("proxy.json");
  }

  private String dsn(int node) {
    EmbeddedMySql server = servers.get(node);
    return "mysql://%s:%s@%s:%d/%s"
        .formatted(
            server.user(), server.password(), server.host(), server.port(), schemas.get(node));
  }

  /**
   * Starts it with user app, who is an administrator.
   *
   * @param more members of the configuration, each with a comma before
   * @param users more users, each with a comma before
   */
  Shop start(String more, String users) throws IOException {
    configure(more, users);
    ConfigReader reader = new ConfigReader(environment::get);
    proxy = ProxyServer.start(reader.read(config), config, reader);
    return this;
  }

  void configure(String more, String users) throws IOException {
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "rules": "shop.yaml",
         "users": [{"name": "app", "no_password": true, "admin": true}%s]%s}
        """
            .formatted(users, more));
  }

  Connection connect(String user) throws SQLException {
    return connect(user, "");
  }

  Connection connect(String user, String options) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/shop?sslMode=disable" + options, user, "");
  }

  void direct(int node, String... statements) throws SQLException {
    try (Connection connection = servers.get(node).connect(schemas.get(node));
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** How many connections a node's database has on its server. */
  int connectionsTo(int node) throws SQLException {
    try (Connection connection = servers.get(node).connect("");
        Statement statement = connection.createStatement()) {
      return Integer.parseInt(
          column(
                  statement,
                  "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '"
                      + schemas.get(node)
                      + "'")
              .get(0));
    }
  }

  /** What Prometheus reads. */
  static String metrics(ProxyServer proxy) throws IOException {
    try (InputStream in =
        new URL("http://127.0.0.1:" + proxy.metricsPort() + "/metrics").openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static List<String> column(Statement statement, String sql) throws SQLException {
    return rows(statement, sql).stream().map(row -> row.get(0)).toList();
  }

  static List<List<String>> rows(Statement statement, String sql) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          row.add(result.getString(i));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  @Override
  public void close() throws SQLException {
    if (proxy != null) {
      proxy.close();
    }
    for (int node = 0; node < 3; node++) {
      try (Connection connection = servers.get(node).connect("");
          Statement statement = connection.createStatement()) {
        statement.execute("DROP DATABASE " + schemas.get(node));
      }
    }
  }
}
