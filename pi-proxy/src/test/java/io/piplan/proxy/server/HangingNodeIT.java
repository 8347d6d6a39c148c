package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A node that takes bytes and answers nothing, not even to KILL. */
@ExtendWith(ServersExtension.class)
class HangingNodeIT {
  private static final String RULES =
      """
      schema: shop
      transaction_mode: simple
      default_node: db1
      statement_timeout: 1s
      nodes:
        - {name: db1, dsn: 'env:DB1', maximum_pool_size: 2, acquire_timeout: 2s}
      tables:
        - name: orders
          type: sharding
          strategies:
            - {backends: [db1.orders_0, db1.orders_1], sharding_columns: [user_id], algorithm: mod}
      """;
  private static final String ONE = "SELECT note FROM orders WHERE user_id = 1";

  @TempDir private Path folder;

  /** What a test does with a proxy over a node. */
  private interface Case {
    void run(Relay relay, ProxyServer proxy, Statement statement) throws Exception;
  }

  private void over(Servers servers, Case what) throws Exception {
    EmbeddedMySql server = servers.mySqlA();
    String schema = server.createDatabase("hanging");
    try (Connection direct = server.connect(schema);
        Statement filling = direct.createStatement();
        Relay relay = new Relay(server.host(), server.port())) {
      for (int shard = 0; shard < 2; shard++) {
        filling.execute("CREATE TABLE orders_" + shard + " (user_id INT, note VARCHAR(20))");
        filling.execute("INSERT INTO orders_" + shard + " VALUES (" + shard + ", 'old')");
      }
      String dsn =
          "mysql://%s:%s@127.0.0.1:%d/%s"
              .formatted(server.user(), server.password(), relay.port(), schema);
      try (ProxyServer proxy = proxy(dsn);
          Connection app = connect(proxy);
          Statement statement = app.createStatement()) {
        assertThat(note(statement)).isEqualTo("old");
        what.run(relay, proxy, statement);
      } finally {
        filling.execute("DROP DATABASE " + schema);
      }
    }
  }

  /** It has its bytes in memory until it has ended, and they count until then. */
  @Test
  void aLongStatementCountsUntilItEndsThoughItsClientIsGone(Servers servers) throws Exception {
    over(
        servers,
        (relay, proxy, statement) -> {
          RawClient client = RawClient.login(proxy.port(), "app", "shop");
          relay.hang(true);
          String padding = "x".repeat(2 * UnfinishedStatements.SHORT);
          client.send(
              0, RawClient.query("SELECT COUNT(*) FROM orders WHERE note <> '" + padding + "'"));
          await().until(() -> proxy.unfinished().held() > 0);
          client.close();
          // Until the node would have been given up, which takes longer.
          await().until(() -> sessions(statement) == 1);
          assertThat(proxy.unfinished().held()).isPositive();
          relay.hang(false);
          await().until(() -> proxy.unfinished().held() == 0);
        });
  }

  private static int sessions(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery("SHOW PI SESSIONS")) {
      int count = 0;
      while (rows.next()) {
        count++;
      }
      return count;
    }
  }

  @Test
  void aStatementEndsWhenItsNodeHangs(Servers servers) throws Exception {
    over(
        servers,
        (relay, proxy, statement) -> {
          hangs(relay, statement, ONE);
          assertThat(note(statement)).isEqualTo("old");
          statement.execute("BEGIN");
          statement.executeUpdate("UPDATE orders SET note = 'new' WHERE user_id = 1");
          hangs(relay, statement, ONE);
          // The transaction is gone, of which the client must hear.
          assertThatThrownBy(() -> note(statement))
              .isInstanceOfSatisfying(
                  SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1402));
          statement.execute("ROLLBACK");
          // And its lock too when the server has seen that.
          assertThat(note(statement)).isEqualTo("old");
        });
  }

  private ProxyServer proxy(String dsn) throws IOException {
    Files.writeString(folder.resolve("shop.yaml"), RULES);
    Path config = folder.resolve("shop.json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
         "rules": "shop.yaml", "event_loops": 1}
        """);
    return ProxyServer.start(new ConfigReader(Map.of("DB1", dsn)::get).read(config));
  }

  private static Connection connect(ProxyServer proxy) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/shop?sslMode=disable", "app", "");
  }

  private static String note(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery(ONE)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }

  private static void hangs(Relay relay, Statement statement, String sql) {
    relay.hang(true);
    long before = System.nanoTime();
    try {
      assertThatThrownBy(() -> statement.execute(sql))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(3024));
    } finally {
      relay.hang(false);
    }
    assertThat((System.nanoTime() - before) / 1_000_000_000L).as("seconds").isLessThan(25);
  }

  /** Stands between proxy and node. */
  private static final class Relay implements AutoCloseable {
    private final ServerSocket listening =
        new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private volatile boolean hangs;

    Relay(String host, int port) throws IOException {
      begin(
          () -> {
            while (true) {
              Socket client = listening.accept();
              Socket server = new Socket(host, port);
              begin(() -> copy(client, server));
              begin(() -> copy(server, client));
            }
          });
    }

    int port() {
      return listening.getLocalPort();
    }

    void hang(boolean wanted) {
      hangs = wanted;
    }

    private interface Work {
      void run() throws IOException, InterruptedException;
    }

    private static void begin(Work work) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.run();
                } catch (IOException e) {
                  // One side has ended.
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              },
              "relay");
      thread.setDaemon(true);
      thread.start();
    }

    private void copy(Socket from, Socket to) throws IOException, InterruptedException {
      byte[] bytes = new byte[16 * 1024];
      try (from;
          to;
          InputStream in = from.getInputStream();
          OutputStream out = to.getOutputStream()) {
        for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
          while (hangs) {
            Thread.sleep(20);
          }
          out.write(bytes, 0, count);
        }
      }
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }
}
