package io.piplan.proxy.server;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Two schemas of one name on two real servers, and a proxy over them. */
final class TwoNodes implements AutoCloseable {
  static final String MARIADB = "jdbc:mariadb:";
  static final String MYSQL = "jdbc:mysql:";

  /** The password of the user {@code sha}; {@code app} has none. */
  static final String SECRET = "secret";

  private final List<EmbeddedMySql> servers;
  private final String schema;
  private ProxyServer proxy;

  private TwoNodes(List<EmbeddedMySql> servers, String schema) {
    this.servers = servers;
    this.schema = schema;
  }

  static TwoNodes create(Servers servers, String name) throws SQLException {
    List<EmbeddedMySql> both = List.of(servers.mySqlA(), servers.mySqlB());
    String schema = both.get(0).createDatabase(name);
    try (Connection direct = both.get(1).connect("");
        Statement statement = direct.createStatement()) {
      statement.execute("CREATE DATABASE " + schema);
    }
    return new TwoNodes(both, schema);
  }

  boolean areMariaDb() {
    return servers.get(0).isMariaDb();
  }

  EmbeddedMySql server(int node) {
    return servers.get(node);
  }

  /** The name that apps see, which is that of the nodes' schemas, too. */
  String schema() {
    return schema;
  }

  /** Runs statements on one node. */
  void on(int node, String... statements) throws SQLException {
    try (Connection direct = direct(node);
        Statement statement = direct.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Makes a table with shards 0 and 2 on the first node, 1 and 3 on the second. */
  void shards(String prefix, String columns) throws SQLException {
    for (int shard = 0; shard < 4; shard++) {
      on(shard % 2, "CREATE TABLE " + prefix + shard + " " + columns);
    }
  }

  Connection direct(int node) throws SQLException {
    return servers.get(node).connect(schema);
  }

  /**
   * Starts the proxy.
   *
   * @param rules with SCHEMA for the schema's name
   * @param more members of the configuration
   */
  ProxyServer start(Path folder, String rules, String more) throws IOException {
    Files.writeString(folder.resolve("rules.yaml"), rules.replace("SCHEMA", schema));
    Path config = folder.resolve("proxy.json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0",
         "users": [{"name": "app", "no_password": true},
                   {"name": "sha", "password_env": "SHA", "auth": "caching_sha2_password"}],
         "rules": "rules.yaml", "local_infile": true %s}
        """
            .formatted(more));
    Map<String, String> environment = Map.of("DB1", dsn(0), "DB2", dsn(1), "SHA", SECRET);
    proxy = ProxyServer.start(new ConfigReader(environment::get).read(config));
    return proxy;
  }

  /**
   * Starts another proxy, which the caller closes.
   *
   * @param second where it finds the second node
   */
  ProxyServer startOver(Path folder, String rules, int second) throws IOException {
    Files.writeString(folder.resolve("rules.yaml"), rules.replace("SCHEMA", schema));
    Path config = folder.resolve("proxy.json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
         "rules": "rules.yaml", "event_loops": 1}
        """);
    EmbeddedMySql node = servers.get(1);
    String over =
        "mysql://%s:%s@127.0.0.1:%d/%s".formatted(node.user(), node.password(), second, schema);
    return ProxyServer.start(
        new ConfigReader(Map.of("DB1", dsn(0), "DB2", over)::get).read(config));
  }

  Connection connectTo(ProxyServer other) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mariadb://127.0.0.1:" + other.port() + "/" + schema + "?sslMode=disable", "app", "");
  }

  /** Starts a proxy that passes statements on to the first node. */
  void startOnOne() {
    EmbeddedMySql node = servers.get(0);
    String json =
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
         "nodes": [{"name": "db1", "dsn": "mysql://%s@%s:%d?password-env=NODE"}]}
        """
            .formatted(node.user(), node.host(), node.port());
    proxy = ProxyServer.start(new ConfigReader(Map.of("NODE", node.password())::get).read(json));
  }

  private String dsn(int node) {
    EmbeddedMySql server = servers.get(node);
    return "mysql://%s:%s@%s:%d/%s"
        .formatted(server.user(), server.password(), server.host(), server.port(), schema);
  }

  ProxyServer proxy() {
    return proxy;
  }

  String url(String kind, String options) {
    return kind
        + "//127.0.0.1:"
        + proxy.port()
        + "/"
        + schema
        + "?"
        + options
        + (kind.equals(MYSQL) ? "&sslMode=DISABLED" : "&sslMode=disable");
  }

  Connection connect(String kind, String options) throws SQLException {
    return DriverManager.getConnection(url(kind, options), "app", "");
  }

  /** Rows as text, columns joined by bars. */
  static List<String> rows(Statement statement, String sql) throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      return rows(rows);
    }
  }

  static List<String> rows(ResultSet rows) throws SQLException {
    List<String> all = new ArrayList<>();
    while (rows.next()) {
      List<String> values = new ArrayList<>();
      for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
        values.add(rows.getString(i));
      }
      all.add(String.join("|", values));
    }
    return all;
  }

  @Override
  public void close() throws SQLException {
    if (proxy != null) {
      proxy.close();
    }
    for (EmbeddedMySql server : servers) {
      try (Connection direct = server.connect("");
          Statement statement = direct.createStatement()) {
        statement.execute("DROP DATABASE " + schema);
      }
    }
  }
}
