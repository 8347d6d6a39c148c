package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Lsn;
import io.piplan.dts.apply.Conflict;
import io.piplan.dts.apply.ConflictKind;
import io.piplan.dts.apply.ConflictState;
import io.piplan.dts.apply.RowLocks;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole syncs whose target somebody else changes, or whose progress is lost. */
@ExtendWith(ServersExtension.class)
class GuardedSyncIT {
  private static final String ALL = "SELECT id, v, f, d, j, dt, pidal_c FROM stock ORDER BY id";

  /** Clocks of zone 1. */
  private static final String VERSION = "(1 << 53) + (%d << 1)";

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private String from;
  private String to;
  private Connection source;
  private Connection target;
  private long clock;

  GuardedSyncIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    from = servers.mySqlA().createDatabase("guard_a");
    to = servers.mySqlB().createDatabase("guard_b");
    source = SyncHarness.connect(servers.mySqlA(), from);
    target = SyncHarness.connect(servers.mySqlB(), to);
    run(
        "CREATE TABLE stock (id INT PRIMARY KEY, v INT, f FLOAT, d DECIMAL(20,4), j JSON,"
            + " dt DATETIME(3), pidal_c BIGINT NOT NULL)");
    for (int id = 1; id <= 20; id++) {
      write("INSERT INTO stock VALUES (" + id + ", 0, 0.1, 1.5, '{\"a\": 1}', NOW(3), %s)");
    }
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    target.close();
    syncs.close();
    flink.close();
  }

  private void run(String sql) throws SQLException {
    SyncHarness.run(source, sql);
  }

  /** A write that gives the row a new version. */
  private void write(String sql) throws SQLException {
    run(sql.formatted(VERSION.formatted(++clock)));
  }

  private void update(int id) throws SQLException {
    write("UPDATE stock SET v = v + 1, f = f * 3, dt = NOW(3), pidal_c = %s WHERE id = " + id);
  }

  private String start(String options) {
    return start(options, SyncLauncher.Start.CONTINUE);
  }

  private String start(String options, SyncLauncher.Start start) {
    return syncs.start(
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + SyncHarness.mySqlCatalog("b", servers.mySqlB())
            + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s',".formatted(from, to, from)
            + " 'checkpoint.interval' = '500 ms'"
            + (options.contains("'source'") ? "" : ", 'parallelism' = '2'")
            + options
            + ");",
        start);
  }

  /** A further unique key sends all rows to one writer; half of the locks are another one's. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void lockedRowsAreReleasedByTheWriterThatTheyGoToByThen(boolean followed) throws Exception {
    String rows = "SELECT id, u, v FROM spread ORDER BY id";
    run("CREATE TABLE spread (id INT PRIMARY KEY, u INT, v INT)");
    // Neighbours share a lane.
    run("INSERT INTO spread SELECT 256 * seq, seq, 0 FROM " + EmbeddedMySql.numbers(40));
    String options = ", 'verify.before-image' = 'lock'" + (followed ? ", 'ddl' = 'evolve'" : "");
    String sync = start(options);
    syncs.awaitCopied(sync);
    SyncHarness.run(target, "UPDATE spread SET v = -7");
    run("UPDATE spread SET v = 1");
    RowLocks locks = syncs.control().locks(sync);
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> locks.countAside(sync) == 40);
    if (followed) {
      run("ALTER TABLE spread ADD UNIQUE KEY by_u (u)");
      run("UPDATE spread SET v = 2");
    } else {
      syncs.control().stop(sync);
      run("ALTER TABLE spread ADD UNIQUE KEY by_u (u)");
      run("UPDATE spread SET v = 2");
      start(options);
    }
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> locks.countAside(sync) == 80);
    locks.release(locks.locks(sync), Lsn.START);
    SyncHarness.awaitEqual(source, rows, target, rows);
    run("UPDATE spread SET v = 3");
    SyncHarness.awaitEqual(source, rows, target, rows);
    assertThat(syncs.control().status(sync).held()).isEqualTo(HeldRows.NONE);
  }

  /** Else nobody could unlock it: apps could not write it, nor would it be copied. */
  @ParameterizedTest
  @ValueSource(strings = {"exactly-once", "exactly-once-xa"})
  void aCopyAnewLeavesNoRowLocked(String delivery) throws Exception {
    String options =
        ", 'verify.before-image' = 'lock', 'target.not-empty' = 'upsert', 'delivery' = '%s'"
            .formatted(delivery);
    String sync = start(options);
    syncs.awaitCopied(sync);
    SyncHarness.run(target, "UPDATE stock SET v = -7 WHERE id = 3");
    update(3);
    RowLocks locks = syncs.control().locks(sync);
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> locks.countAside(sync) == 1);
    syncs.control().stop(sync);
    update(3);
    start(options, SyncLauncher.Start.FRESH);
    SyncHarness.awaitEqual(source, ALL, target, ALL);
    update(3);
    SyncHarness.awaitEqual(source, ALL, target, ALL);
    assertThat(SyncHarness.rows(target, "SELECT id FROM stock WHERE pidal_c & 1")).isEmpty();
    assertThat(syncs.control().status(sync).held()).isEqualTo(HeldRows.NONE);
  }

  @ParameterizedTest
  @CsvSource({"exactly-once, row", "exactly-once-xa, row", "exactly-once, source"})
  void aRowChangedByHandIsLockedAndTheStreamGoesOn(String delivery, String transactions)
      throws Exception {
    String sync =
        start(
            ", 'verify.before-image' = 'lock', 'delivery' = '%s', 'apply.transactions' = '%s'"
                .formatted(delivery, transactions));
    for (int i = 0; i < 50; i++) {
      update(1 + i % 20);
    }
    syncs.awaitCopied(sync);
    SyncHarness.awaitEqual(source, ALL, target, ALL);
    SyncHarness.run(target, "UPDATE stock SET v = -7 WHERE id = 3");
    for (int i = 0; i < 60; i++) {
      update(1 + i % 20);
    }
    write("DELETE FROM stock WHERE id = 4 AND %s > 0");
    RowLocks locks = syncs.control().locks(sync);
    String others = ALL.replace("ORDER", "WHERE id <> 3 ORDER");
    SyncHarness.awaitEqual(source, others, target, others);
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> locks.countAside(sync) == 3);
    Conflict conflict = locks.openConflicts(sync, 10).get(0);
    assertThat(conflict.kind()).isEqualTo(ConflictKind.ROW_DIFFERS);
    assertThat(conflict.key()).isEqualTo("{\"id\":\"3\"}");
    assertThat(conflict.target()).contains("\"v\":\"-7\"");
    assertThat(conflict.reason()).endsWith("column v");
    assertThat(SyncHarness.rows(target, "SELECT v, pidal_c & 1 FROM stock WHERE id = 3"))
        .containsExactly(List.of("-7", "1"));
    SyncStatus status = syncs.control().status(sync);
    assertThat(status.held()).isEqualTo(new HeldRows(1, 1, 3));

    locks.release(locks.locks(sync).get(0), Lsn.START);
    update(3);
    SyncHarness.awaitEqual(source, ALL, target, ALL);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> syncs.control().status(sync).held().equals(HeldRows.NONE));
    assertThat(locks.conflicts(sync, 10))
        .extracting(Conflict::state)
        .containsExactly(ConflictState.REPAIRED);
  }

  /** Its rows are not there yet: that one with its name was copied says nothing of them. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTableThatTakesTheNameOfACopiedOneIsCopiedFirst(boolean dropped) throws Exception {
    int rows = 20_000;
    run("CREATE TABLE products (id INT PRIMARY KEY, v INT)");
    run("INSERT INTO products VALUES (1, 1), (2, 1)");
    run("CREATE TABLE products_new LIKE products");
    run("INSERT INTO products_new SELECT seq, 0 FROM " + EmbeddedMySql.numbers(rows));
    String sync =
        syncs.start(
            SyncHarness.mySqlCatalog("a", servers.mySqlA())
                + SyncHarness.mySqlCatalog("b", servers.mySqlB())
                + ("SYNC DATABASE a.`%s` TO b.`%s` EXCLUDING TABLES (products_new) WITH ('name' ="
                        + " '%s', 'checkpoint.interval' = '500 ms', 'parallelism' = '2', 'ddl' ="
                        + " 'evolve', 'ddl.drop-table' = 'evolve', 'verify.before-image' ="
                        + " 'lock');")
                    .formatted(from, to, from),
            SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    run("UPDATE products SET v = 2 WHERE id = 1");
    SyncHarness.awaitEqual(
        source, "SELECT * FROM products", target, "SELECT * FROM products ORDER BY id");
    try (Connection held = SyncHarness.connect(servers.mySqlB(), to)) {
      // The copy does not get to say that it begins anew, for as long as the changes take.
      held.setAutoCommit(false);
      SyncHarness.rows(held, "SELECT * FROM pi_dts_table WHERE tab = 'products' FOR UPDATE");
      run(
          dropped
              ? "DROP TABLE products"
              : "RENAME TABLE products TO products_old, products_new TO products");
      if (dropped) {
        run("RENAME TABLE products_new TO products");
      }
      for (int id = rows; id > rows - 50; id--) {
        run("UPDATE products SET v = v + 1 WHERE id = " + id);
      }
      Thread.sleep(8_000);
      held.rollback();
    }
    String all = "SELECT * FROM products ORDER BY id";
    SyncHarness.awaitEqual(source, all, target, all);
    assertThat(syncs.control().locks(sync).conflicts(sync, 10)).isEmpty();
    // It is verified again when it is copied.
    syncs.awaitCopied(sync);
    SyncHarness.run(target, "UPDATE products SET v = -7 WHERE id = 3");
    run("UPDATE products SET v = v + 1 WHERE id = 3");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> syncs.control().locks(sync).countOpenConflicts(sync) == 1);
  }
}
