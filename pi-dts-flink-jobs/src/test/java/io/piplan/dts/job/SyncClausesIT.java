package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The clauses of SYNC in syncs that run, to both targets: which tables, under which names, and
 * which rows.
 */
@ExtendWith(ServersExtension.class)
class SyncClausesIT {
  private static final String ORDERS = "SELECT id, state, total FROM %s ORDER BY id";

  /** What the definition's condition means: text compares exactly, whatever the collation. */
  private static final String TAKEN_ORDERS =
      "SELECT id, state, total FROM orders WHERE CAST(state AS BINARY) <> 'draft' AND total > 0"
          + " ORDER BY id";

  private static final String TAKEN_CUSTOMERS =
      "SELECT id, name, tier FROM customers WHERE deleted_at IS NULL AND tier IN (1, 2)"
          + " AND NOT (CAST(name AS BINARY) LIKE 'test%' OR id BETWEEN 10 AND 19) ORDER BY id";

  private static final String DEFINITION =
      """
      SYNC DATABASE a.`%s` TO b.`%s`
        INCLUDING TABLES (orders, customers, 'log\\_%%')
        EXCLUDING TABLES ('%%\\_tmp', log_secret)
        RENAME (orders TO web_orders, log_1 TO `Log "1"`)
        WHERE (orders: state <> 'draft' AND total > 0,
               customers: deleted_at IS NULL AND tier IN (1, 2)
                 AND NOT (name LIKE 'test%%' OR id BETWEEN 10 AND 19))
        WITH ('name' = '%s', 'checkpoint.interval' = '500 ms');
      """;

  private static EmbeddedFlink flink;

  private final Servers servers;
  @TempDir Path state;
  private SyncHarness syncs;
  private String from;
  private String to;
  private Connection source;
  private Connection target;

  SyncClausesIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startFlink() {
    flink = EmbeddedFlink.start(1, 4, Map.of());
  }

  @AfterAll
  static void stopFlink() {
    flink.close();
  }

  @BeforeEach
  void start() throws SQLException {
    syncs = new SyncHarness(flink, state);
    from = servers.mySqlA().createDatabase("clauses");
    source = SyncHarness.connect(servers.mySqlA(), from);
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    target.close();
    syncs.close();
  }

  /** The catalogs; opens the connection to the target. */
  private String catalogs(boolean postgres) throws SQLException {
    to =
        postgres
            ? servers.postgres().createDatabase("clauses")
            : servers.mySqlB().createDatabase("clauses");
    target =
        postgres
            ? SyncHarness.connect(servers.postgres(), to)
            : SyncHarness.connect(servers.mySqlB(), to);
    return SyncHarness.mySqlCatalog("a", servers.mySqlA())
        + (postgres
            ? SyncHarness.postgresCatalog("b", servers.postgres(), to)
            : SyncHarness.mySqlCatalog("b", servers.mySqlB()));
  }

  private void awaitOrders() {
    SyncHarness.awaitEqual(source, TAKEN_ORDERS, target, ORDERS.formatted("web_orders"));
  }

  private void awaitCustomers() {
    SyncHarness.awaitEqual(
        source, TAKEN_CUSTOMERS, target, "SELECT id, name, tier FROM customers ORDER BY id");
  }

