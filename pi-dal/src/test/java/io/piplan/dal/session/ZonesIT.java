package io.piplan.dal.session;

import static io.piplan.dal.session.Shards.rows;
import static io.piplan.dal.session.Shards.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.JdbcNodes;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.rules.RulesException;
import io.piplan.dal.tx.FileDecisionLog;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.server.LcsServer;
import io.piplan.meta.Metadata;
import io.piplan.meta.MetadataDocument;
import io.piplan.meta.RowVersion;
import io.piplan.meta.ZsKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Row versions and zones on real servers: two sites, each with two nodes, and a PiLCS. */
@ExtendWith(ServersExtension.class)
class ZonesIT {
  private static final String RULES =
      """
      schema: shop
      transaction_mode: xa
      sequences: {servers: '127.0.0.1:1'}
      zones: {metadata: 'FILE', zone: ZONE}
      nodes:
        - {name: n0, dsn: 'env:N0', maximum_pool_size: 6}
        - {name: n1, dsn: 'env:N1', maximum_pool_size: 6}
      tables:
        - name: orders
          type: sharding
          strategies:
            - {backends: [n0.orders_0, n1.orders_1], sharding_columns: [user_id], algorithm: mod}
        - name: ticket
          type: double_sharding
          lock_key: [id]
          strategies:
            - {backends: [n0.ticket_b_0, n1.ticket_b_1], sharding_columns: [buyer], algorithm: mod}
            - {backends: [n0.ticket_s_0, n1.ticket_s_1], sharding_columns: [seller], algorithm: mod}
        - {name: city, type: broadcast, strategies: [{backends: [n0.city, n1.city]}]}
        - {name: keyed, type: raw, strategies: [{backends: [n0.keyed_text]}]}
        - {name: ranged, type: raw, strategies: [{backends: [n0.ranged]}]}
        - {name: listed, type: raw, strategies: [{backends: [n0.listed]}]}
        - {name: padded, type: raw, strategies: [{backends: [n0.padded]}]}
        - {name: free, type: raw, strategies: [{backends: [n0.free]}]}
      """;

  private static final String SITES =
      """
      {
        "version": 1,
        "zones": [{"id": 1, "name": "bj"}, {"id": 2, "name": "sh"}],
        "zsids": {"count": 8, "owners": {"bj": ["0-1", "4-5"], "sh": ["2-3", "6-7"]}},
        "algorithms": {
          "by_number": {"type": "mod"},
          "by_text": {"type": "hash"},
          "by_range": {"type": "range", "ranges": [{"below": 10, "zsid": 0}, {"below": 20.5, "zsid": 2}, {"below": 100, "zsid": 4}]},
          "by_list": {"type": "list", "values": {"0": ["north"], "2": ["south", "ö"]}, "otherwise": 7}
        },
        "tables": [
          {"name": "orders", "actualTables": 2, "zsKey": {"columns": ["user_id"], "algorithm": "by_number"}},
          {"name": "ticket_b", "actualTables": 2, "zsKey": {"columns": ["buyer"], "algorithm": "by_number"}},
          {"name": "ticket_s", "actualTables": 2, "zsKey": {"columns": ["buyer"], "algorithm": "by_number"}},
          {"name": "keyed_text", "zsKey": {"columns": ["a", "b"], "algorithm": "by_text"}},
          {"name": "ranged", "zsKey": {"columns": ["k"], "algorithm": "by_range"}},
          {"name": "listed", "zsKey": {"columns": ["k"], "algorithm": "by_list"}},
          {"name": "padded", "zsKey": {"columns": ["k"], "algorithm": "by_text"}}
        ]
      }
      """;

  private static final String VERSION = ", pidal_c BIGINT NOT NULL DEFAULT 0 INVISIBLE)";
  private static final String TICKET =
      "(id INT PRIMARY KEY, buyer INT NOT NULL, seller INT NOT NULL, price INT" + VERSION;

