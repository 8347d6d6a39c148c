package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Plain Flink SQL from end to end: real servers, a real Flink in this JVM, writes under way. */
@ExtendWith(ServersExtension.class)
class PlainSqlIT {
  private static final String SELECT =
      "SELECT id, UPPER(title), price * 2 FROM orders WHERE price > 50 ORDER BY id";

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private String shop;
  private Connection source;

  PlainSqlIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    flink = EmbeddedFlink.start(1, 8, Map.of());
    syncs = new SyncHarness(flink, state);
    shop = servers.mySqlA().createDatabase("shop");
    source = SyncHarness.connect(servers.mySqlA(), shop);
    SyncHarness.run(
        source,
        "CREATE TABLE orders (id BIGINT PRIMARY KEY, title VARCHAR(30), price DECIMAL(10,2))",
        "INSERT INTO orders SELECT seq, CONCAT('t', seq), seq % 100 FROM "
            + EmbeddedMySql.numbers(20000),
        "CREATE TABLE users (name VARCHAR(20) PRIMARY KEY, age INT)",
        "INSERT INTO users VALUES ('a', 1), ('b', 2), ('c', NULL)");
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    syncs.close();
    flink.close();
  }

  private String settings() {
    return "SET 'pipeline.name' = '"
        + shop
        + "';\nSET 'execution.checkpointing.interval' = '500 ms';\n";
  }

  @Test
  void insertsBetweenCatalogsSurviveTheLossOfATaskManager() throws Exception {
    String copy = servers.mySqlB().createDatabase("copy");
    try (Connection target = SyncHarness.connect(servers.mySqlB(), copy);
        Workload workload = new Workload()) {
      SyncHarness.run(
          target,
          "CREATE TABLE orders (id BIGINT PRIMARY KEY, title VARCHAR(30), twice DECIMAL(12,2),"
              + " local_note VARCHAR(10) DEFAULT 'mine')");
      String definition =
          settings()
              + SyncHarness.mySqlCatalog("a", servers.mySqlA())
              + SyncHarness.mySqlCatalog("b", servers.mySqlB())
              + "INSERT INTO b.`"
              + copy
              + "`.orders (id, title, twice) SELECT id, UPPER(title), price * 2 FROM a.`"
              + shop
              + "`.orders WHERE price > 50;";
      assertThat(new DefinitionLauncher(SecretLookup.ofProcess()).explain("test.sql", definition))
          .singleElement()
          .asString()
          .startsWith("-- exactly-once");
      String job = syncs.start(definition, SyncLauncher.Start.CONTINUE);
      assertThat(job).isEqualTo(shop);
      for (int i = 0; i < 2; i++) {
        Thread.sleep(2500);
        flink.terminateTaskManager(i);
        flink.startTaskManager();
      }
      Thread.sleep(1000);
      workload.close();
      SyncHarness.awaitEqual(
          source, SELECT, target, "SELECT id, title, twice FROM orders ORDER BY id");
      assertThat(SyncHarness.rows(target, "SELECT DISTINCT local_note FROM orders"))
          .containsExactly(List.of("mine"));
      assertThat(syncs.control().stop(job)).contains("savepoint");
      SyncHarness.run(source, "UPDATE orders SET price = 77 WHERE id < 100");
      syncs.start(definition, SyncLauncher.Start.CONTINUE);
      SyncHarness.awaitEqual(
          source, SELECT, target, "SELECT id, title, twice FROM orders ORDER BY id");
    }
  }

  @Test
  void tablesOfFlinkCdcIntoPostgresInOneStatementSet() throws Exception {
    String copy = servers.postgres().createDatabase("copy");
    try (Connection target = SyncHarness.connect(servers.postgres(), copy);
        Workload workload = new Workload()) {
      SyncHarness.run(
          target,
          "CREATE TABLE orders (id bigint PRIMARY KEY, title varchar(30), price numeric(10,2))",
          "CREATE TABLE users (name varchar(20) PRIMARY KEY, age int)",
          "CREATE TABLE totals (tenth bigint PRIMARY KEY, total numeric(20,2), n bigint)");
      String definition =
          settings()
              + table("src_orders", "id BIGINT, title STRING, price DECIMAL(10,2)", "id", true)
              + table("src_users", "name STRING, age INT", "name", true)
              + table(
                  "dst_orders", "id BIGINT, title STRING, price DECIMAL(10,2)", "id", false, copy)
              + table("dst_users", "name STRING, age INT", "name", false, copy)
              + table(
                  "dst_totals", "tenth BIGINT, total DECIMAL(20,2), n BIGINT", "tenth", false, copy)
              + "EXECUTE STATEMENT SET BEGIN\n"
              + "INSERT INTO dst_orders SELECT * FROM src_orders;\n"
              + "INSERT INTO dst_users SELECT name, age FROM src_users;\n"
              + "INSERT INTO dst_totals SELECT MOD(id, 10), CAST(SUM(price) AS DECIMAL(20,2)),"
              + " COUNT(*) FROM src_orders GROUP BY MOD(id, 10);\n"
              + "END;";
      assertThat(new DefinitionLauncher(SecretLookup.ofProcess()).explain("test.sql", definition))
          .extracting(text -> text.lines().findFirst().orElseThrow())
          .containsExactly(
              "-- exactly-once",
              "-- exactly-once",
              "-- at-least-once upserts: it has the aggregate function SUM");
      syncs.start(definition, SyncLauncher.Start.CONTINUE);
      Thread.sleep(4000);
      SyncHarness.run(source, "UPDATE users SET name = 'z' WHERE name = 'a'");
      flink.terminateTaskManager(0);
      flink.startTaskManager();
      Thread.sleep(2000);
      workload.close();
      String orders = "SELECT id, title, price FROM orders ORDER BY id";
      SyncHarness.awaitEqual(source, orders, target, orders);
      String users = "SELECT name, age FROM users ORDER BY name";
      SyncHarness.awaitEqual(source, users, target, users);
      SyncHarness.awaitEqual(
          source,
          "SELECT id % 10, SUM(price), COUNT(*) FROM orders GROUP BY id % 10 ORDER BY 1",
          target,
          "SELECT tenth, total, n FROM totals ORDER BY tenth");
    }
  }

  @Test
  void whatHasChangedSinceItsSavepointIsRefused() throws Exception {
    String copy = servers.mySqlB().createDatabase("copy");
    String other = servers.mySqlB().createDatabase("shop");
    try (Connection target = SyncHarness.connect(servers.mySqlB(), copy)) {
      SyncHarness.run(
          target,
          "CREATE TABLE users (name VARCHAR(20) PRIMARY KEY, age INT)",
          "CREATE TABLE `" + other + "`.users (name VARCHAR(20) PRIMARY KEY, age INT)");
      String insert =
          "INSERT INTO b.`%s`.users SELECT name, age FROM a.`%s`.users WHERE age > 1;"
              .formatted(copy, shop);
      String definition =
          settings()
              + SyncHarness.mySqlCatalog("a", servers.mySqlA())
              + SyncHarness.mySqlCatalog("b", servers.mySqlB())
              + insert;
      String expected = "SELECT name, age FROM users WHERE age > 1 ORDER BY name";
      String found = "SELECT name, age FROM users ORDER BY name";
      String job = syncs.start(definition, SyncLauncher.Start.CONTINUE);
      SyncHarness.awaitEqual(source, expected, target, found);
      String savepoint = syncs.control().stop(job);
      SyncHarness.run(source, "INSERT INTO users VALUES ('d', 4)");
      refused(definition.replace("age > 1;", "age > 0;"), "INSERT 1 was 'INSERT INTO", "age > 0'");
      refused(
          settings()
              + SyncHarness.mySqlCatalog("a", servers.mySqlB())
              + SyncHarness.mySqlCatalog("b", servers.mySqlB())
              + insert.replace(shop, other),
          "source 1 was 'mysql://127.0.0.1:" + servers.mySqlA().port(),
          "is 'mysql://127.0.0.1:" + servers.mySqlB().port());
      SyncStore store = new SyncStore(state);
      assertThat(store.find(job).orElseThrow().savepoint()).isEqualTo(savepoint);
      assertThat(SyncHarness.rows(target, found)).containsExactly(List.of("b", "2"));
      syncs.start(definition.replace("WHERE", "-- the same\n  WHERE"), SyncLauncher.Start.CONTINUE);
      SyncHarness.awaitEqual(source, expected, target, found);
      syncs.control().stop(job);
      // Earlier builds kept nothing to compare.
      SyncRecord kept = store.find(job).orElseThrow();
      store.save(
          new SyncRecord(
              kept.name(),
              kept.definitionName(),
              kept.definition(),
              "",
              kept.url(),
              kept.jobId(),
              kept.savepoint(),
              kept.startedFrom(),
              kept.checkpoints()));
      syncs.start(definition.replace("age > 1;", "age > 2;"), SyncLauncher.Start.CONTINUE);
      assertThat(store.find(job).orElseThrow().fingerprint()).isNotEmpty();
    }
  }

  private void refused(String definition, String... words) {
    DtsException e =
        catchThrowableOfType(
            DtsException.class, () -> syncs.start(definition, SyncLauncher.Start.CONTINUE));
    assertThat(e).as("refused").isNotNull();
    assertThat(e.error()).as(e.getMessage()).isEqualTo(DtsError.DEFINITION_CHANGED);
    assertThat(e.getMessage()).contains(words);
    assertThat(e.remedy()).contains("--fresh");
  }

  private String table(String name, String columns, String key, boolean from, String... database)
      throws Exception {
    EmbeddedDatabase server = from ? servers.mySqlA() : servers.postgres();
    Path secret = Files.writeString(state.resolve(name + ".secret"), server.password());
    return "CREATE TABLE %s (%s, PRIMARY KEY (%s) NOT ENFORCED) WITH ('connector' = '%s', 'hostname' = '127.0.0.1', 'port' = '%d', 'username' = '%s', 'password' = '${file:%s}', 'database-name' = '%s', 'table-name' = '%s');\n"
        .formatted(
            name,
            columns,
            key,
            from ? "mysql-cdc" : "pi-postgres",
            server.port(),
            server.user(),
            secret,
            from ? shop : database[0],
            name.substring(4));
  }

  /** Inserts, updates over the condition's edge, deletes and changes of keys. */
  private final class Workload implements AutoCloseable {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final CompletableFuture<Void> done = CompletableFuture.runAsync(this::run);

    private void run() {
      Random random = new Random(7);
      try (Connection connection = SyncHarness.connect(servers.mySqlA(), shop)) {
        connection.setAutoCommit(false);
        while (!stop.get()) {
          int id = 1 + random.nextInt(20000);
          SyncHarness.run(
              connection,
              switch (random.nextInt(4)) {
                case 0 -> "UPDATE orders SET price = MOD(price + 37, 100) WHERE id = " + id;
                case 1 -> "DELETE FROM orders WHERE id = " + id;
                case 2 -> "REPLACE INTO orders VALUES (" + id + ", 'r', 60)";
                default -> "UPDATE IGNORE orders SET id = id + 20000 WHERE id = " + id;
              });
          if (random.nextInt(3) == 0) {
            connection.commit();
          }
        }
        connection.commit();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      stop.set(true);
      done.join();
    }
  }
}
