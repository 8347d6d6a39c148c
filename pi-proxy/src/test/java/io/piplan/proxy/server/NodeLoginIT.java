package io.piplan.proxy.server;

import static io.piplan.proxy.server.TwoNodes.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the proxy logs in to a node whose certificate it knows: MariaDB, or MySQL where that is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class NodeLoginIT {
  private static final String PASSWORD = "pä $ss";

  @TempDir private static Path folder;
  private final Servers servers;
  private TestCertificate known;
  private EmbeddedMySql node;
  private String schema;

  NodeLoginIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  void start() throws Exception {
    known = TestCertificate.make(folder, "ip:127.0.0.1");
    node =
        servers.startMySql(
            MySqlOptions.defaults()
                .withServerId(93)
                .withArgument("--ssl-ca=" + known.certificate())
                .withArgument("--ssl-cert=" + known.certificate())
                .withArgument("--ssl-key=" + known.key()));
    schema = node.createDatabase("login");
  }

  @AfterAll
  void stop() {
    if (node != null) {
      node.close();
    }
  }

  private void account(String user, String plugin) throws SQLException {
    try (Connection direct = node.connect("");
        Statement statement = direct.createStatement()) {
      statement.execute("DROP USER IF EXISTS " + user);
      statement.execute(
          "CREATE USER " + user + "@'%' IDENTIFIED " + plugin + " BY '" + PASSWORD + "'");
      statement.execute("GRANT ALL ON " + schema + ".* TO " + user);
      if (!node.isMariaDb()) {
        statement.execute("GRANT XA_RECOVER_ADMIN ON *.* TO " + user);
      }
      // What the server remembers of passwords is gone: the next login is a full one.
      statement.execute("FLUSH PRIVILEGES");
    }
  }

  /** One data node, or rules with this node as the default node. */
  private ProxyServer proxy(boolean rules, String user, String options) throws Exception {
    Path config = folder.resolve("proxy.json");
    String users =
        "\"listen\": \"127.0.0.1:0\", \"users\": [{\"name\": \"app\", \"no_password\": true}],";
    if (rules) {
      Files.writeString(
          folder.resolve("rules.yaml"),
          """
          schema: shop
          default_node: db1
          nodes: [{name: db1, dsn: 'env:DSN'}]
          tables: []
          """);
      Files.writeString(config, "{" + users + "\"event_loops\": 1, \"rules\": \"rules.yaml\"}");
      String password = "p%C3%A4%20%24ss";
      String dsn =
          "mysql://%s:%s@127.0.0.1:%d/%s%s"
              .formatted(
                  user, password, node.port(), schema, options.isEmpty() ? "" : "?" + options);
      return ProxyServer.start(new ConfigReader(Map.of("DSN", dsn)::get).read(config));
    }
    Files.writeString(
        config,
        "{"
            + users
            + "\"event_loops\": 1, \"nodes\": [{\"name\": \"db1\", \"dsn\": \"mysql://%s@127.0.0.1:%d?password-env=PASSWORD%s\"}]}"
                .formatted(user, node.port(), options.isEmpty() ? "" : "&" + options));
    return ProxyServer.start(new ConfigReader(Map.of("PASSWORD", PASSWORD)::get).read(config));
  }

  private Connection connect(ProxyServer proxy, boolean rules) throws SQLException {
    String name = rules ? "shop" : schema;
    return DriverManager.getConnection(
        "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/" + name + "?sslMode=disable", "app", "");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCertificateThatIsKnown(boolean rules) throws Exception {
    account("tls", node.isMariaDb() ? "" : "WITH caching_sha2_password");
    String options = "tls=verify&ca=" + known.certificate();
    for (int login = 0; login < 2; login++) {
      try (ProxyServer proxy = proxy(rules, "tls", options);
          Connection app = connect(proxy, rules);
          Statement statement = app.createStatement()) {
        assertThat(rows(statement, "SHOW STATUS LIKE 'Ssl_cipher'").get(0))
            .matches("Ssl_cipher\\|.+");
        assertThat(rows(statement, "SELECT 1")).containsExactly("1");
      }
    }
  }

  @Test
  void aCertificateOfAnotherNameOrAuthority() throws Exception {
    account("tls", node.isMariaDb() ? "" : "WITH caching_sha2_password");
    Path other = Files.createDirectory(folder.resolve("other"));
    TestCertificate unknown = TestCertificate.make(other, "ip:127.0.0.1");
    assertThatThrownBy(() -> proxy(false, "tls", "tls=verify&ca=" + unknown.certificate()).close())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("db1");
    // It is for 127.0.0.1 only.
    Path config = folder.resolve("named.json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
         "nodes": [{"name": "db1", "dsn": "mysql://tls@localhost:%d?password-env=PASSWORD&tls=verify&ca=%s"}]}
        """
            .formatted(node.port(), known.certificate()));
    assertThatThrownBy(
            () ->
                ProxyServer.start(new ConfigReader(Map.of("PASSWORD", PASSWORD)::get).read(config))
                    .close())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("localhost");
  }

  /** The password goes encrypted by the node's RSA key, then by its digest alone. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cachingSha2WithoutTls(boolean rules) throws Exception {
    assumeFalse(node.isMariaDb(), "caching_sha2_password at a node needs MySQL: -Preal-mysql");
    for (String options : List.of("", "tls=on")) {
      account("sha", "WITH caching_sha2_password");
      for (int login = 0; login < 2; login++) {
        try (ProxyServer proxy = proxy(rules, "sha", options);
            Connection app = connect(proxy, rules);
            Statement statement = app.createStatement()) {
          assertThat(rows(statement, "SELECT 1")).containsExactly("1");
        }
      }
    }
    account("sha", "WITH sha256_password");
    try (ProxyServer proxy = proxy(rules, "sha", "")) {
      throw new AssertionError("a login that is not supported succeeded");
    } catch (ConfigException e) {
      assertThat(e).hasMessageContaining("sha256_password");
    }
  }

  @Test
  void aWrongPasswordIsTold() throws Exception {
    account("other", node.isMariaDb() ? "" : "WITH caching_sha2_password");
    try (Connection direct = node.connect("");
        Statement statement = direct.createStatement()) {
      statement.execute("ALTER USER other@'%' IDENTIFIED BY 'another'");
    }
    assertThatThrownBy(() -> proxy(false, "other", "").close())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("1045")
        .hasMessageNotContaining(PASSWORD);
  }

  /** Charset and settings are right again when another session gets the connection. */
  @Test
  void connectionsAreResetBetweenSessions() throws Exception {
    account("shared", node.isMariaDb() ? "" : "WITH caching_sha2_password");
    try (ProxyServer proxy = one("shared");
        Connection first = connect(proxy, false);
        Connection second = connect(proxy, false);
        Statement one = first.createStatement();
        Statement two = second.createStatement()) {
      // The node's number: that alone would be answered with the session's.
      String id = rows(one, "SELECT CONNECTION_ID() + 0").get(0);
      String charsets =
          "SELECT @@character_set_client, @@character_set_results, @@collation_connection";
      List<String> before = rows(two, charsets);
      for (int turn = 0; turn < 5; turn++) {
        one.execute("SET sql_mode = '', time_zone = '+01:00'");
        assertThat(rows(one, "SELECT @@time_zone, '订单'")).containsExactly("+01:00|订单");
        assertThat(rows(two, charsets)).isEqualTo(before);
        assertThat(rows(two, "SELECT @@time_zone, '订单'")).doesNotContain("+01:00|订单");
        assertThat(rows(two, "SELECT CONNECTION_ID() + 0")).containsExactly(id);
      }
    }
  }

  private ProxyServer one(String user) throws Exception {
    Path config = folder.resolve("one.json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}], "event_loops": 1,
         "nodes": [{"name": "db1", "dsn": "mysql://%s@127.0.0.1:%d?password-env=PASSWORD",
                    "maximum_pool_size": 1}]}
        """
            .formatted(user, node.port()));
    return ProxyServer.start(new ConfigReader(Map.of("PASSWORD", PASSWORD)::get).read(config));
  }
}