  @TempDir static Path shared;
  private static LcsServer lcs;
  @TempDir Path folder;
  private EmbeddedMySql server;
  private final List<String> schemas = new ArrayList<>();
  private int engines;
  private PiDal beijing;
  private PiDal shanghai;
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
  void start(Servers servers) throws SQLException, IOException {
    server = servers.mySqlA();
    Files.writeString(folder.resolve("sites.json"), SITES);
    for (int i = 0; i < 4; i++) {
      schemas.add(server.createDatabase("zone" + i));
      tables(schemas.get(i), i % 2);
    }
    beijing = engine("bj", 0, lcs.address());
    shanghai = engine("sh", 2, lcs.address());
    session = beijing.session("shop");
  }

  private void tables(String schema, int node) throws SQLException {
    String text = "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";
    try (Connection connection = server.connect(schema);
        Statement statement = connection.createStatement()) {
      for (String one :
          List.of(
              "orders_"
                  + node
                  + " (id INT, user_id INT NOT NULL, note VARCHAR(20), PRIMARY KEY (id, user_id)"
                  + VERSION,
              "ticket_b_" + node + " " + TICKET,
              "ticket_s_" + node + " " + TICKET,
              "city (id INT PRIMARY KEY, v INT" + VERSION,
              "keyed_text (id INT AUTO_INCREMENT PRIMARY KEY, a "
                  + text
                  + ", b INT, v INT"
                  + VERSION,
              "ranged (id INT AUTO_INCREMENT PRIMARY KEY, k BIGINT, v INT" + VERSION,
              "listed (id INT AUTO_INCREMENT PRIMARY KEY, k " + text + ", v INT" + VERSION,
              "padded (id INT AUTO_INCREMENT PRIMARY KEY, k CHAR(9) CHARACTER SET latin1, v INT"
                  + VERSION,
              "free (id INT PRIMARY KEY, v INT)")) {
        statement.execute("CREATE TABLE " + one);
      }
    }
  }

