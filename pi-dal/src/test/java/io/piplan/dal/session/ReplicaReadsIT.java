package io.piplan.dal.session;

import static io.piplan.dal.session.Shards.rows;
import static io.piplan.dal.session.Shards.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import io.piplan.dal.node.JdbcNodes;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.tx.FileDecisionLog;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Reads beside a source, on a replica by the servers' own replication. */
@ExtendWith(ServersExtension.class)
class ReplicaReadsIT {
  private static final String RULES =
      """
      schema: shop
      transaction_mode: xa
      default_node: n0
      source_replica: {max_lag: 3s}
      nodes:
        - {name: n0, dsn: 'env:N0', maximum_pool_size: 8}
        - {name: r0, type: replica, follow: n0, dsn: 'env:R0', maximum_pool_size: 8}
      tables:
        - name: orders
          type: sharding
          strategies:
            - {backends: ['n0.orders_{0, 2}'], sharding_columns: [user_id], algorithm: mod}
      """;

  @TempDir static Path folder;
  private static EmbeddedMySql source;
  private static EmbeddedMySql replica;
  private static PiDal engine;
  private DalSession session;

  @BeforeAll
  static void start(Servers servers) throws SQLException {
    MySqlOptions options = MySqlOptions.defaults();
    source = servers.startMySql(options.withServerId(61));
    replica = servers.startMySql(options.withServerId(62));
    on(source, "", "CREATE DATABASE shop0");
    for (String table : new String[] {"orders_0", "orders_1"}) {
      on(
          source,
          "shop0",
          "CREATE TABLE " + table + " (id INT PRIMARY KEY, user_id INT NOT NULL, note TEXT)");
    }
    on(
        source,
        "shop0",
        "CREATE TABLE place (name VARCHAR(20) PRIMARY KEY)",
        "INSERT INTO place VALUES ('source')",
        "INSERT INTO orders_0 VALUES (2, 0, 'a')",
        "INSERT INTO orders_1 VALUES (1, 1, 'a')",
        "CREATE TABLE counted (n INT PRIMARY KEY)",
        "CREATE FUNCTION counts() RETURNS INT MODIFIES SQL DATA DETERMINISTIC"
            + " BEGIN INSERT INTO counted SELECT COUNT(*) FROM counted; RETURN 1; END");
    replicate();
    // What is different on the replica tells where an answer came from.
    await(() -> count(replica, "SELECT COUNT(*) FROM shop0.counted") == 0, "the tables arrive");
    onlyThere("UPDATE shop0.place SET name = 'replica'");
    DalRules rules = RulesDocument.parse("test", RULES);
    engine =
        PiDal.start(
            "test",
            rules,
            new JdbcNodes(rules, dsn -> address(dsn.endsWith("N0") ? source : replica)),
            FileDecisionLog.open(folder.resolve("decisions")));
  }

  private static void replicate() throws SQLException {
    boolean mariaDb = replica.isMariaDb();
    on(
        replica,
        "",
        mariaDb
            ? "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = %d, MASTER_USER = '%s', MASTER_PASSWORD = '%s', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1, MASTER_SSL = 0, MASTER_SSL_VERIFY_SERVER_CERT = 0"
                .formatted(source.port(), source.user(), source.password())
            : "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = %d, SOURCE_USER = '%s', SOURCE_PASSWORD = '%s', SOURCE_CONNECT_RETRY = 1, GET_SOURCE_PUBLIC_KEY = 1"
                .formatted(source.port(), source.user(), source.password()),
        mariaDb ? "START SLAVE" : "START REPLICA");
  }

  private static String address(EmbeddedMySql server) {
    return "mysql://"
        + server.user()
        + ":"
        + server.password()
        + "@"
        + server.host()
        + ":"
        + server.port()
        + "/shop0";
  }

  private static void on(EmbeddedMySql server, String database, String... statements)
      throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Changes the replica and leaves no trace in its binlog. */
  private static void onlyThere(String sql) throws SQLException {
    on(replica, "", "SET SESSION sql_log_bin = 0", sql);
  }

  private static long count(EmbeddedMySql server, String sql) {
    try (Connection connection = server.connect("");
        Statement statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    } catch (SQLException e) {
      return -1;
    }
  }

  /** Something that becomes true. */
  private interface Check {
    boolean isTrue();
  }

