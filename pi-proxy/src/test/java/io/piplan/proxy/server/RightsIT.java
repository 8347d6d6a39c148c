package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A user who has rights in one schema tries to get at another one, and to do more in his own, by
 * every way that the protocol has; the node's account may do all that.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class RightsIT {
  private static final String SECRET = "nobody-may-see-this";
  private static final int MULTI = 0x00010000 | 0x00020000;
  private static final int LOCAL_FILES = 0x00000080;

  /** Access denied, and what isn't understood. */
  private static final Set<Integer> REFUSED = Set.of(1044, 1142, 1227, 1235);

  @TempDir private static Path folder;
  private final EmbeddedMySql server;
  private String open;
  private String hidden;
  private ProxyServer one;
  private ProxyServer several;
  private Path file;

  RightsIT(Servers servers) {
    server = servers.mySqlA();
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    open = server.createDatabase("open");
    hidden = server.createDatabase("hidden");
    direct(
        hidden,
        "CREATE TABLE secret (id INT PRIMARY KEY, a VARCHAR(40))",
        "INSERT INTO secret VALUES (1, '" + SECRET + "')",
        "CREATE FUNCTION f(x INT) RETURNS VARCHAR(40) DETERMINISTIC RETURN '" + SECRET + "'",
        "CREATE PROCEDURE p(x INT) SELECT a FROM secret");
    direct(
        open,
        "CREATE TABLE item (id INT PRIMARY KEY, note VARCHAR(40))",
        "INSERT INTO item VALUES (1, 'x')",
        "CREATE TABLE shard_0 (id INT PRIMARY KEY, note VARCHAR(40))",
        "CREATE TABLE shard_1 (id INT PRIMARY KEY, note VARCHAR(40))",
        "INSERT INTO shard_0 VALUES (2, 'y')",
        "CREATE PROCEDURE own(x INT) INSERT INTO item VALUES (x, 'called')");
    file = Files.writeString(folder.resolve("rows.txt"), "7\tloaded\n");
    String users =
        """
        "listen": "127.0.0.1:0", "local_infile": true,
        "users": [
          {"name": "writer", "no_password": true, "rights": {"%1$s": "write"}},
          {"name": "reader", "no_password": true, "rights": {"%1$s": "read"}},
          {"name": "owner", "no_password": true, "rights": {"%1$s": "all"}},
          {"name": "mixed", "no_password": true, "rights": {"%1$s": "write", "mysql": "read"}}]
        """
            .formatted(open);
    one =
        ProxyServer.start(
            reader()
                .read(
                    "{%s, \"nodes\": [{\"name\": \"n\", \"dsn\": \"mysql://%s@%s:%d?password-env=NODE\"}]}"
                        .formatted(users, server.user(), server.host(), server.port())));
    Files.writeString(
        folder.resolve("rules.yaml"),
        """
        schema: %s
        default_node: n
        nodes: [{name: n, dsn: 'env:DSN', maximum_pool_size: 8}]
        tables:
          - name: shard
            type: sharding
            strategies: [{backends: ['n.shard_{0, 2}'], sharding_columns: [id], algorithm: mod}]
        """
            .formatted(open));
    Path config = folder.resolve("proxy.json");
    Files.writeString(config, "{%s, \"rules\": \"rules.yaml\"}".formatted(users));
    several = ProxyServer.start(reader().read(config));
  }

  private ConfigReader reader() {
    String dsn =
        "mysql://%s:%s@%s:%d/%s"
            .formatted(server.user(), server.password(), server.host(), server.port(), open);
    return new ConfigReader(Map.of("NODE", server.password(), "DSN", dsn)::get);
  }

  private void direct(String schema, String... statements) throws SQLException {
    try (Connection direct = server.connect(schema);
        Statement statement = direct.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @AfterAll
  void stop() throws SQLException {
    one.close();
    several.close();
    direct("", "DROP DATABASE " + open, "DROP DATABASE " + hidden);
  }

  private Connection connect(ProxyServer to, String user, String options) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mariadb://127.0.0.1:"
            + to.port()
            + "/"
            + open
            + "?sslMode=disable&allowMultiQueries=true&allowLocalInfile=true"
            + options,
        user,
        "");
  }

  /** All that there is, in both schemas. */
  private List<String> state() throws SQLException {
    List<String> all = new ArrayList<>();
    try (Connection direct = server.connect(open);
        Statement statement = direct.createStatement()) {
      for (String schema : List.of(open, hidden)) {
        List<String> tables =
            texts(
                statement,
                "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '"
                    + schema
                    + "' ORDER BY 1");
        all.addAll(tables);
        for (String table : tables) {
          all.addAll(texts(statement, "SELECT * FROM " + schema + "." + table + " ORDER BY 1"));
        }
      }
    }
    return all;
  }

  /** All values of all results. */
  private static List<String> texts(Statement statement, String sql) throws SQLException {
    List<String> texts = new ArrayList<>();
    boolean rows = statement.execute(sql);
    while (rows || statement.getUpdateCount() >= 0) {
      if (rows) {
        texts.addAll(texts(statement.getResultSet()));
      }
      rows = statement.getMoreResults();
    }
    return texts;
  }

  private static List<String> texts(ResultSet result) throws SQLException {
    List<String> texts = new ArrayList<>();
    while (result.next()) {
      for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
        texts.add(String.valueOf(result.getString(i)));
      }
    }
    return texts;
  }

  @Test
  void whoMayReadTakesNoNumbersOfSequences() throws SQLException {
    assumeTrue(server.isMariaDb(), "MySQL has no sequences");
    direct(open, "CREATE SEQUENCE ids");
    try (Connection reader = connect(one, "reader", "");
        Statement reads = reader.createStatement();
        Connection writer = connect(one, "writer", "");
        Statement writes = writer.createStatement()) {
      for (String sql :
          List.of(
              "SELECT SETVAL(ids, 100)",
              "SELECT NEXTVAL(" + open + ".ids)",
              "SELECT NEXT VALUE FOR ids",
              "DO NEXTVAL(ids)")) {
        assertThatThrownBy(() -> reads.execute(sql))
            .as(sql)
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1142));
      }
      assertThat(texts(writes, "SELECT NEXTVAL(ids)")).containsExactly("1");
    } finally {
      direct(open, "DROP SEQUENCE ids");
    }
  }

  /** By which a schema is reached that is another's. */
  private List<String> reachingOut() {
    return List.of(
            "SELECT a FROM HIDDEN.secret",
            "SELECT 1; SELECT a FROM HIDDEN.secret",
            "COMMIT; DELETE FROM HIDDEN.secret",
            "SET autocommit = 1; DELETE FROM HIDDEN.secret",
            "SHOW VARIABLES LIKE 'x'; DELETE FROM HIDDEN.secret",
            "DO 1; UPDATE HIDDEN.secret SET a = 'x'",
            "SELECT 1; USE HIDDEN",
            "USE HIDDEN",
            "PREPARE s FROM 'SELECT a FROM HIDDEN.secret'",
            "SET @s = 'SELECT a FROM HIDDEN.secret'; PREPARE s FROM @s; EXECUTE s",
            "EXECUTE IMMEDIATE 'SELECT a FROM HIDDEN.secret'",
            "CALL HIDDEN.p(1)",
            "SELECT 1; CALL HIDDEN.p(1)",
            "SELECT HIDDEN.f(1)",
            "INSERT INTO item VALUES (50, HIDDEN.f(1))",
            "INSERT INTO item SELECT id + 50, a FROM HIDDEN.secret",
            "LOAD DATA LOCAL INFILE 'FILE' INTO TABLE HIDDEN.secret",
            "SELECT 1; LOAD DATA LOCAL INFILE 'FILE' INTO TABLE HIDDEN.secret",
            "LOAD DATA LOCAL INFILE 'FILE' INTO TABLE item (id) SET note = HIDDEN.f(1)",
            "SELECT 1e5FROM HIDDEN.secret",
            "SELECT a, 1.5FROM HIDDEN.secret",
            "SELECT 1 --\u007f' \n UNION SELECT a FROM HIDDEN.secret -- '",
            "SELECT 1 --\u0001' \n UNION SELECT a FROM HIDDEN.secret -- '",
            "SELECT /*!50000 a FROM HIDDEN.secret UNION SELECT */ 1",
            "SELECT /*M!100000 a FROM HIDDEN.secret UNION SELECT */ 1",
            "SET sql_mode = 'AN\\SI_QUOTES'",
            "SET sql_mode = X'414E53495F51554F544553'",
            "SET NAMES 'gb\\k'",
            "SELECT 1; KILL 1",
            "SELECT 1; SHOW FULL PROCESSLIST",
            "SELECT info FROM information_schema.PROCESSLIST",
            "DESCRIBE HIDDEN.secret",
            "SHOW COLUMNS FROM secret FROM HIDDEN",
            "SHOW TABLES FROM HIDDEN",
            "EXPLAIN SELECT a FROM HIDDEN.secret",
            "HANDLER HIDDEN.secret OPEN AS h; HANDLER h READ FIRST",
            "DELETE FROM item USING item JOIN HIDDEN.secret",
            "UPDATE item, HIDDEN.secret SET note = a",
            "CREATE VIEW v AS SELECT a FROM HIDDEN.secret",
            "SELECT a INTO OUTFILE '/tmp/never' FROM HIDDEN.secret",
            "LOAD DATA INFILE '/etc/passwd' INTO TABLE item")
        .stream()
        .map(sql -> sql.replace("HIDDEN", hidden).replace("FILE", file.toString()))
        .toList();
  }

  private void areRefused(ProxyServer proxy, String user, List<String> attacks)
      throws SQLException {
    List<String> before = state();
    try (Connection app = connect(proxy, user, "");
        Statement statement = app.createStatement()) {
      for (String sql : attacks) {
        List<String> got = new ArrayList<>();
        int error = 0;
        try {
          got.addAll(texts(statement, sql));
        } catch (SQLException e) {
          error = e.getErrorCode();
        }
        assertThat(error).as("%s got %s", sql, got).isIn(REFUSED);
        assertThat(got).as(sql).noneMatch(text -> text.contains(SECRET));
      }
      assertThat(texts(statement, "SELECT DATABASE()")).containsExactly(open);
    }
    try (Connection app = connect(proxy, user, "&useServerPrepStmts=true")) {
      for (String sql : attacks) {
        int error = 0;
        try (PreparedStatement prepared = app.prepareStatement(sql)) {
          prepared.execute();
        } catch (SQLException e) {
          error = e.getErrorCode();
        }
        assertThat(error).as("prepared: %s", sql).isIn(REFUSED);
      }
    }
    assertThat(state()).isEqualTo(before);
  }

  @Test
  void anotherSchemaIsOutOfReachWithOneNode() throws SQLException {
    areRefused(one, "writer", reachingOut());
    areRefused(one, "owner", reachingOut());
  }

  @Test
  void anotherSchemaIsOutOfReachWithSeveralNodes() throws SQLException {
    areRefused(several, "writer", reachingOut());
    areRefused(several, "owner", reachingOut());
  }

  @Test
  void whoReadsWritesByNoWay() throws SQLException {
    for (ProxyServer proxy : List.of(one, several)) {
      areRefused(
          proxy,
          "reader",
          List.of(
              "LOAD DATA LOCAL INFILE '" + file + "' INTO TABLE item",
              "LOAD DATA LOCAL INFILE '" + file + "' REPLACE INTO TABLE " + open + ".item",
              "CALL own(60)",
              "CALL " + open + ".own(60)",
              "SELECT 1; CALL own(60)",
              "SELECT 1; DELETE FROM item",
              "COMMIT; INSERT INTO item VALUES (60, 'x')",
              "SELECT * FROM item FOR UPDATE",
              "TRUNCATE item",
              "SELECT 1; DROP TABLE item"));
    }
  }

  @Test
  void whatIsAllowedRuns() throws SQLException {
    for (ProxyServer proxy : List.of(one, several)) {
      try (Connection app = connect(proxy, "writer", "");
          Statement statement = app.createStatement()) {
        String load = "LOAD DATA LOCAL INFILE '" + file + "' INTO TABLE item";
        assertThat(statement.executeUpdate(load)).isEqualTo(1);
        statement.execute("CALL own(61)");
        assertThat(
                texts(
                    statement,
                    "SET autocommit = 1; INSERT INTO item VALUES (62, 'z'); SELECT note FROM item"
                        + " WHERE id >= 7 ORDER BY id"))
            .containsExactly("loaded", "called", "z");
        statement.execute("DELETE FROM item WHERE id >= 7");
        if (proxy == several) {
          assertThat(texts(statement, "SELECT shard.note FROM shard WHERE id = 2"))
              .containsExactly("y");
        }
      }
    }
  }

  @Test
  void theOtherCommandsAreLookedAtToo() throws IOException {
    for (ProxyServer proxy : List.of(one, several)) {
      try (RawClient client =
          RawClient.loginWith(proxy.port(), "writer", open, MULTI | LOCAL_FILES)) {
        assertThat(error(client, 2, hidden)).as("COM_INIT_DB").isEqualTo(1044);
        assertThat(error(client, 2, "mysql")).as("COM_INIT_DB").isEqualTo(1044);
        assertThat(error(client, 4, hidden + ".secret\0")).as("COM_FIELD_LIST").isGreaterThan(0);
        assertThat(
                error(client, 4, "item` WHERE 1 = 0 UNION SELECT a FROM " + hidden + ".secret\0"))
            .isGreaterThan(0);
        assertThat(error(client, 0x16, "SELECT a FROM " + hidden + ".secret")).isIn(REFUSED);
        // COM_SET_OPTION: several statements, however they were agreed on.
        client.send(0, new byte[] {0x1b, 0, 0});
        client.packet();
        assertThat(error(client, 3, "SELECT 1; SELECT a FROM " + hidden + ".secret")).isIn(REFUSED);
        // The next commands wait behind the refused ones in one piece of bytes.
        byte[] attack = RawClient.query("DELETE FROM " + hidden + ".secret");
        byte[] both = new byte[2 * (attack.length + 4)];
        System.arraycopy(RawClient.framed(0, attack), 0, both, 0, attack.length + 4);
        System.arraycopy(
            RawClient.framed(0, attack), 0, both, attack.length + 4, attack.length + 4);
        client.bytes(both);
        assertThat(RawClient.error(client.packet())).isIn(REFUSED);
        assertThat(RawClient.error(client.packet())).isIn(REFUSED);
      }
    }
  }

  private static int error(RawClient client, int command, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    byte[] payload = new byte[bytes.length + 1];
    payload[0] = (byte) command;
    System.arraycopy(bytes, 0, payload, 1, bytes.length);
    client.send(0, payload);
    return RawClient.error(client.packet());
  }

  /** A statement is looked at when it is prepared: its names must stand for the same later on. */
  @Test
  void aPreparedStatementKeepsTheSchemaItWasPreparedIn() throws SQLException {
    for (ProxyServer proxy : List.of(one, several)) {
      try (Connection app = connect(proxy, "mixed", "&useServerPrepStmts=true");
          Statement statement = app.createStatement();
          PreparedStatement update = app.prepareStatement("UPDATE item SET note = ? WHERE id = 1");
          PreparedStatement select = app.prepareStatement("SELECT note FROM item WHERE id = ?")) {
        // The driver prepares when it executes first.
        update.setString(1, "x1");
        update.execute();
        select.setInt(1, 1);
        select.executeQuery().close();
        statement.execute("USE mysql");
        update.setString(1, "x2");
        assertThat(update.executeUpdate()).isEqualTo(1);
        try (ResultSet rows = select.executeQuery()) {
          assertThat(texts(rows)).containsExactly("x2");
        }
        assertThat(texts(statement, "SELECT DATABASE()")).containsExactly("mysql");
        statement.execute("USE " + open);
        statement.execute("UPDATE item SET note = 'x' WHERE id = 1");
      }
    }
  }
}
