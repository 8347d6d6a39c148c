package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Changes whose order between rows and tables matters, and transactions as a whole. */
@ExtendWith(ServersExtension.class)
@Isolated
class UniqueKeysIT {
  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private String database;
  private Connection source;

  UniqueKeysIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    database = servers.mySqlA().createDatabase("keys");
    source = SyncHarness.connect(servers.mySqlA(), database);
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    syncs.close();
    flink.close();
  }

  private String definition(String targetCatalog, String schema, String options) {
    return SyncHarness.mySqlCatalog("a", servers.mySqlA())
        + targetCatalog
        + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'checkpoint.interval' = '500 ms'"
            .formatted(database, schema, database)
        + options
        + ");";
  }

  /** Starts a sync to a new database of the second server and waits for the copy. */
  private Connection synced(String options) throws SQLException {
    EmbeddedDatabase server = servers.mySqlB();
    String schema = server.createDatabase("keys");
    String definition = definition(SyncHarness.mySqlCatalog("b", server), schema, options);
    syncs.awaitCopied(syncs.start(definition, SyncLauncher.Start.CONTINUE));
    return SyncHarness.connect(server, schema);
  }

  private Connection syncedToPostgres() throws SQLException {
    EmbeddedDatabase server = servers.postgres();
    String target = server.createDatabase("keys");
    String definition = definition(SyncHarness.postgresCatalog("b", server, target), "public", "");
    syncs.awaitCopied(syncs.start(definition, SyncLauncher.Start.CONTINUE));
    return SyncHarness.connect(server, target);
  }

  @Test
  void uniqueValuesMoveAndSwapOnMySql() throws Exception {
    prepareUnique();
    try (Connection target = synced(", 'parallelism' = '3'")) {
      moveUniqueValues(target);
    }
  }

  @Test
  void uniqueValuesMoveAndSwapOnPostgres() throws Exception {
    prepareUnique();
    try (Connection target = syncedToPostgres()) {
      moveUniqueValues(target);
    }
  }

  private void prepareUnique() throws SQLException {
    SyncHarness.run(
        source,
        "CREATE TABLE u (id INT PRIMARY KEY, mail VARCHAR(40) UNIQUE, nr INT, UNIQUE (nr, mail))",
        "INSERT INTO u SELECT seq, CONCAT('m', seq), seq FROM " + EmbeddedMySql.numbers(100));
  }

  private void moveUniqueValues(Connection target) throws SQLException {
    Random random = new Random(5);
    source.setAutoCommit(false);
    for (int i = 0; i < 400; i++) {
      int a = 1 + random.nextInt(50);
      int b = 51 + random.nextInt(50);
      switch (i % 4) {
        case 0 -> swap(a, b);
        case 1 -> // from one row to another, which takes what the first has just left
            SyncHarness.run(
                source,
                "UPDATE u SET mail = NULL WHERE id = " + a,
                "UPDATE u SET mail = 'moving' WHERE id = " + b,
                "UPDATE u SET mail = CONCAT('x', id, '-', "
                    + i
                    + ") WHERE id IN (%d, %d)".formatted(a, b));
        case 2 -> // a deleted row's value comes back in a new one
            SyncHarness.run(
                source,
                "SET @m = (SELECT mail FROM u WHERE id = " + a + ")",
                "DELETE FROM u WHERE id = " + a,
                "INSERT INTO u VALUES (%d, CONCAT('t', @m), %d)".formatted(1000 + i, i),
                "UPDATE u SET mail = @m WHERE id = " + (1000 + i),
                "UPDATE u SET id = %d WHERE id = %d".formatted(a, 1000 + i));
        default -> SyncHarness.run(source, "UPDATE u SET nr = nr + 1 WHERE id = " + b);
      }
      source.commit();
    }
    source.setAutoCommit(true);
    String rows = "SELECT id, mail, nr FROM u ORDER BY id";
    SyncHarness.awaitEqual(source, rows, target, rows);
  }

  private void swap(int a, int b) throws SQLException {
    SyncHarness.run(
        source,
        "SET @a = (SELECT mail FROM u WHERE id = " + a + ")",
        "SET @b = (SELECT mail FROM u WHERE id = " + b + ")",
        "UPDATE u SET mail = NULL WHERE id = " + a,
        "UPDATE u SET mail = @a WHERE id = " + b,
        "UPDATE u SET mail = @b WHERE id = " + a);
  }

  @Test
  void primaryKeysChangeAndSwap() throws Exception {
    SyncHarness.run(
        source,
        "CREATE TABLE p (id INT, part VARCHAR(20), v INT, PRIMARY KEY (id, part))",
        "INSERT INTO p SELECT seq, 'Ä', seq FROM " + EmbeddedMySql.numbers(200));
    try (Connection target = synced(", 'parallelism' = '3'")) {
      Random random = new Random(6);
      source.setAutoCommit(false);
      for (int i = 0; i < 300; i++) {
        int a = 1 + random.nextInt(100);
        int b = 101 + random.nextInt(100);
        SyncHarness.run(
            source,
            "UPDATE p SET id = -1 WHERE id = " + a,
            "UPDATE p SET id = %d WHERE id = %d".formatted(a, b),
            "UPDATE p SET id = %d, v = v + 1000 WHERE id = -1".formatted(b),
            // Equal by the collation and yet another text.
            "UPDATE p SET part = IF(BINARY part = 'Ä', 'a', 'Ä') WHERE id = " + a);
        source.commit();
      }
      // All keys in one statement.
      SyncHarness.run(source, "UPDATE p SET id = id + 1 ORDER BY id DESC");
      source.commit();
      source.setAutoCommit(true);
      String rows = "SELECT id, HEX(part), v FROM p ORDER BY id";
      SyncHarness.awaitEqual(source, rows, target, rows);
    }
  }

  @Test
  void cascadesThatTheBinlogDoesNotTell() throws Exception {
    SyncHarness.run(
        source,
        "CREATE TABLE parent (id INT PRIMARY KEY, v INT)",
        "CREATE TABLE child (id INT PRIMARY KEY, parent INT, v INT,"
            + " FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE)",
        "CREATE TABLE grandchild (id INT PRIMARY KEY, child INT,"
            + " FOREIGN KEY (child) REFERENCES child (id) ON DELETE CASCADE)",
        "CREATE TABLE note (id INT PRIMARY KEY, parent INT,"
            + " FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE SET NULL ON UPDATE CASCADE)",
        "INSERT INTO parent SELECT seq, seq FROM " + EmbeddedMySql.numbers(100),
        "INSERT INTO child SELECT seq, 1 + seq % 100, seq FROM " + EmbeddedMySql.numbers(1000),
        "INSERT INTO grandchild SELECT seq, 1 + seq % 1000 FROM " + EmbeddedMySql.numbers(3000),
        "INSERT INTO note SELECT seq, 1 + seq % 100 FROM " + EmbeddedMySql.numbers(300));
    try (Connection target = synced(", 'parallelism' = '3'")) {
      for (int i = 1; i <= 40; i++) {
        SyncHarness.run(
            source,
            "DELETE FROM parent WHERE id = " + i,
            "INSERT INTO parent VALUES (%d, 0)".formatted(i),
            "INSERT INTO child VALUES (%d, %d, 0)".formatted(5000 + i, i),
            "UPDATE parent SET id = id + 1000 WHERE id = " + (50 + i),
            "UPDATE child SET v = v + 1 WHERE parent = " + (1050 + i),
            "UPDATE child SET parent = %d WHERE id = %d".formatted(i, 500 + i % 7));
      }
      for (String table : List.of("parent", "child", "grandchild", "note")) {
        String rows = "SELECT * FROM " + table + " ORDER BY id";
        assertThat(SyncHarness.rows(source, rows)).isNotEmpty();
        SyncHarness.awaitEqual(source, rows, target, rows);
      }
    }
  }

  @Test
  @Tag("chaos")
  void largeTransactionsPassInLittleMemory() throws Exception {
    SyncHarness.run(source, "CREATE TABLE big (id INT PRIMARY KEY, t VARCHAR(300), v INT)");
    try (Connection target = synced(", 'parallelism' = '2'")) {
      source.setAutoCommit(false);
      long before = usedHeap();
      SyncHarness.run(
          source,
          "INSERT INTO big SELECT seq, REPEAT('x', 200), 0 FROM " + EmbeddedMySql.numbers(200000));
      source.commit();
      SyncHarness.run(source, "UPDATE big SET v = id * 2");
      source.commit();
      source.setAutoCommit(true);
      String sum = "SELECT COUNT(*), SUM(v), MIN(LENGTH(t)) FROM big";
      long[] most = {0};
      Awaitility.await()
          .atMost(java.time.Duration.ofSeconds(150))
          .pollInterval(java.time.Duration.ofMillis(500))
          .until(
              () -> {
                most[0] = Math.max(most[0], usedHeap() - before);
                return SyncHarness.rows(target, sum).equals(SyncHarness.rows(source, sum));
              });
      // The rows and their images alone are 250 MB as text: what lives must not grow with them.
      assertThat(most[0]).as("live heap beyond that before").isLessThan(200L << 20);
    }
  }

  /** What is alive: a collection comes first. */
  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void aReaderSeesWholeSourceTransactionsOnly() throws Exception {
    SyncHarness.run(source, Counters.TABLE.toArray(String[]::new));
    try (Counters counters = new Counters(servers.mySqlA(), database, 3, 1000);
        Connection target = synced(", 'apply.transactions' = 'source', 'apply.batch-rows' = '5'")) {
      // What changed during the copy has come before the copy counts as done; see docs/delivery.md.
      long until = counters.transactions() + 1500;
      int reads = 0;
      while (counters.transactions() < until) {
        String total = SyncHarness.rows(target, "SELECT SUM(balance) FROM c").get(0).get(0);
        assertThat(total).isEqualTo(Long.toString(Counters.TOTAL));
        reads++;
      }
      assertThat(reads).isGreaterThan(20);
      counters.close();
      SyncHarness.awaitEqual(source, Counters.STATE, target, Counters.STATE);
    }
  }
}