  private static void await(Check check, String what) {
    long end = System.nanoTime() + 60_000_000_000L;
    while (!check.isTrue()) {
      assertThat(System.nanoTime())
          .as("%s; %s", what, engine == null ? "" : engine.replicas())
          .isLessThan(end);
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @AfterAll
  static void end() {
    if (engine != null) {
      engine.close();
    }
    replica.close();
    source.close();
  }

  @BeforeEach
  void open() {
    session = engine.session("shop");
    awaitPlace("replica");
  }

  @AfterEach
  void close() {
    session.close();
  }

  private String place() {
    return rows(session, "SELECT name FROM place").get(0);
  }

  private void awaitPlace(String expected) {
    await(() -> place().equals(expected), "reads go to the " + expected);
  }

  @Test
  void onlyReadsOutsideOfTransactionsGoToTheReplica() {
    assertThat(rows(session, "SELECT name FROM place FOR UPDATE")).containsExactly("source");
    assertThat(rows(session, "SELECT name FROM place LOCK IN SHARE MODE"))
        .containsExactly("source");
    assertThat(rows(session, "(SELECT name FROM place FOR UPDATE) UNION ALL SELECT 'x'"))
        .containsExactly("source", "x");
    assertThat(rows(session, "SELECT name FROM place /* pi: source */")).containsExactly("source");
    assertThat(rows(session, "SELECT (SELECT name FROM place)")).containsExactly("replica");
    session.begin();
    assertThat(place()).isEqualTo("source");
    session.commit();
    session.execute("SET autocommit = 0");
    assertThat(place()).isEqualTo("source");
    session.execute("SET autocommit = 1");
    assertThat(place()).isEqualTo("replica");
    assertThatThrownBy(() -> session.execute("SELECT name FROM place /* pi: master */"))
        .hasMessageContaining("there is no hint");
    assertThat(engine.nodes()).hasSize(2);
  }

  @Test
  void queriesOfSeveralShardsGoThereToo() throws SQLException {
    onlyThere("UPDATE shop0.orders_1 SET note = 'replica'");
    assertThat(rows(session, "SELECT note FROM orders ORDER BY id"))
        .containsExactly("replica", "a");
    assertThat(rows(session, "SELECT COUNT(*), MAX(note) FROM orders"))
        .containsExactly("2|replica");
    session.begin();
    assertThat(rows(session, "SELECT note FROM orders ORDER BY id")).containsExactly("a", "a");
    session.rollback();
    onlyThere("UPDATE shop0.orders_1 SET note = 'a'");
  }

  @Test
  void aStoppedReplicaLeavesAndComesBack() throws SQLException {
    boolean mariaDb = replica.isMariaDb();
    on(replica, "", mariaDb ? "STOP SLAVE" : "STOP REPLICA");
    awaitPlace("source");
    assertThat(engine.replicas().get(0).problem()).contains("thread doesn't run");
    on(replica, "", mariaDb ? "START SLAVE" : "START REPLICA");
    awaitPlace("replica");
  }

  @Test
  void aReplicaThatFallsBehindLeavesAndComesBack() throws SQLException {
    try (Connection holder = replica.connect("shop0");
        Statement statement = holder.createStatement()) {
      // Its threads run on, and wait.
      statement.execute("LOCK TABLES orders_0 READ");
      run(session, "INSERT INTO orders (id, user_id, note) VALUES (100, 2, 'late')");
      awaitPlace("source");
      assertThat(engine.replicas().get(0).problem()).contains("more than max_lag");
      assertThat(rows(session, "SELECT COUNT(*) FROM orders WHERE id = 100")).containsExactly("1");
      statement.execute("UNLOCK TABLES");
    }
    awaitPlace("replica");
    run(session, "DELETE FROM orders WHERE id = 100 AND user_id = 2");
  }

  @Test
  void aKilledReplicaCostsNoReadAndComesBack() {
    assertThat(place()).isEqualTo("replica");
    replica.kill9();
    for (int i = 0; i < 20; i++) {
      assertThat(place()).isEqualTo("source");
      assertThat(rows(session, "SELECT COUNT(*) FROM orders WHERE id < 10")).containsExactly("2");
    }
    replica.restart();
    awaitPlace("replica");
  }

  @Test
  void whatASessionWroteItReads() {
    session.execute("SET read_your_writes = 1");
    for (int i = 200; i < 220; i++) {
      run(session, "INSERT INTO orders (id, user_id) VALUES (" + i + ", " + i + ")");
      assertThat(rows(session, "SELECT id FROM orders WHERE user_id = " + i))
          .containsExactly(Integer.toString(i));
      session.begin();
      run(session, "UPDATE orders SET note = 'n' WHERE user_id = " + i);
      session.commit();
      assertThat(rows(session, "SELECT note FROM orders WHERE user_id = " + i))
          .containsExactly("n");
    }
    awaitPlace("replica");
    assertThat(rows(session, "SELECT COUNT(*) FROM orders WHERE note = 'n'")).containsExactly("20");
    run(session, "DELETE FROM orders WHERE id >= 200");
  }

  @Test
  void whatTheReplicaCantAnswerTheSourceDoes() throws SQLException {
    onlyThere("RENAME TABLE shop0.orders_0 TO shop0.gone");
    assertThat(rows(session, "SELECT id FROM orders WHERE user_id = 0")).containsExactly("2");
    assertThat(rows(session, "SELECT id FROM orders ORDER BY id")).containsExactly("1", "2");
    onlyThere("RENAME TABLE shop0.gone TO shop0.orders_0");
    // The server refuses the write in its function there.
    assertThat(rows(session, "SELECT counts() FROM place")).containsExactly("1");
    assertThat(count(source, "SELECT COUNT(*) FROM shop0.counted")).isEqualTo(1);
    assertThatThrownBy(() -> session.execute("SELECT nothing FROM place"))
        .isInstanceOf(DalException.class)
        .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1054));
    awaitPlace("replica");
  }
}
