package io.piplan.proxy.server;

import static io.piplan.proxy.server.TwoNodes.MARIADB;
import static io.piplan.proxy.server.TwoNodes.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import io.piplan.proxy.auth.CachingSha2Password;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What few clients do, over four shards on two servers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class WireEdgesIT {
  private static final String RULES =
      """
      schema: SCHEMA
      transaction_mode: xa
      default_node: db1
      nodes:
        - {name: db1, dsn: 'env:DB1', maximum_pool_size: 8, acquire_timeout: 2s}
        - {name: db2, dsn: 'env:DB2', maximum_pool_size: 8, acquire_timeout: 2s}
      tables:
        - name: page
          type: sharding
          strategies:
            - {backends: ['db1.page_{0, 4, 2}', 'db2.page_{1, 4, 2}'], sharding_columns: [id], algorithm: mod}
      """;
  private static final int STATISTICS = 9;
  private static final int FIELD_LIST = 4;
  private static final int PING = 14;
  private static final int PLUGIN_AUTH = 1 << 19;

  @TempDir private static Path folder;
  private final Servers servers;
  private TwoNodes nodes;
  private ProxyServer proxy;

  WireEdgesIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    nodes = TwoNodes.create(servers, "edges");
    nodes.shards("page_", "(id INT PRIMARY KEY, body LONGTEXT) CHARACTER SET utf8mb4");
    proxy = nodes.start(folder, RULES, "");
  }

  @AfterAll
  void stop() throws SQLException {
    nodes.close();
  }

  @Test
  void columnsOfATableAsOldClientsAskForThem() throws IOException {
    try (RawClient client = RawClient.login(proxy.port(), "app", nodes.schema())) {
      client.send(0, command(FIELD_LIST, "page\0"));
      List<String> names = new ArrayList<>();
      byte[] packet = client.packet();
      while ((packet[0] & 0xff) != 0xfe) {
        names.add(new String(packet, StandardCharsets.UTF_8));
        packet = client.packet();
      }
      assertThat(names).hasSize(2);
      assertThat(names.get(0)).contains(nodes.schema(), "page", "id").doesNotContain("page_");
      assertThat(names.get(1)).contains("body");
      client.send(0, command(FIELD_LIST, "nothing\0"));
      assertThat(RawClient.error(client.packet())).isEqualTo(1146);
      client.send(0, command(STATISTICS, ""));
      assertThat(new String(client.packet(), StandardCharsets.UTF_8)).startsWith("pi-proxy: ");
      client.send(0, command(PING, ""));
      assertThat(client.packet()[0]).isZero();
    }
  }

  private static byte[] command(int code, String text) {
    byte[] payload = RawClient.query(text);
    payload[0] = (byte) code;
    return payload;
  }

  /** A packet says at most 16 MB; longer values are in several. */
  @Test
  void valuesOfOverSixteenMegabytes() throws SQLException {
    int length = 17 << 20;
    try (Connection app = nodes.connect(MARIADB, "maxAllowedPacket=50000000");
        Statement statement = app.createStatement();
        PreparedStatement prepared = app.prepareStatement("INSERT INTO page VALUES (?, ?)")) {
      statement.execute("INSERT INTO page VALUES (1, '" + "x".repeat(length) + "')");
      prepared.setInt(1, 2);
      prepared.setString(2, "y".repeat(length));
      assertThat(prepared.executeUpdate()).isEqualTo(1);
      assertThat(rows(statement, "SELECT id, LENGTH(body) FROM page ORDER BY id"))
          .containsExactly("1|" + length, "2|" + length);
      // Passed on, and merged.
      assertThat(rows(statement, "SELECT body FROM page WHERE id = 1").get(0)).hasSize(length);
      assertThat(rows(statement, "SELECT body FROM page ORDER BY id DESC"))
          .extracting(String::length)
          .containsExactly(length, length);
      statement.execute("DELETE FROM page");
    }
  }

  /** A client that begins with another plugin than its user's is asked for that one. */
  @Test
  void cachingSha2OverAnotherPluginOfTheClient() throws IOException {
    for (String plugin : List.of("mysql_native_password", "mysql_clear_password", "dialog")) {
      assertThat(login(plugin, TwoNodes.SECRET)).as(plugin).isZero();
      assertThat(login(plugin, "wrong")).as(plugin).isEqualTo(1045);
    }
  }

  /** The number of the error, or 0. */
  private int login(String plugin, String password) throws IOException {
    try (RawClient client = RawClient.connect(proxy.port())) {
      client.packet();
      ByteArrayOutputStream response = new ByteArrayOutputStream();
      int capabilities = 1 | 0x200 | 0x8000 | PLUGIN_AUTH;
      for (int i = 0; i < 4; i++) {
        response.write(capabilities >>> (8 * i));
      }
      response.write(new byte[] {0, 0, 0, 1, 45});
      response.write(new byte[23]);
      response.writeBytes("sha\0".getBytes(StandardCharsets.UTF_8));
      // Of another plugin, 20 bytes long as that of the native password is.
      response.write(20);
      response.writeBytes(new byte[20]);
      response.writeBytes((plugin + "\0").getBytes(StandardCharsets.UTF_8));
      client.send(1, response.toByteArray());
      byte[] asked = client.packet();
      String name = "caching_sha2_password";
      assertThat(asked[0]).isEqualTo((byte) 0xfe);
      assertThat(new String(asked, 1, name.length(), StandardCharsets.UTF_8)).isEqualTo(name);
      int begin = name.length() + 2;
      byte[] nonce = Arrays.copyOfRange(asked, begin, begin + 20);
      client.send(
          3, CachingSha2Password.fastAnswer(password.getBytes(StandardCharsets.UTF_8), nonce));
      byte[] answer = client.packet();
      if (answer[0] == 1) {
        // It is done, or the password is asked for, which goes by TLS only.
        answer = answer[1] == 3 ? client.packet() : refused(client);
      }
      return RawClient.error(answer);
    }
  }

  private static byte[] refused(RawClient client) throws IOException {
    client.send(5, "wrong\0".getBytes(StandardCharsets.UTF_8));
    return client.packet();
  }

  /** A node that is gone is refused at once, and the other one goes on. */
  @Test
  void theCircuitIsOfOneNode(@TempDir Path apart) throws Exception {
    try (CutLine line = new CutLine(nodes.server(1).host(), nodes.server(1).port());
        ProxyServer over = nodes.startOver(apart, RULES, line.port());
        Connection app = nodes.connectTo(over);
        Statement statement = app.createStatement()) {
      String here = "SELECT COUNT(*) FROM page WHERE id = 2";
      String there = "SELECT COUNT(*) FROM page WHERE id = 1";
      assertThat(rows(statement, there)).containsExactly("0");
      line.cut(true);
      await()
          .until(
              () -> {
                assertThatThrownBy(() -> rows(statement, there)).isInstanceOf(SQLException.class);
                return circuits(statement).equals(List.of("closed", "open"));
              });
      assertThat(rows(statement, here)).containsExactly("0");
      assertThatThrownBy(() -> rows(statement, "SELECT COUNT(*) FROM page"))
          .isInstanceOf(SQLException.class);
      assertThat(rows(statement, here)).containsExactly("0");
      line.cut(false);
      await().until(() -> circuits(statement).equals(List.of("closed", "closed")));
      assertThat(rows(statement, there)).containsExactly("0");
      assertThat(rows(statement, "SELECT COUNT(*) FROM page")).containsExactly("0");
    }
  }

  private static List<String> circuits(Statement statement) throws SQLException {
    try (var found = statement.executeQuery("SHOW PI NODES")) {
      List<String> all = new ArrayList<>();
      while (found.next()) {
        all.add(found.getString("circuit"));
      }
      return all;
    }
  }
}
