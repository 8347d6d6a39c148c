package io.piplan.dal.session;

import static io.piplan.dal.session.Shards.rows;
import static io.piplan.dal.session.Shards.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.node.JdbcNodes;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.tx.FileDecisionLog;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.server.LcsServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Ids of AUTO_INCREMENT columns over several nodes, from a server of PiLCS. */
@ExtendWith(ServersExtension.class)
class GeneratedIdsIT {
  private static final String RULES =
      """
schema: shop
transaction_mode: xa
nodes:
  - {name: n0, dsn: 'env:N0', maximum_pool_size: 6}
  - {name: n1, dsn: 'env:N1', maximum_pool_size: 6}
tables:
  - name: event
    type: sharding
    same_key_same_shard: true
    strategies:
      - {backends: [n0.event_0, n1.event_1], sharding_columns: [k], algorithm: mod}
  - name: cart
    type: sharding
    strategies:
      - {backends: ['n0.cart_{0, 4, 2}', 'n1.cart_{1, 4, 2}'], sharding_columns: [user_id], algorithm: mod}
  - {name: tag, type: broadcast, strategies: [{backends: [n0.tag, n1.tag]}]}
""";

  @TempDir static Path shared;
  private static LcsServer lcs;
  @TempDir Path folder;
  private EmbeddedMySql server;
  private final List<String> schemas = new ArrayList<>();
  private PiDal engine;
  private DalSession session;

  @BeforeAll
  static void startLcs() throws IOException, InterruptedException {
    lcs = OneLcs.start(shared);
  }

  @AfterAll
  static void endLcs() {
    lcs.close();
  }