  private PiDal engine(String zone, int first, String address) {
    String text =
        RULES.replace("FILE", folder.resolve("sites.json").toString()).replace("ZONE", zone);
    DalRules rules = RulesDocument.parse("test", text);
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
                        schemas.get(first + (dsn.endsWith("0") ? 0 : 1)))),
        FileDecisionLog.open(folder.resolve("decisions" + engines++)),
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
    beijing.close();
    shanghai.close();
    for (String schema : schemas) {
      at("", "DROP DATABASE " + schema);
    }
    schemas.clear();
  }

  /** As a sync does it, past the engine. */
  private void at(String schema, String sql) throws SQLException {
    try (Connection connection = server.connect(schema);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private RowVersion version(int node, String from) throws SQLException {
    try (Connection connection = server.connect(schemas.get(node));
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery("SELECT pidal_c FROM " + from)) {
      assertThat(found.next()).as(from).isTrue();
      return RowVersion.decode(found.getLong(1));
    }
  }

  private static void assertRefused(DalSession session, String sql, DalError error, String why) {
    assertThatThrownBy(() -> session.execute(sql))
        .as(sql)
        .isInstanceOf(DalException.class)
        .hasMessageContaining(why)
        .satisfies(e -> assertThat(((DalException) e).error()).isEqualTo(error))
        .satisfies(
            e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(error.mysqlNumber()));
  }

  @Test
  void eachWriteMakesAVersionOfThisZoneThatIsLater() throws SQLException {
    run(session, "INSERT INTO orders VALUES (1, 4, 'a'), (2, 1, 'b')");
    RowVersion inserted = version(0, "orders_0 WHERE id = 1");
    assertThat(inserted.zone()).isEqualTo(1);
    assertThat(inserted.clock()).isPositive();
    assertThat(inserted.locked()).isFalse();
    assertThat(version(1, "orders_1").clock()).isEqualTo(inserted.clock());

    assertThat(run(session, "UPDATE orders SET note = 'c' WHERE user_id = 4")).isEqualTo(1);
    RowVersion updated = version(0, "orders_0");
    assertThat(updated.clock()).isGreaterThan(inserted.clock());

    run(session, "INSERT INTO orders VALUES (1, 4, 'a') ON DUPLICATE KEY UPDATE note = 'd'");
    assertThat(version(0, "orders_0").clock()).isGreaterThan(updated.clock());
    assertThat(rows(session, "SELECT * FROM orders ORDER BY id")).containsExactly("1|4|d", "2|1|b");

    long far = 1L << 50;
    at(schemas.get(0), "UPDATE orders_0 SET pidal_c = " + new RowVersion(2, far, false).encode());
    run(session, "UPDATE orders SET note = 'e' WHERE user_id = 4");
    assertThat(version(0, "orders_0")).isEqualTo(new RowVersion(1, far + 1, false));
    run(session, "UPDATE orders SET note = 'e' WHERE user_id = 4");
    assertThat(version(0, "orders_0")).isEqualTo(new RowVersion(1, far + 2, false));
  }

  @Test
  void versionsGrowWhoeverWrites() throws Exception {
    run(session, "INSERT INTO orders VALUES (1, 4, 'a')");
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(5);
    try {
      Future<Integer> reader = threads.submit(() -> watched(over));
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        writers.add(
            threads.submit(
                () -> {
                  try (DalSession own = beijing.session("shop")) {
                    for (int n = 0; n < 25; n++) {
                      run(own, "UPDATE orders SET note = " + n + " WHERE user_id = 4 AND id = 1");
                    }
                  }
                }));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
      over.set(true);
      assertThat(reader.get()).as("versions that were seen").isGreaterThan(3);
    } finally {
      threads.shutdownNow();
    }
  }

  private int watched(AtomicBoolean over) throws SQLException {
    RowVersion last = RowVersion.NONE;
    int seen = 0;
    try (Connection connection = server.connect(schemas.get(0));
        Statement statement = connection.createStatement()) {
      while (!over.get()) {
        try (ResultSet found = statement.executeQuery("SELECT pidal_c FROM orders_0")) {
          found.next();
          RowVersion now = RowVersion.decode(found.getLong(1));
          assertThat(RowVersion.BY_CLOCK.compare(now, last)).isNotNegative();
          seen += now.equals(last) ? 0 : 1;
          last = now;
        }
      }
    }
    return seen;
  }

  @Test
  void writesToRowsOfOtherZonesAreRefused() throws SQLException {
    assertRefused(
        session,
        "INSERT INTO orders VALUES (1, 4, 'x'), (2, 6, 'x')",
        DalError.NOT_OWNED,
        "zone sh (2)");
    assertRefused(session, "INSERT INTO orders VALUES (2, 7, 'x')", DalError.NOT_OWNED, "ZSID 7");
    assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly("0");

    run(session, "INSERT INTO orders VALUES (1, 4, 'mine'), (5, 5, 'mine')");
    long foreign = new RowVersion(2, 77, false).encode();
    at(
        schemas.get(0),
        "INSERT INTO orders_0 (id, user_id, note, pidal_c) VALUES (3, 6, 'theirs', "
            + foreign
            + ")");
    for (String sql :
        List.of(
            "UPDATE orders SET note = 'x' WHERE user_id = 6",
            "UPDATE orders SET note = 'x'",
            "UPDATE orders SET note = 'x' WHERE id IN (1, 3)",
            "UPDATE orders SET user_id = 4 WHERE id = 3",
            "DELETE FROM orders WHERE user_id = 6",
            "DELETE FROM orders WHERE id > 0",
            "DELETE FROM orders",
            "DELETE FROM orders WHERE user_id = 6 ORDER BY id LIMIT 1",
            "DELETE o FROM orders o WHERE o.user_id = 6")) {
      assertRefused(session, sql, DalError.NOT_OWNED, "zone sh (2)");
    }
    assertRefused(
        session, "UPDATE orders SET user_id = 14 WHERE id = 1", DalError.NOT_OWNED, "ZSID 6");
    assertThat(rows(session, "SELECT * FROM orders ORDER BY id"))
        .as("a statement that is refused has changed nothing, on no shard")
        .containsExactly("1|4|mine", "3|6|theirs", "5|5|mine");
    assertThat(version(0, "orders_0 WHERE id = 3").clock()).isEqualTo(77);

    assertThat(run(session, "UPDATE orders SET note = 'y' WHERE user_id = 6 AND id = 99"))
        .as("of rows that the condition does not mean nothing is asked")
        .isZero();
    assertThat(run(session, "DELETE FROM orders WHERE id = 1 OR user_id = 5")).isEqualTo(2);

    try (DalSession there = shanghai.session("shop")) {
      run(there, "INSERT INTO orders VALUES (3, 6, 'x')");
      assertThat(run(there, "UPDATE orders SET note = 'y' WHERE user_id = 6")).isEqualTo(1);
      assertRefused(
          there, "INSERT INTO orders VALUES (1, 4, 'x')", DalError.NOT_OWNED, "zone bj (1)");
      assertThat(version(2, "orders_0").zone()).isEqualTo(2);
    }
  }

  @Test
  void lockedRowsAreRefusedUntilTheyAreReleased() throws SQLException {
    run(session, "INSERT INTO orders VALUES (1, 4, 'a'), (2, 4, 'b'), (3, 5, 'c')");
    at(schemas.get(0), "UPDATE orders_0 SET pidal_c = pidal_c | 1 WHERE id = 2");
    RowVersion locked = version(0, "orders_0 WHERE id = 2");
    for (String sql :
        List.of(
            "UPDATE orders SET note = 'x' WHERE id = 2 AND user_id = 4",
            "UPDATE orders SET note = 'x'",
            "DELETE FROM orders WHERE user_id IN (4, 5)",
            "DELETE FROM orders WHERE id = 2 AND user_id = 4",
            "INSERT INTO orders VALUES (9, 4, 'y'), (2, 4, 'x') ON DUPLICATE KEY UPDATE note = 'x'")) {
      assertRefused(session, sql, DalError.ROW_LOCKED, "is locked");
    }
    session.begin();
    run(session, "UPDATE orders SET note = 'z' WHERE id = 1 AND user_id = 4");
    assertRefused(session, "UPDATE orders SET note = 'x'", DalError.ROW_LOCKED, "is locked");
    session.commit();
    assertThat(rows(session, "SELECT * FROM orders ORDER BY id"))
        .as("the statement alone was refused")
        .containsExactly("1|4|z", "2|4|b", "3|5|c");
    assertThat(version(0, "orders_0 WHERE id = 2")).isEqualTo(locked);

    at(schemas.get(0), "UPDATE orders_0 SET pidal_c = pidal_c & ~1 WHERE id = 2");
    assertThat(run(session, "UPDATE orders SET note = 'x'")).isEqualTo(3);
    assertThat(version(0, "orders_0 WHERE id = 2").isNewerThan(locked)).isTrue();
  }

  @Test
  void appsNeverSeeTheColumn() {
    run(session, "INSERT INTO orders VALUES (1, 4, 'a')");
    run(session, "INSERT INTO city VALUES (1, 1)");
    assertThat(rows(session, "SELECT * FROM orders")).containsExactly("1|4|a");
    assertThat(rows(session, "SELECT * FROM orders o NATURAL JOIN city c WHERE o.user_id = 4"))
        .as("joined by id alone")
        .containsExactly("1|4|a|1");
    assertThat(session.fields("orders"))
        .extracting(Column::name)
        .containsExactly("id", "user_id", "note");
    for (String sql :
        List.of(
            "DESCRIBE orders",
            "SHOW COLUMNS FROM orders",
            "SHOW FULL COLUMNS FROM orders",
            "SHOW CREATE TABLE orders",
            "SHOW INDEX FROM orders",
            "SELECT * FROM information_schema.columns WHERE TABLE_NAME LIKE 'orders%'",
            "SELECT c.COLUMN_NAME, c.TABLE_NAME FROM information_schema.COLUMNS AS c",
            "SELECT * FROM orders",
            "SELECT * FROM orders WHERE user_id = 4")) {
      Result result = session.execute(sql);
      try (RowStream stream = ((Result.Rows) result).stream()) {
        assertThat(stream.columns()).as(sql).noneMatch(c -> c.name().contains("pidal_c"));
        int rows = 0;
        for (var row = stream.next(); row != null; row = stream.next()) {
          rows++;
          assertThat(new String(row.payload(), StandardCharsets.UTF_8))
              .as(sql)
              .doesNotContain("pidal_c");
        }
        assertThat(rows).as(sql).isPositive();
      }
    }
    assertThat(rows(session, "DESCRIBE orders")).hasSize(3);
    for (String sql :
        List.of(
            "SELECT pidal_c FROM orders",
            "SELECT id FROM orders ORDER BY `pidal_c`",
            "UPDATE orders SET PIDAL_C = 5",
            "INSERT INTO orders (id, user_id, pidal_c) VALUES (1, 4, 7)")) {
      assertRefused(session, sql, DalError.UNKNOWN_COLUMN, "Unknown column 'pidal_c'");
    }
  }

  @Test
  void rowsThatMoveAndCopiesKeepTheirVersions() throws SQLException {
    run(session, "INSERT INTO orders VALUES (1, 4, 'a')");
    RowVersion before = version(0, "orders_0");
    assertThat(run(session, "UPDATE orders SET user_id = 5 WHERE id = 1")).isEqualTo(1);
    assertThat(version(1, "orders_1").isNewerThan(before)).isTrue();

    run(session, "INSERT INTO ticket VALUES (1, 4, 3, 10), (2, 5, 2, 20)");
    run(session, "UPDATE ticket SET price = price + 1");
    run(session, "UPDATE ticket SET seller = 4 WHERE id = 1");
    run(session, "UPDATE ticket SET buyer = 12 WHERE id = 2");
    assertThat(beijing.compareCopies("ticket", 0).differing()).isZero();
    assertThat(version(0, "ticket_b_0 WHERE id = 1"))
        .isEqualTo(version(0, "ticket_s_0 WHERE id = 1"));
    assertRefused(
        session, "UPDATE ticket SET buyer = 6 WHERE id = 2", DalError.NOT_OWNED, "zone sh (2)");

    run(session, "INSERT INTO city VALUES (1, 1)");
    run(session, "UPDATE city SET v = 2");
    assertThat(version(0, "city")).isEqualTo(version(1, "city"));
    assertThat(version(0, "city").zone()).isEqualTo(1);
    run(session, "INSERT INTO free VALUES (1, 1)");
  }

  /** The SQL of nodes and the algorithms of pi-meta agree about each row. */
  @Test
  void nodesKnowTheOwnersThatPiMetaKnows() throws SQLException {
    Metadata sites = MetadataDocument.parse("sites", SITES).metadata();
    List<String> texts =
        List.of(
            "NULL",
            "''",
            "'a'",
            "'A'",
            "'a '",
            "'ö'",
            "'o'",
            "'north'",
            "'North'",
            "'south'",
            "'north '",
            "'中文'",
            "'10'",
            "'007'",
            "'-5'",
            "'it''s'");
    List<List<String>> keyed = new ArrayList<>();
    List<List<String>> listed = new ArrayList<>();
    List<List<String>> padded = new ArrayList<>();
    List<List<String>> ranged = new ArrayList<>();
    for (String text : texts) {
      keyed.add(List.of(text, "5"));
      keyed.add(List.of(text, "NULL"));
      listed.add(List.of(text));
      if (text.chars().allMatch(c -> c < 0x80)) {
        padded.add(List.of(text));
      }
    }
    for (int k = -12; k < 120; k += 3) {
      ranged.add(List.of(Integer.toString(k)));
    }
    ranged.add(List.of("NULL"));
    check(sites, "keyed", "keyed_text", "a, b", keyed);
    check(sites, "listed", "listed", "k", listed);
    check(sites, "padded", "padded", "k", padded);
    check(sites, "ranged", "ranged", "k", ranged);
  }

  private void check(
      Metadata sites, String logical, String actual, String columns, List<List<String>> keys)
      throws SQLException {
    ZsKey key = sites.rule(actual).orElseThrow().key().orElseThrow();
    int refused = 0;
    for (List<String> values : keys) {
      at(schemas.get(0), "DELETE FROM " + actual);
      at(
          schemas.get(0),
          "INSERT INTO "
              + actual
              + " ("
              + columns
              + ") VALUES ("
              + String.join(", ", values)
              + ")");
      boolean owned =
          key.zsid(printed(actual, columns))
              .map(zsid -> sites.ownership().owner(zsid) == 1)
              .orElse(false);
      String row = logical + " " + values;
      String insert =
          "INSERT INTO "
              + logical
              + " ("
              + columns
              + ") VALUES ("
              + String.join(", ", values)
              + ")";
      if (owned) {
        assertThat(run(session, "UPDATE " + logical + " SET v = 1")).as(row).isEqualTo(1);
        assertThat(run(session, insert)).as(row).isEqualTo(1);
        assertThat(run(session, "DELETE FROM " + logical + " WHERE 1 = 1")).as(row).isEqualTo(2);
      } else {
        refused++;
        assertRefused(session, "UPDATE " + logical + " SET v = 1", DalError.NOT_OWNED, "");
        assertRefused(session, "DELETE FROM " + logical, DalError.NOT_OWNED, "");
        assertRefused(session, insert, DalError.NOT_OWNED, "");
      }
    }
    assertThat(refused).as(logical).isBetween(1, keys.size() - 1);
  }

  private List<byte[]> printed(String actual, String columns) throws SQLException {
    List<byte[]> values = new ArrayList<>();
    try (Connection connection = server.connect(schemas.get(0));
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery("SELECT " + columns + " FROM " + actual)) {
      found.next();
      for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
        String text = found.getString(i);
        values.add(text == null ? null : text.getBytes(StandardCharsets.UTF_8));
      }
    }
    return values;
  }

  @Test
  void withoutAClockNothingIsWritten() {
    run(session, "INSERT INTO orders VALUES (1, 4, 'a')");
    try (PiDal deaf = engine("bj", 0, "127.0.0.1:1");
        DalSession own = deaf.session("shop")) {
      assertThat(rows(own, "SELECT * FROM orders")).containsExactly("1|4|a");
      assertRefused(
          own, "UPDATE orders SET note = 'x' WHERE user_id = 4", DalError.NO_CLOCK, "zone 1");
      assertRefused(own, "INSERT INTO orders VALUES (2, 4, 'x')", DalError.NO_CLOCK, "zone 1");
      assertThat(run(own, "INSERT INTO free VALUES (1, 1)")).as("no versions there").isEqualTo(1);
      assertThat(rows(own, "SELECT * FROM orders")).containsExactly("1|4|a");
    }
  }

  @Test
  void tablesThatDoNotFitAreRefusedAtTheStart() throws SQLException {
    at(schemas.get(0), "ALTER TABLE keyed_text DROP COLUMN pidal_c");
    at(schemas.get(0), "ALTER TABLE ranged MODIFY pidal_c BIGINT NOT NULL DEFAULT 0");
    at(schemas.get(0), "ALTER TABLE listed MODIFY k DECIMAL(9, 2)");
    assertThatThrownBy(() -> engine("bj", 0, lcs.address()))
        .isInstanceOf(RulesException.class)
        .hasMessageContaining("table keyed: it has a ZSKey, and no column pidal_c")
        .hasMessageContaining("table ranged: its column pidal_c is bigint(20), and visible to apps")
        .hasMessageContaining("table listed: the column k of its ZSKey is decimal(9,2)");
  }

  @Test
  void switchedOwnersCountAfterAReload() throws Exception {
    Path rules = folder.resolve("rules.yaml");
    Files.writeString(
        rules,
        RULES.replace("FILE", folder.resolve("sites.json").toString()).replace("ZONE", "bj"));
    beijing.follow(
        rules,
        read ->
            new JdbcNodes(
                read,
                dsn ->
                    "mysql://%s:%s@%s:%d/%s"
                        .formatted(
                            server.user(),
                            server.password(),
                            server.host(),
                            server.port(),
                            schemas.get(dsn.endsWith("0") ? 0 : 1))));
    assertRefused(session, "INSERT INTO orders VALUES (1, 6, 'x')", DalError.NOT_OWNED, "sh");
    Files.writeString(
        folder.resolve("sites.json"),
        SITES
            .replace("\"version\": 1", "\"version\": 2")
            .replace("\"0-1\", \"4-5\"", "\"0-1\", \"4-7\"")
            .replace("\"2-3\", \"6-7\"", "\"2-3\""));
    long end = System.nanoTime() + 30_000_000_000L;
    while (true) {
      try {
        assertThat(run(session, "INSERT INTO orders VALUES (1, 6, 'x')")).isEqualTo(1);
        return;
      } catch (DalException e) {
        assertThat(e.error()).isEqualTo(DalError.NOT_OWNED);
        assertThat(System.nanoTime()).as("the document is looked at").isLessThan(end);
        Thread.sleep(200);
      }
    }
  }
}