  private void createTables() throws SQLException {
    SyncHarness.run(
        source,
        "CREATE TABLE orders (id INT PRIMARY KEY, state VARCHAR(20), total DECIMAL(10,2))",
        "INSERT INTO orders SELECT seq, ELT(1 + seq % 5, 'draft', 'open', 'Draft', 'draft ', NULL),"
            + " CAST(seq AS SIGNED) % 7 - 2 FROM "
            + EmbeddedMySql.numbers(2000),
        "CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(20), tier INT,"
            + " deleted_at DATETIME)",
        "INSERT INTO customers SELECT seq, CONCAT(ELT(1 + seq % 3, 'test', 'Test', '名'), seq),"
            + " seq % 4, IF(seq % 10 = 3, '2024-01-01', NULL) FROM "
            + EmbeddedMySql.numbers(100));
    for (String table : List.of("log_1", "log_2", "log_x_tmp", "log_secret", "logs", "other")) {
      SyncHarness.run(
          source,
          "CREATE TABLE " + table + " (id INT PRIMARY KEY, v INT)",
          "INSERT INTO " + table + " VALUES (1, 1), (2, 2)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void rowsComeAndGoWithTheConditionAndTablesHaveTheirNewNames(String kind) throws Exception {
    boolean postgres = kind.equals("postgres");
    createTables();
    String definition =
        catalogs(postgres) + DEFINITION.formatted(from, postgres ? "public" : to, from);
    String sync = syncs.start(definition, SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    awaitOrders();
    awaitCustomers();
    long copied = count("web_orders");
    assertThat(copied).isBetween(1L, 1999L);

    SyncHarness.run(
        source,
        // Out of the condition …
        "UPDATE orders SET state = 'draft' WHERE id BETWEEN 500 AND 560",
        "UPDATE orders SET total = 0 WHERE id BETWEEN 561 AND 600",
        "UPDATE orders SET total = NULL, state = 'open' WHERE id BETWEEN 601 AND 620",
        "UPDATE orders SET state = NULL, total = 5 WHERE id BETWEEN 621 AND 640",
        // … and into it.
        "UPDATE orders SET state = 'open', total = 9 WHERE id BETWEEN 700 AND 760",
        "UPDATE orders SET state = 'DRAFT', total = 1 WHERE id BETWEEN 761 AND 780",
        // Within, and outside of it.
        "UPDATE orders SET total = total + 1 WHERE state = 'open' AND total > 0 AND id > 1900",
        "UPDATE orders SET total = -7 WHERE total <= 0 AND id > 1900",
        // The key changes with it.
        "UPDATE orders SET id = 5001 WHERE id = 701",
        "UPDATE orders SET id = 5002, state = 'draft' WHERE id = 702",
        "UPDATE orders SET id = 5003, state = 'open', total = 3 WHERE id = 500",
        "UPDATE orders SET id = 5004 WHERE id = 501",
        "INSERT INTO orders VALUES (6001, 'open', 1), (6002, 'draft', 1), (6003, 'open', -1)",
        "DELETE FROM orders WHERE id IN (6001, 6002, 703, 502)",
        // Out and in again, in one transaction.
        "BEGIN",
        "UPDATE orders SET state = 'draft' WHERE id BETWEEN 710 AND 715",
        "UPDATE orders SET state = 'paid' WHERE id BETWEEN 710 AND 712",
        "DELETE FROM orders WHERE id = 711",
        "INSERT INTO orders VALUES (711, 'again', 11), (6004, 'open', 1)",
        "COMMIT",
        "UPDATE customers SET deleted_at = NOW() WHERE id = 2",
        "UPDATE customers SET deleted_at = NULL, tier = 2 WHERE id IN (3, 13, 23, 33)",
        "UPDATE customers SET name = 'testing' WHERE id = 5",
        "UPDATE customers SET name = 'TESTING', tier = 1 WHERE id IN (6, 12)",
        "UPDATE log_1 SET v = 7 WHERE id = 1",
        "DELETE FROM log_1 WHERE id = 2",
        "INSERT INTO log_2 VALUES (3, 3)",
        "INSERT INTO log_secret VALUES (3, 3)",
        "INSERT INTO other VALUES (3, 3)");
    awaitOrders();
    awaitCustomers();
    assertThat(count("web_orders WHERE id IN (5001, 5003, 711, 6004)")).isEqualTo(4);
    assertThat(count("web_orders WHERE id IN (5002, 5004, 701, 714, 6001, 6003)")).isZero();

    syncs.control().stop(sync);
    SyncHarness.run(
        source,
        "UPDATE orders SET state = 'draft' WHERE id BETWEEN 720 AND 730",
        "UPDATE orders SET state = 'open', total = 1 WHERE id BETWEEN 510 AND 520",
        "INSERT INTO log_2 VALUES (4, 4)");
    syncs.start(definition, SyncLauncher.Start.CONTINUE);
    awaitOrders();
    String log = "SELECT id, v FROM %s ORDER BY id";
    SyncHarness.awaitEqual(source, log.formatted("log_2"), target, log.formatted("log_2"));
    String log1 = postgres ? "\"Log \"\"1\"\"\"" : "`Log \"1\"`";
    SyncHarness.awaitEqual(source, log.formatted("log_1"), target, log.formatted(log1));
    assertThat(tables(postgres))
        .containsExactlyInAnyOrder("web_orders", "customers", "Log \"1\"", "log_2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void oneTableAlone(String kind) throws Exception {
    boolean postgres = kind.equals("postgres");
    SyncHarness.run(
        source,
        "CREATE TABLE facts (day DATE NOT NULL, nr INT NOT NULL, v INT)",
        "INSERT INTO facts SELECT '2024-02-28' + INTERVAL seq DAY, seq % 3,"
            + " CAST(seq AS SIGNED) - 150 FROM "
            + EmbeddedMySql.numbers(300),
        "CREATE TABLE other (id INT PRIMARY KEY)");
    String definition =
        catalogs(postgres)
            + "SYNC TABLE a.`%s`.facts TO b.`%s`.good_facts KEY (day, nr) WHERE (v > 0)"
                .formatted(from, postgres ? "public" : to)
            + " WITH ('name' = '%s', 'checkpoint.interval' = '500 ms');".formatted(from);
    String sync = syncs.start(definition, SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    String expected = "SELECT day, nr, v FROM facts WHERE v > 0 ORDER BY day, nr";
    String found = "SELECT day, nr, v FROM good_facts ORDER BY day, nr";
    SyncHarness.awaitEqual(source, expected, target, found);
    assertThat(count("good_facts")).isEqualTo(150);
    SyncHarness.run(
        source,
        "UPDATE facts SET v = -v WHERE v BETWEEN 100 AND 110 OR v BETWEEN -20 AND -10",
        "UPDATE facts SET nr = 7 WHERE v = 50",
        "UPDATE facts SET day = '2030-01-01', v = -1 WHERE v = 51",
        "DELETE FROM facts WHERE v = 52",
        "INSERT INTO facts VALUES ('2031-01-01', 1, NULL), ('2031-01-01', 2, 2)");
    SyncHarness.awaitEqual(source, expected, target, found);
    assertThat(count("good_facts WHERE nr = 7")).isEqualTo(1);
    assertThat(tables(postgres)).containsExactly("good_facts");
  }

  private long count(String from) throws SQLException {
    return Long.parseLong(SyncHarness.rows(target, "SELECT COUNT(*) FROM " + from).get(0).get(0));
  }

  /** The target's tables, those of the sync's own apart. */
  private List<String> tables(boolean postgres) throws SQLException {
    return SyncHarness.rows(
            target,
            "SELECT table_name FROM information_schema.tables WHERE table_schema = '%s'"
                .formatted(postgres ? "public" : to))
        .stream()
        .map(row -> row.get(0))
        .filter(table -> !table.startsWith("pi_dts_"))
        .toList();
  }
}