  @BeforeEach
  void start(Servers servers) throws SQLException {
    server = servers.mySqlA();
    for (int i = 0; i < 2; i++) {
      schemas.add(server.createDatabase("ids" + i));
      try (Connection connection = server.connect(schemas.get(i));
          Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TABLE event_"
                + i
                + " (id BIGINT AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL, v VARCHAR(20))");
        statement.execute("CREATE TABLE tag (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))");
        for (int shard = i; shard < 4; shard += 2) {
          statement.execute(
              "CREATE TABLE cart_"
                  + shard
                  + " (id BIGINT AUTO_INCREMENT, user_id INT, sku VARCHAR(9) NOT NULL, n INT,"
                  + " PRIMARY KEY (id, user_id), UNIQUE (user_id, sku))");
        }
        statement.execute("INSERT INTO event_" + i + " VALUES (" + (40 + i) + ", " + i + ", 'x')");
      }
    }
    engine = engine("decisions", lcs.address());
    session = engine.session("shop");
  }

  private PiDal engine(String decisions, String address) {
    DalRules rules = RulesDocument.parse("test", RULES);
    return PiDal.start(
        "test",
        rules,
        new JdbcNodes(
            rules,
            dsn ->
                "mysql://%s:%s@%s:%d/%s"
                    .formatted(
                        server.user(),
                        server.password(),
                        server.host(),
                        server.port(),
                        schemas.get(dsn.endsWith("0") ? 0 : 1))),
        FileDecisionLog.open(folder.resolve(decisions)),
        new LcsIds(
            LcsClient.builder()
                .servers(address)
                .callTimeout(Duration.ofSeconds(address.equals(lcs.address()) ? 20 : 1))
                .build(),
            "shop"));
  }

  @AfterEach
  void end() throws SQLException {
    session.close();
    engine.close();
    for (String schema : schemas) {
      try (Connection connection = server.connect("");
          Statement statement = connection.createStatement()) {
        statement.execute("DROP DATABASE " + schema);
      }
    }
  }

  private long generated(String insert) {
    return ((Result.Done) session.execute(insert)).lastInsertId();
  }

  private List<String> lastInsertId() {
    return rows(session, "SELECT LAST_INSERT_ID()");
  }

  /** Numbers grow, and may leave some out. */
  @Test
  void rowsGetIdsOfOneSequence() {
    long first = generated("INSERT INTO event (k, v) VALUES (0, 'a')");
    assertThat(first).as("above those that are there").isGreaterThan(41);
    assertThat(lastInsertId()).containsExactly(Long.toString(first));
    long more =
        generated("INSERT INTO event VALUES (NULL, 1, 'b'), (0, 0, 'c'), (DEFAULT, 1, 'd')");
    assertThat(more).as("the first of several").isGreaterThan(first);
    assertThat(rows(session, "SELECT id, k, v FROM event WHERE id > 41 ORDER BY id"))
        .containsExactly(first + "|0|a", more + "|1|b", (more + 1) + "|0|c", (more + 2) + "|1|d");
    long last = generated("INSERT INTO event SET k = 1, v = 'e'");
    assertThat(last).isGreaterThan(more + 2);
    assertThat(lastInsertId()).containsExactly(Long.toString(last));
  }

  @Test
  void idsThatAppsGiveAreNotGivenAgain() {
    long first = generated("INSERT INTO event (k, v) VALUES (0, 'a')");
    run(session, "INSERT INTO event (id, k) VALUES (1000000, 1), (999999, 0)");
    assertThat(lastInsertId()).as("only what was generated").containsExactly(Long.toString(first));
    long next = generated("INSERT INTO event (v, k) VALUES ('b', 1)");
    assertThat(next).isGreaterThan(1_000_000);
    assertThat(lastInsertId()).containsExactly(Long.toString(next));
    assertThat(rows(session, "SELECT id FROM event WHERE v = 'b'"))
        .containsExactly(Long.toString(next));
  }

  @Test
  void whatIsNotWrittenRaisesNothing() {
    long first = generated("INSERT INTO tag (v) VALUES ('a')");
    long given = first + 1_000_000;
    for (String refused :
        List.of(
            "INSERT INTO tag (id, v) VALUES (99999999999, 'too large for INT')",
            "INSERT INTO tag (id, v) VALUES (GIVEN, UUID())",
            "INSERT INTO tag (id, nothing) VALUES (GIVEN, 1)",
            "INSERT INTO tag (id, v) VALUES (GIVEN, 'a text that is longer than twenty')",
            "INSERT INTO tag (id, v) VALUES (GIVEN, 'b'), (" + first + ", 'is there')")) {
      assertThatThrownBy(() -> session.execute(refused.replace("GIVEN", Long.toString(given))))
          .as(refused)
          .isInstanceOf(DalException.class);
    }
    rows(session, "EXPLAIN INSERT INTO tag (id, v) VALUES (" + given + ", 'b')");
    assertThat(generated("INSERT INTO tag (v) VALUES ('c')")).isBetween(first + 1, given - 1);
    assertThat(rows(session, "SELECT v FROM tag ORDER BY id")).containsExactly("a", "c");
  }

  @Test
  void aRowStaysOutIfTheSequenceCannotBeRaised() {
    long first = generated("INSERT INTO event (k, v) VALUES (0, 'a')");
    long given = first + 1_000_000;
    String far = "INSERT INTO event (id, k, v) VALUES (9223372036854775807, 1, 'b')";
    assertThatThrownBy(() -> session.execute(far)).hasMessageContaining("no id for table event");
    session.begin();
    run(session, "INSERT INTO event (id, k, v) VALUES (" + given + ", 1, 'c'), (NULL, 0, 'd')");
    assertThatThrownBy(() -> session.execute(far)).hasMessageContaining("no id for table event");
    session.commit();
    assertThat(rows(session, "SELECT v FROM event WHERE id >= " + first + " ORDER BY v"))
        .containsExactly("a", "c", "d");
    assertThat(generated("INSERT INTO event (k) VALUES (5)")).isGreaterThan(given);
  }

  @Test
  void rowsThatAreCopiedBringTheirIdsWithThem() {
    long given = generated("INSERT INTO tag (v) VALUES ('a')") + 1_000_000;
    run(session, "INSERT INTO event (id, k, v) VALUES (" + given + ", 1, 'b')");
    run(session, "INSERT INTO tag (id, v) SELECT id, v FROM event WHERE v = 'b'");
    assertThat(generated("INSERT INTO tag (v) VALUES ('c')")).isGreaterThan(given);
  }

  @Test
  void idsThatUpdatesGiveAreNotGivenAgain() {
    long first = generated("INSERT INTO event (k, v) VALUES (0, 'a')");
    long given = first + 1_000_000;
    run(session, "UPDATE event SET id = " + given + " WHERE id = " + first);
    long next = generated("INSERT INTO event (k, v) VALUES (1, 'b')");
    assertThat(next).isGreaterThan(given);
    run(session, "UPDATE event SET id = id + 1000000 WHERE v = 'b'");
    long third = generated("INSERT INTO event (k, v) VALUES (1, 'c')");
    assertThat(third).isGreaterThan(next + 1_000_000);
    run(
        session,
        "INSERT INTO event (id, k) VALUES ("
            + third
            + ", 1) ON DUPLICATE KEY UPDATE id = id + 1000000");
    assertThat(generated("INSERT INTO event (k) VALUES (1)")).isGreaterThan(third + 1_000_000);

    long tag = generated("INSERT INTO tag (v) VALUES ('a')");
    session.begin();
    run(session, "UPDATE tag SET id = id + 1000000");
    session.rollback();
    assertThat(rows(session, "SELECT id FROM tag")).containsExactly(Long.toString(tag));
    run(session, "UPDATE tag SET id = id + 3000000, v = 'b'");
    assertThat(generated("INSERT INTO tag (v) VALUES ('c')")).isGreaterThan(tag + 3_000_000);
  }

  private static final String SOLD =
      "INSERT INTO cart (user_id, sku, n) VALUES %s ON DUPLICATE KEY UPDATE n = cart.n + 1";

  @Test
  void anIdThatNoRowHasIsNotTold() {
    long first = generated("INSERT IGNORE INTO cart (user_id, sku, n) VALUES (1, 'a', 1)");
    assertThat(rows(session, "SELECT id FROM cart")).containsExactly(Long.toString(first));
    assertThat(generated("INSERT IGNORE INTO cart (user_id, sku, n) VALUES (1, 'a', 1)")).isZero();
    assertThat(generated(SOLD.formatted("(1, 'a', 1)"))).isZero();
    assertThat(lastInsertId()).as("as before").containsExactly(Long.toString(first));
    long second =
        generated("INSERT IGNORE INTO cart (user_id, sku, n) VALUES (1, 'a', 1), (2, 'b', 1)");
    assertThat(rows(session, "SELECT id FROM cart WHERE sku = 'b'"))
        .containsExactly(Long.toString(second));
    assertThat(lastInsertId()).containsExactly(Long.toString(second));
    session.begin();
    long third = generated(SOLD.formatted("(1, 'a', 1), (3, 'c', 1), (5, 'd', 1)"));
    session.commit();
    assertThat(rows(session, "SELECT id, n FROM cart WHERE sku IN ('a', 'c') ORDER BY sku"))
        .containsExactly(first + "|3", third + "|1");
    assertThat(lastInsertId()).containsExactly(Long.toString(third));
  }

  /** As MySQL's manual says how to find the row. */
  @Test
  void theIdOfARowThatWasThereIsToldIfItIsAskedFor() {
    String upsert = SOLD + ", id = LAST_INSERT_ID(cart.id)";
    long first = generated(upsert.formatted("(1, 'a', 1)"));
    long other = generated(upsert.formatted("(6, 'a', 1)"));
    assertThat(generated(upsert.formatted("(1, 'a', 1)"))).isEqualTo(first);
    assertThat(lastInsertId()).containsExactly(Long.toString(first));
    session.begin();
    assertThat(generated(upsert.formatted("(6, 'a', 1)"))).isEqualTo(other);
    session.commit();
    assertThat(lastInsertId()).containsExactly(Long.toString(other));
    assertThat(rows(session, "SELECT @@identity")).containsExactly(Long.toString(other));
    assertThat(rows(session, "SELECT id, user_id, n FROM cart ORDER BY id"))
        .containsExactly(first + "|1|2", other + "|6|2");
    run(session, "INSERT INTO cart VALUES (" + (other + 1000) + ", 1, 'z', 1)");
    run(
        session,
        "INSERT INTO cart VALUES ("
            + (other + 2000)
            + ", 1, 'z', 1) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(cart.id)");
    assertThat(lastInsertId()).containsExactly(Long.toString(other + 1000));
  }

  @Test
  void theFirstIdOfRowsThatAreCopiedIsTold() {
    long before = generated("INSERT INTO event (k, v) VALUES (2, 'y')");
    long first = generated("INSERT INTO event (k, v) SELECT k + 1, 'copy' FROM event");
    assertThat(first).isGreaterThan(before);
    assertThat(lastInsertId()).containsExactly(Long.toString(first));
    assertThat(rows(session, "SELECT MIN(id) FROM event WHERE v = 'copy'"))
        .containsExactly(Long.toString(first));
    assertThat(generated("INSERT INTO tag (id, v) SELECT id + 1000000, v FROM event")).isZero();
    assertThat(lastInsertId()).as("of the app").containsExactly(Long.toString(first));
  }

  @Test
  void anIdThatOnlyTheServerKnowsIsRefused() {
    for (String id : List.of("NULLIF(1, 1)", "1 - 1", "0.4", "' 0'")) {
      String insert = "INSERT INTO event (id, k) VALUES (" + id + ", 1)";
      assertThatThrownBy(() -> session.execute(insert))
          .as(insert)
          .hasMessageContaining("write a whole number, or DEFAULT");
    }
    run(session, "INSERT INTO event (id, k) VALUES ('77', 1), (78.0, 1)");
    assertThat(rows(session, "SELECT id FROM event WHERE id > 70 ORDER BY id"))
        .containsExactly("77", "78");
  }

  @Test
  void copiesGetTheSameIdAndCopiedRowsNewOnes() throws SQLException {
    run(session, "INSERT INTO tag (v) VALUES ('x'), ('y')");
    for (int node = 0; node < 2; node++) {
      try (Connection connection = server.connect(schemas.get(node));
          Statement statement = connection.createStatement();
          var rows = statement.executeQuery("SELECT GROUP_CONCAT(id, v ORDER BY id) FROM tag")) {
        rows.next();
        assertThat(rows.getString(1)).matches("[0-9]+x,[0-9]+y");
      }
    }
    assertThat(run(session, "INSERT INTO event (k, v) SELECT k + 1, v FROM event")).isEqualTo(2);
    assertThat(rows(session, "SELECT COUNT(*), COUNT(DISTINCT id), MIN(id) FROM event"))
        .containsExactly("4|4|40");
  }

  @Test
  void twoEnginesNeverGiveTheSame() throws InterruptedException {
    try (PiDal other = engine("others", lcs.address())) {
      List<Thread> threads = new ArrayList<>();
      List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
      for (PiDal one : List.of(engine, other)) {
        Thread thread =
            new Thread(
                () -> {
                  try (DalSession mine = one.session("shop")) {
                    for (int i = 0; i < 50; i++) {
                      run(mine, "INSERT INTO event (k) VALUES (" + i + ")");
                    }
                  } catch (Throwable e) {
                    failures.add(e);
                  }
                });
        thread.start();
        threads.add(thread);
      }
      for (Thread thread : threads) {
        thread.join(60_000);
      }
      assertThat(failures).isEmpty();
    }
    assertThat(rows(session, "SELECT COUNT(*), COUNT(DISTINCT id) FROM event"))
        .containsExactly("102|102");
  }

  @Test
  void withoutAServerAnInsertFailsAndSaysWhy() {
    try (PiDal alone = engine("alone", "127.0.0.1:1");
        DalSession mine = alone.session("shop")) {
      assertThatThrownBy(() -> mine.execute("INSERT INTO event (k) VALUES (1)"))
          .isInstanceOf(DalException.class)
          .hasMessageContaining("no id for table event could be had")
          .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1467))
          .satisfies(e -> assertThat(((DalException) e).error().isRetryable()).isTrue());
      assertThat(rows(mine, "SELECT COUNT(*) FROM event")).containsExactly("2");
    }
  }
}
