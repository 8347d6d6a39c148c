package io.piplan.proxy.server;

import static io.piplan.proxy.server.Shop.column;
import static io.piplan.proxy.server.Shop.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What an operator can see, allow and limit. */
@Tag("mariadb-only")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class AdminProxyIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private final Servers servers;
  private Shop shop;

  AdminProxyIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    shop =
        new Shop(servers, folder)
            .start(
                """
                , "limits": {"max_result_bytes": 200000, "max_statement_bytes": 100000,
                             "max_prepared_statements": 3},
                "slow_log": {"file": "slow.log", "longer_than": "200ms"},
                "audit_log": {"file": "audit.log", "statements": "changes"},
                "statement_statistics": {"digests": 500},
                "metrics": "127.0.0.1:0"
                """,
                """
                , {"name": "reader", "no_password": true, "rights": {"shop": "read"}}
                , {"name": "writer", "no_password": true, "rights": {"shop": "write"}}
                , {"name": "other", "no_password": true, "rights": {"store": "all"}}
                , {"name": "few", "no_password": true, "max_connections": 2}
                """);
  }

  @AfterAll
  void stop() throws SQLException {
    shop.close();
  }

  private static int error(Statement statement, String sql) {
    try {
      statement.execute(sql);
      return 0;
    } catch (SQLException e) {
      return e.getErrorCode();
    }
  }

  @Test
  void tablesAndRulesAreShown() throws SQLException {
    try (Connection app = shop.connect("app");
        Statement statement = app.createStatement()) {
      List<List<String>> tables = rows(statement, "SHOW PI TABLES");
      assertThat(tables.stream().map(row -> row.get(0)))
          .containsExactly("item", "ticket", "ticket");
      assertThat(tables.get(2).subList(1, 4)).containsExactly("double_sharding", "1", "seller");
      assertThat(tables.get(0)).contains("2", "n0.item_0,n1.item_1");
      assertThat(rows(statement, "SHOW PI RULES"))
          .contains(List.of("schema", "shop"), List.of("version", "1"), List.of("refused", ""));
      assertThat(rows(statement, "SHOW PI NODES").get(0)).contains("n0", "source", "up", "closed");
      assertThatThrownBy(() -> statement.execute("SHOW PI WHATEVER"))
          .hasMessageContaining("TRANSACTIONS, POOLS, STATEMENTS");
    }
  }

  @Test
  void transactionsAreShownAndWhatIsInDoubtToo() throws SQLException {
    try (Connection app = shop.connect("app");
        Connection reader = shop.connect("reader");
        Statement statement = app.createStatement();
        Statement others = reader.createStatement()) {
      reader.setAutoCommit(false);
      column(others, "SELECT COUNT(*) FROM item");
      // The answer of a statement may be there a moment before its session is idle.
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(
              () ->
                  assertThat(rows(statement, "SHOW PI TRANSACTIONS"))
                      .anySatisfy(
                          row -> {
                            assertThat(row.get(1)).isEqualTo("reader");
                            assertThat(row.get(3)).isEqualTo("n0,n1");
                            assertThat(row.get(4)).isEqualTo("idle");
                          }));
      shop.direct(
          1,
          "XA START 'another','n1',1",
          "INSERT INTO item_1 VALUES (9001, 'x')",
          "XA END 'another','n1',1",
          "XA PREPARE 'another','n1',1");
      try {
        assertThat(rows(statement, "SHOW PI TRANSACTIONS"))
            .anySatisfy(
                row -> {
                  assertThat(row.get(2)).isEqualTo("another");
                  assertThat(row.get(3)).isEqualTo("n1");
                  assertThat(row.get(4)).isEqualTo("of others");
                });
        assertThat(rows(others, "SHOW PI TRANSACTIONS")).hasSize(1);
        // Nodes that take their time are left out.
        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () ->
                    assertThat(Shop.metrics(shop.proxy))
                        .contains("pi_proxy_node_up{node=\"n0\"} 1\n")
                        .contains("pi_proxy_node_circuit_open{node=\"n1\"} 0\n")
                        .contains("pi_proxy_transactions 1\n")
                        .contains("pi_proxy_branches{state=\"of_others\"} 1\n")
                        .contains("pi_proxy_branches{state=\"to_commit\"} 0\n"));
      } finally {
        // A moment after its connection has ended.
        await()
            .atMost(Duration.ofSeconds(10))
            .ignoreExceptions()
            .until(
                () -> {
                  shop.direct(1, "XA ROLLBACK 'another','n1',1");
                  return true;
                });
      }
      reader.rollback();
    }
  }

  @Test
  void decisionsAreForgottenOnlyOfNodesThatAreGone() throws SQLException {
    try (Connection app = shop.connect("app");
        Connection reader = shop.connect("reader");
        Statement statement = app.createStatement();
        Statement plain = reader.createStatement()) {
      assertThatThrownBy(() -> statement.execute("FORGET DECISIONS OF n1"))
          .hasMessageContaining("node n1 is named by the rules");
      assertThat(rows(statement, "FORGET DECISIONS OF `n9`;").get(0)).containsExactly("n9", "0");
      assertThatThrownBy(() -> statement.execute("FORGET DECISIONS"))
          .hasMessageContaining("expected FORGET DECISIONS OF node");
      assertThat(error(plain, "FORGET DECISIONS OF n9")).isEqualTo(1227);
    }
  }

  @Test
  void copiesAreComparedAndMended() throws SQLException {
    try (Connection app = shop.connect("app");
        Connection reader = shop.connect("reader");
        Statement statement = app.createStatement();
        Statement plain = reader.createStatement()) {
      statement.execute("INSERT INTO ticket VALUES (1, 1, 2), (2, 2, 1), (3, 3, 3)");
      assertThat(rows(statement, "CHECK COPIES OF ticket").get(0).subList(2, 5))
          .containsExactly("3", "0", "0");
      shop.direct(0, "DELETE FROM ticket_s_0 WHERE id = 1");
      assertThat(rows(statement, "CHECK COPIES OF `ticket` FROM 0;").get(0).subList(2, 5))
          .containsExactly("3", "1", "0");
      assertThat(rows(statement, "REPAIR COPIES OF ticket FROM 0").get(0).subList(2, 5))
          .containsExactly("3", "1", "1");
      assertThat(column(statement, "SELECT buyer FROM ticket WHERE seller = 2"))
          .containsExactly("1");
      assertThatThrownBy(() -> statement.execute("REPAIR COPIES OF ticket"))
          .hasMessageContaining("REPAIR COPIES OF table FROM 0");
      assertThatThrownBy(() -> statement.execute("CHECK COPIES OF item"))
          .hasMessageContaining("item");
      assertThat(error(plain, "REPAIR COPIES OF ticket FROM 0")).isEqualTo(1227);
      statement.execute("DELETE FROM ticket");
    }
  }

  @Test
  void rightsAreKept() throws SQLException {
    try (Connection reader = shop.connect("reader");
        Connection writer = shop.connect("writer");
        Statement reads = reader.createStatement();
        Statement writes = writer.createStatement()) {
      assertThat(error(writes, "REPLACE INTO item VALUES (501, 'w')")).isZero();
      assertThat(column(reads, "SELECT note FROM item WHERE id = 501")).containsExactly("w");
      for (String sql :
          List.of(
              "INSERT INTO item VALUES (502, 'r')",
              "UPDATE shop.item SET note = 'r' WHERE id = 501",
              "DELETE FROM item WHERE id IN (SELECT id FROM ticket)",
              "SELECT * FROM item WHERE id = 501 FOR UPDATE")) {
        assertThat(error(reads, sql)).as(sql).isEqualTo(1142);
      }
      assertThat(error(writes, "CREATE TABLE mine (id INT)")).isEqualTo(1142);
      assertThat(error(writes, "TRUNCATE item")).isEqualTo(1142);
      assertThat(error(writes, "SELECT * FROM mysql.user")).isEqualTo(1142);
      assertThat(error(writes, "USE mysql")).isEqualTo(1044);
      assertThat(error(writes, "SELECT 1 INTO OUTFILE '/tmp/x'")).isEqualTo(1235);
      assertThat(error(writes, "SET sql_mode = 'ANSI_QUOTES'")).isEqualTo(1235);
      assertThatThrownBy(() -> reader.setCatalog("mysql")).isInstanceOf(SQLException.class);
      try (Connection prepared = shop.connect("reader", "&useServerPrepStmts=true")) {
        assertThatThrownBy(
                () -> {
                  try (PreparedStatement insert =
                      prepared.prepareStatement("INSERT INTO item VALUES (?, ?)")) {
                    insert.setInt(1, 503);
                    insert.setString(2, "x");
                    insert.execute();
                  }
                })
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1142));
      }
      assertThat(column(reads, "SHOW TABLES")).contains("item");
      assertThat(column(writes, "SELECT COUNT(*) FROM item WHERE id BETWEEN 500 AND 510"))
          .containsExactly("1");
    }
    assertThatThrownBy(() -> shop.connect("other").close())
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1044));
  }

  @Test
  void aUserHasAsManyConnectionsAsHeMay() throws SQLException {
    try (Connection one = shop.connect("few");
        Connection two = shop.connect("few")) {
      assertThat(one.isValid(2) && two.isValid(2)).isTrue();
      assertThatThrownBy(() -> shop.connect("few").close())
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1226));
      shop.connect("app").close();
    }
    await()
        .atMost(Duration.ofSeconds(5))
        .ignoreExceptions()
        .until(
            () -> {
              shop.connect("few").close();
              return true;
            });
  }

  @Test
  void longResultsEndWithAnError() throws SQLException {
    String thousand = "x".repeat(90);
    try (Connection app = shop.connect("app");
        Connection prepared = shop.connect("app", "&useServerPrepStmts=true");
        Statement statement = app.createStatement()) {
      StringBuilder insert = new StringBuilder("INSERT INTO item VALUES ");
      for (int id = 10_000; id < 16_000; id++) {
        insert.append(id == 10_000 ? "" : ",").append("(").append(id).append(",'')");
      }
      statement.execute(insert.toString());
      statement.execute("UPDATE item SET note = '" + thousand + "' WHERE id >= 10000");
      for (String sql :
          List.of(
              "SELECT a.note FROM item a WHERE a.id >= 10000",
              "SELECT a.note FROM item a WHERE a.id >= 10000 ORDER BY a.id",
              "SELECT REPEAT('y', 90000), a.id FROM item a WHERE a.id IN (10000, 10002, 10004)")) {
        assertThat(error(statement, sql)).as(sql).isEqualTo(1104);
        assertThat(column(statement, "SELECT COUNT(*) FROM item WHERE id = 10001"))
            .containsExactly("1");
      }
      try (PreparedStatement select =
          prepared.prepareStatement("SELECT note FROM item WHERE id >= ?")) {
        select.setInt(1, 10_000);
        assertThatThrownBy(select::executeQuery)
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1104));
        select.setInt(1, 15_990);
        assertThat(select.executeQuery().next()).isTrue();
      }
      assertThat(column(statement, "SELECT note FROM item WHERE id = 10000")).hasSize(1);
      statement.execute("DELETE FROM item WHERE id >= 10000");
      assertThatThrownBy(() -> statement.execute("SELECT '" + "x".repeat(110_000) + "'"))
          .isInstanceOf(SQLException.class);
    }
  }

  @Test
  void theProxysOwnNumbersAreTold() throws SQLException {
    try (Connection app = shop.connect("app");
        Connection few = shop.connect("few");
        Statement statement = app.createStatement();
        Statement own = few.createStatement()) {
      String id = column(statement, "SELECT CONNECTION_ID()").get(0);
      assertThat(rows(statement, "SHOW PI SESSIONS"))
          .anyMatch(row -> row.get(0).equals(id) && row.get(1).equals("app"));
      assertThat(column(statement, "SELECT CONNECTION_ID(), 1")).containsExactly(id);
      assertThat(column(statement, "SHOW PROCESSLIST")).contains(id);
      assertThat(column(own, "SHOW FULL PROCESSLIST")).isNotEmpty().doesNotContain(id);
      String other = column(own, "SELECT CONNECTION_ID()").get(0);
      assertThat(error(own, "KILL " + id)).isEqualTo(1095);
      statement.execute("KILL " + other);
      assertThat(few.isValid(2)).isFalse();
    }
  }

  @Test
  void slowStatementsAreWrittenWithTheirPlanAndWithoutTheirValues() throws Exception {
    try (Connection app = shop.connect("app", "&useServerPrepStmts=true");
        Statement statement = app.createStatement()) {
      statement.execute("REPLACE INTO item VALUES (777, 'secret')");
      column(statement, "SELECT SLEEP(0.3) FROM item WHERE id = 777 AND note = 'secret'");
      try (PreparedStatement select =
          app.prepareStatement("SELECT SLEEP(0.3) FROM item WHERE id = ? AND note = ?")) {
        select.setInt(1, 777);
        select.setString(2, "secret");
        select.executeQuery().close();
      }
      await().atMost(Duration.ofSeconds(10)).until(() -> sleeps().size() >= 2);
      for (JsonNode entry : sleeps()) {
        assertThat(entry.path("statement").asText())
            .isEqualTo("SELECT SLEEP(?) FROM item WHERE id = ? AND note = ?");
        assertThat(entry.path("plan").toString()).doesNotContain("secret").doesNotContain("777");
        assertThat(entry.path("milliseconds").asDouble()).isGreaterThan(200);
        assertThat(entry.path("plan").get(0).path("node").asText()).isEqualTo("n1");
        assertThat(entry.path("plan").get(0).path("sql").asText()).contains("item_1");
        assertThat(entry.path("node").asText()).isEqualTo("n1");
        assertThat(entry.path("user").asText()).isEqualTo("app");
      }
    }
  }

  private static List<JsonNode> sleeps() throws IOException {
    return entries("slow.log").stream()
        .filter(entry -> entry.path("statement").asText().startsWith("SELECT SLEEP"))
        .toList();
  }

  private static List<JsonNode> entries(String file) throws IOException {
    List<JsonNode> entries = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve(file))) {
      entries.add(JSON.readTree(line));
    }
    return entries;
  }

  @Test
  void whoDidWhatIsInTheAuditLog() throws Exception {
    try (Connection writer = shop.connect("writer");
        Statement statement = writer.createStatement()) {
      statement.execute("REPLACE INTO item VALUES (888, 'hidden'), (889, 'hidden')");
      column(statement, "SELECT note FROM item WHERE id = 888");
      error(statement, "DROP TABLE item");
    }
    assertThatThrownBy(() -> shop.connect("nobody").close()).isInstanceOf(SQLException.class);
    try (RawClient gone = RawClient.login(shop.proxy.port(), "writer", "shop")) {
      gone.send(0, RawClient.query("UPDATE item SET note = CONCAT(SLEEP(1), '-') WHERE id = 889"));
    }
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(
            () -> {
              List<JsonNode> entries = entries("audit.log");
              assertThat(entries)
                  .anyMatch(entry -> entry.path("event").asText().equals("login refused"))
                  .anyMatch(
                      entry ->
                          entry.path("event").asText().equals("logout")
                              && entry.path("user").asText().equals("writer"));
              assertThat(entries)
                  .anyMatch(
                      entry ->
                          entry.path("statement").asText().equals("REPLACE INTO item VALUES (?)")
                              && entry.path("rows_changed").asInt() == 2)
                  .anyMatch(
                      entry ->
                          entry.path("statement").asText().equals("DROP TABLE item")
                              && entry.path("error").asInt() == 1142)
                  .anyMatch(
                      entry ->
                          entry.path("statement").asText().startsWith("UPDATE item SET note")
                              && entry.path("error").asInt() == 1152)
                  .noneMatch(entry -> entry.path("statement").asText().startsWith("SELECT"));
            });
    assertThat(Files.readString(folder.resolve("audit.log"))).doesNotContain("hidden");
  }

  @Test
  void statementsAreCounted() throws Exception {
    try (Connection app = shop.connect("app");
        Connection reader = shop.connect("reader");
        Statement statement = app.createStatement();
        Statement plain = reader.createStatement()) {
      for (int id = 0; id < 5; id++) {
        column(statement, "SELECT note, id FROM item WHERE id IN (" + id + ", " + (id + 1) + ")");
      }
      error(statement, "SELECT missing FROM item WHERE id = 3");
      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(
              () -> {
                List<List<String>> rows = rows(statement, "SHOW PI STATEMENTS");
                assertThat(rows)
                    .anyMatch(
                        row ->
                            row.get(0).equals("SELECT note, id FROM item WHERE id IN (?)")
                                && row.get(1).equals("5"))
                    .anyMatch(
                        row -> row.get(0).startsWith("SELECT missing") && row.get(2).equals("1"));
              });
      assertThat(error(plain, "SHOW PI STATEMENTS")).isEqualTo(1227);
      assertThat(Shop.metrics(shop.proxy))
          .contains("pi_proxy_statement_seconds_bucket{le=\"+Inf\"}")
          .contains("pi_proxy_journal_dropped_total 0");
    }
  }
}
