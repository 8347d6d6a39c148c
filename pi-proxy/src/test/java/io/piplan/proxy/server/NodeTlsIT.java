package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted connections to nodes that have a certificate of their own making. */
class NodeTlsIT {
  @TempDir private Path folder;

  @Test
  void nodesAreSpokenToInTls() throws Exception {
    try (EmbeddedMySql node =
        EmbeddedMariaDb.start(MySqlOptions.defaults().withServerId(92).withArgument("--ssl"))) {
      String schema = node.createDatabase("tls");
      String dsn =
          "mysql://%s:%s@%s:%d/%s?tls="
              .formatted(node.user(), node.password(), node.host(), node.port(), schema);
      try (ProxyServer proxy = ProxyServer.start(config(dsn + "on"));
          Connection app =
              DriverManager.getConnection(
                  "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/shop?sslMode=disable", "app", "");
          Statement statement = app.createStatement();
          ResultSet rows = statement.executeQuery("SHOW STATUS LIKE 'Ssl_cipher'")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getString(2)).isNotEmpty();
      }
      // A certificate that nobody we know has signed.
      assertThatThrownBy(() -> ProxyServer.start(config(dsn + "verify")).close())
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("db1");
      assertThatThrownBy(() -> config(dsn + "perhaps"))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("tls=perhaps")
          .hasMessageNotContaining(node.password());
    }
  }

  private ProxyConfig config(String dsn) throws Exception {
    Files.writeString(
        folder.resolve("shop.yaml"),
        """
        schema: shop
        default_node: db1
        nodes: [{name: db1, dsn: 'env:DB1'}]
        tables: []
        """);
    Path config = folder.resolve("proxy.json");
    Files.writeString(
        config,
        """
        {"listen": "127.0.0.1:0", "users": [{"name": "app", "no_password": true}],
         "rules": "shop.yaml"}
        """);
    return new ConfigReader(Map.of("DB1", dsn)::get).read(config);
  }
}
