package io.piplan.proxy.differ;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.proxy.server.ConfigReader;
import io.piplan.proxy.server.ProxyServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One database, and two on two servers with a running proxy over them, on which the tables of one
 * case follow those of another.
 */
final class Ground implements AutoCloseable {
  private static final String OPTIONS =
      "sslMode=DISABLED&allowPublicKeyRetrieval=true&useAffectedRows=true&useServerPrepStmts=true"
          + "&allowMultiQueries=true&connectionCollation=utf8mb4_unicode_ci&yearIsDateType=false";

  private final List<EmbeddedMySql> servers;
  private final String schema;
  private final String single;
  private final Path rules;
  private final ProxyServer proxy;
  private final List<Connection> nodes = new ArrayList<>();
  private RandomSchema laid;

  Ground(Servers servers, Path folder) throws SQLException, IOException {
    this.servers = List.of(quick(servers, 1), quick(servers, 2));
    single = this.servers.get(0).createDatabase("single");
    schema = this.servers.get(0).createDatabase("schemas");
    try (Connection direct = this.servers.get(1).connect("");
        Statement statement = direct.createStatement()) {
      statement.execute("CREATE DATABASE " + schema);
    }
    for (EmbeddedMySql server : this.servers) {
      nodes.add(direct(server, schema));
    }
    rules = folder.resolve("rules.yaml");
    write(new RandomSchema(4, List.of()));
    Path config = folder.resolve("proxy.json");
    Files.writeString(
        config,
        "{\"listen\": \"127.0.0.1:0\", \"users\": [{\"name\": \"app\", \"no_password\": true}],"
            + " \"rules\": \"rules.yaml\"}");
    Map<String, String> environment = Map.of("DB1", dsn(0), "DB2", dsn(1));
    ConfigReader reader = new ConfigReader(environment::get);
    proxy = ProxyServer.start(reader.read(config), config, reader);
  }

  /** Whether the servers under test know the types and collations of random tables. */
  static boolean isPossible() {
    return System.getProperty("pi.mysql.home", "").isEmpty();
  }

  /** A server that makes tables fast. */
  private static EmbeddedMySql quick(Servers servers, int id) {
    return servers.startMySql(
        MySqlOptions.defaults()
            .withServerId(id)
            .withArgument("--skip-log-bin")
            .withArgument("--innodb-flush-method=nosync")
            .withArgument("--loose-debug-no-sync")
            .withArgument("--innodb-flush-log-at-trx-commit=0")
            .withArgument("--loose-innodb-file-per-table=0")
            .withArgument("--loose-sync-frm=0"));
  }

  private String dsn(int node) {
    EmbeddedMySql server = servers.get(node);
    return "mysql://%s:%s@%s:%d/%s"
        .formatted(server.user(), server.password(), server.host(), server.port(), schema);
  }

  private void write(RandomSchema tables) throws IOException {
    Path next = rules.resolveSibling("rules.next");
    Files.writeString(next, tables.rules().replace("SCHEMA", schema));
    Files.move(next, rules, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static Connection direct(EmbeddedMySql server, String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mysql://" + server.host() + ":" + server.port() + "/" + database + "?" + OPTIONS,
        server.user(),
        server.password());
  }

  Connection single() throws SQLException {
    return direct(servers.get(0), single);
  }

  Connection proxied() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mysql://127.0.0.1:" + proxy.port() + "/" + schema + "?" + OPTIONS, "app", "");
  }

  Connection node(int number) {
    return nodes.get(number);
  }

  /** Makes tables everywhere, and gives the proxy their rules. */
  void lay(RandomSchema tables) throws SQLException, IOException {
    RandomSchema before = laid;
    laid = tables;
    each(before, "DROP TABLE ", true);
    List<StringBuilder> made = List.of(new StringBuilder(), new StringBuilder());
    StringBuilder one = new StringBuilder();
    for (RandomTable table : tables.tables()) {
      one.append("CREATE TABLE " + table.name() + " " + table.ddl() + ";");
      for (RandomTable.Actual actual : table.actual(tables.shards())) {
        made.get(actual.node()).append("CREATE TABLE " + actual.name() + " " + table.ddl() + ";");
      }
    }
    run(nodes.get(0), made.get(0).toString());
    run(nodes.get(1), made.get(1).toString());
    try (Connection connection = single()) {
      run(connection, one.toString());
    }
    write(tables);
    proxy.reload();
    each(before, "DROP TABLE ", false);
  }

  /** Takes all rows away. */
  void empty() throws SQLException {
    each(laid, "DELETE FROM ", true);
    each(laid, "DELETE FROM ", false);
  }

  /**
   * Does this to each table.
   *
   * @param logical to those that are named as the apps name them; else to the others
   */
  private void each(RandomSchema tables, String what, boolean logical) throws SQLException {
    if (tables == null) {
      return;
    }
    List<StringBuilder> all = List.of(new StringBuilder(), new StringBuilder());
    StringBuilder one = new StringBuilder();
    for (RandomTable table : tables.tables()) {
      one.append(what + table.name() + ";");
      for (RandomTable.Actual actual : table.actual(tables.shards())) {
        if (actual.name().equals(table.name()) == logical) {
          all.get(actual.node()).append(what + actual.name() + ";");
        }
      }
    }
    run(nodes.get(0), all.get(0).toString());
    run(nodes.get(1), all.get(1).toString());
    if (logical) {
      try (Connection connection = single()) {
        run(connection, one.toString());
      }
    }
  }

  private static void run(Connection connection, String sql) throws SQLException {
    if (!sql.isEmpty()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
        while (statement.getMoreResults() || statement.getUpdateCount() >= 0) {
          // The next of several statements.
        }
      }
    }
  }

  @Override
  public void close() throws SQLException {
    proxy.close();
    for (Connection node : nodes) {
      node.close();
    }
    servers.forEach(EmbeddedMySql::close);
  }
}
