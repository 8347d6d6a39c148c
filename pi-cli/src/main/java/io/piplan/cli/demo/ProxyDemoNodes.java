package io.piplan.cli.demo;

import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.MySqlOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The two data nodes of the proxy's demo. */
final class ProxyDemoNodes implements AutoCloseable {
  private static final String DATABASE = "shop_node";

  private final List<EmbeddedMariaDb> nodes;
  private final String password;

  private ProxyDemoNodes(List<EmbeddedMariaDb> nodes, String password) {
    this.nodes = nodes;
    this.password = password;
  }

  static ProxyDemoNodes start(String password) {
    MySqlOptions options = MySqlOptions.defaults().withPassword(password);
    CompletableFuture<EmbeddedMariaDb> first =
        CompletableFuture.supplyAsync(() -> EmbeddedMariaDb.start(options));
    CompletableFuture<EmbeddedMariaDb> second =
        CompletableFuture.supplyAsync(() -> EmbeddedMariaDb.start(options.withServerId(2)));
    try {
      return new ProxyDemoNodes(List.of(first.join(), second.join()), password);
    } catch (CompletionException e) {
      first.handle((server, failure) -> server).thenAccept(ProxyDemoNodes::close).join();
      second.handle((server, failure) -> server).thenAccept(ProxyDemoNodes::close).join();
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static void close(EmbeddedMariaDb server) {
    if (server != null) {
      server.close();
    }
  }

  /** Shard n of each is on db1 if n is even, else on db2. */
  void createTables() throws SQLException {
    for (int node = 0; node < 2; node++) {
      try (Connection connection = nodes.get(node).connect("");
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE DATABASE " + DATABASE + " CHARACTER SET utf8mb4");
        statement.execute("USE " + DATABASE);
        for (int shard = node; shard < 4; shard += 2) {
          statement.execute(
              "CREATE TABLE account_"
                  + shard
                  + " (owner BIGINT PRIMARY KEY, balance INT NOT NULL)");
          for (String copy : List.of("r", "e")) {
            statement.execute(
                "CREATE TABLE transfer_"
                    + copy
                    + "_"
                    + shard
                    + " (id BIGINT PRIMARY KEY, payer BIGINT NOT NULL, payee BIGINT NOT NULL, amount"
                    + " INT NOT NULL)");
          }
        }
      }
    }
  }

  String dsn(int node) {
    EmbeddedMariaDb server = nodes.get(node);
    return "mysql://"
        + server.user()
        + ":"
        + password
        + "@"
        + server.host()
        + ":"
        + server.port()
        + "/"
        + DATABASE;
  }

  /** The first value of a query on the node itself; null if there is none. */
  String ask(int node, String sql) throws SQLException {
    try (Connection connection = nodes.get(node).connect(DATABASE);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  @Override
  public void close() {
    nodes.forEach(EmbeddedMariaDb::close);
  }
}
