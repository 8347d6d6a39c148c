package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Columns that go, get other names and types, and tables that are emptied, dropped and renamed, in
 * order with the rows before and behind them, through losses of the task manager; files from before
 * are read through HiveServer2.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class HiveTableChangesIT {
  private final Servers servers;
  @TempDir Path state;
  private HiveChangesBench bench;

  HiveTableChangesIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    bench = new HiveChangesBench(servers, state);
  }

  @AfterEach
  void stop() throws SQLException {
    bench.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"orc", "parquet"})
  void columnsGoAndChange(String format) throws Exception {
    bench.run(
        "ALTER TABLE t ADD n INT, ADD m DECIMAL(10,2), ADD f FLOAT, ADD s SMALLINT, ADD z INT",
        "UPDATE t SET n = id * 1000, m = id / 4, f = id / 8, s = id, z = -id");
    bench.start(
        ", 'ddl' = 'evolve', 'ddl.drop-column' = 'evolve', 'hive.format' = '" + format + "'");
    bench.run("UPDATE t SET a = 'before' WHERE id MOD 10 = 1");
    try (Connection target = bench.target()) {
      // Types grow, of the key as well, in files that are there already.
      bench.run(
          "ALTER TABLE t MODIFY id BIGINT NOT NULL, MODIFY n BIGINT, MODIFY m DECIMAL(20,4),"
              + " MODIFY f DOUBLE, MODIFY s INT, MODIFY a VARCHAR(500)",
          "UPDATE t SET n = 9223372036854775807, m = 1234567890123456.0001, f = 1e300, s = -70000"
              + " WHERE id MOD 10 = 2",
          "INSERT INTO t VALUES (5000000000, 'behind', '2024-01-02 11:00:00', NULL, -1, 2, 3, 4)");
      bench.same(target, "t", "id, a, n, m, f, s, z");
      bench.compact();
      bench.same(target, "t", "id, a, n, m, f, s, z");
      // A column goes, one gets another name, two swap theirs, and one comes under an old name.
      bench.run("UPDATE t SET s = 5 WHERE id MOD 10 = 3");
      bench.loseTaskManager();
      bench.run(
          "ALTER TABLE t DROP COLUMN s, RENAME COLUMN a TO b, RENAME COLUMN n TO z,"
              + " RENAME COLUMN z TO n",
          "UPDATE t SET b = 'renamed', z = 8, n = 9 WHERE id MOD 10 = 4",
          "INSERT INTO t (id, b, d) VALUES (2000, 'later', '2024-01-03 11:00:00')");
      bench.same(target, "t", "id, b, n, m, f, z");
      assertThat(bench.followed().get(0).target())
          .contains("column s left out of the view", "column a is called b in the view");
      bench.run(
          "ALTER TABLE t ADD COLUMN s VARCHAR(9) DEFAULT 'new', ADD COLUMN a INT",
          "UPDATE t SET s = NULL, a = id WHERE id MOD 10 = 5",
          "DELETE FROM t WHERE id MOD 10 = 6");
      bench.same(target, "t", "id, b, n, m, f, z, s, a");
      bench.compact();
      bench.loseTaskManager();
      bench.run("UPDATE t SET a = 1, s = 'last' WHERE id MOD 10 = 7");
      bench.same(target, "t", "id, b, n, m, f, z, s, a");
      assertThat(SyncHarness.rows(target, "DESCRIBE t").stream().map(row -> row.get(0)))
          .containsExactlyInAnyOrder("id", "b", "d", "n", "m", "f", "z", "s", "a", "d_day");
      assertThat(SyncHarness.rows(target, "DESCRIBE t__log").stream().map(row -> row.get(0)))
          .contains("a", "s", "s__2", "a__2")
          .doesNotContain("b");
      bench.requireNoChangeTwice(target, "t__log");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"changelog", "merge", "paimon"})
  void tablesAreEmptiedDroppedAndMadeAgain(String layout) throws Exception {
    bench.run("CREATE TABLE u (id INT PRIMARY KEY, v TEXT)", "INSERT INTO u VALUES (1, 'one')");
    bench.start(
        ", 'ddl' = 'evolve', 'ddl.truncate-table' = 'evolve', 'ddl.drop-table' = 'evolve',"
            + " 'hive.layout' = '"
            + layout
            + "'");
    bench.run("UPDATE t SET a = 'before' WHERE id MOD 10 = 1");
    try (Connection target = bench.target()) {
      if (layout.equals("changelog")) {
        bench.compact();
      }
      bench.run(
          "UPDATE t SET a = 'again' WHERE id MOD 10 = 2",
          "TRUNCATE TABLE t",
          "TRUNCATE TABLE u",
          "INSERT INTO t VALUES (1, 'first', '2024-01-02 11:00:00'), (7, 'other', NULL)");
      bench.awaitFollowed("TRUNCATE TABLE u");
      taken(target, layout, "t", "id, a");
      taken(target, layout, "u", "id, v");
      bench.loseTaskManager();
      bench.run("UPDATE t SET a = 'more' WHERE id = 1");
      taken(target, layout, "t", "id, a");
      assertThat(
              SyncHarness.rows(target, "SELECT count(*), count(id) FROM t__log WHERE pi_op = 't'"))
          .as("that it was emptied is in the log, once")
          .containsExactly(java.util.List.of("1", "0"));
      bench.requireNoChangeTwice(target, "t__log");
      bench.run(
          "DROP TABLE t",
          "CREATE TABLE t (id INT PRIMARY KEY, w INT, d DATE)",
          "INSERT INTO t VALUES (1, 10, '2024-05-05'), (2, 20, '2024-05-06')");
      taken(target, layout, "t", "id, w");
      bench.loseTaskManager();
      bench.run("UPDATE t SET w = 11 WHERE id = 1", "DROP TABLE u");
      taken(target, layout, "t", "id, w");
      bench.awaitFollowed("DROP TABLE `u`");
      assertThat(SyncHarness.rows(target, "SHOW TABLES LIKE 'u*'")).isEmpty();
    }
  }

  /** Before and behind a rewriting, or as often as the log has to be taken in. */
  private void taken(Connection target, String layout, String table, String columns)
      throws Exception {
    if (layout.equals("changelog")) {
      bench.same(target, table, columns);
      bench.compact();
      bench.same(target, table, columns);
    } else {
      bench.sameWhenTakenIn(target, table, columns);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"changelog", "merge"})
  void tablesGetOtherNamesAndSwapThem(String layout) throws Exception {
    bench.run(
        "CREATE TABLE u (id INT PRIMARY KEY, a VARCHAR(50))", "INSERT INTO u VALUES (1, 'u')");
    bench.start(", 'ddl' = 'evolve', 'hive.layout' = '" + layout + "'");
    try (Connection target = bench.target()) {
      bench.run(
          "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
          "RENAME TABLE u TO v",
          "INSERT INTO v VALUES (2, 'behind')",
          "CREATE TABLE u (id INT PRIMARY KEY, b INT)",
          "INSERT INTO u VALUES (5, 55)");
      taken(target, layout, "v", "id, a");
      taken(target, layout, "u", "id, b");
      bench.loseTaskManager();
      bench.run(
          "UPDATE v SET a = 'changed' WHERE id = 1",
          "RENAME TABLE u TO x, v TO u, x TO v",
          "INSERT INTO u VALUES (3, 'swapped')",
          "INSERT INTO v VALUES (6, 66)");
      taken(target, layout, "u", "id, a");
      taken(target, layout, "v", "id, b");
      assertThat(SyncHarness.rows(target, "SHOW TABLES LIKE 'x*'")).isEmpty();
      bench.requireNoChangeTwice(target, "u__log");
      bench.requireNoChangeTwice(target, "v__log");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"merge", "paimon"})
  void otherLayoutsGetColumns(String layout) throws Exception {
    String sync = bench.start(", 'ddl' = 'evolve', 'hive.layout' = '" + layout + "'");
    try (Connection target = bench.target()) {
      bench.run(
          "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
          "ALTER TABLE t ADD COLUMN c DECIMAL(10,2) NOT NULL DEFAULT 1.50 AFTER id,"
              + " ADD COLUMN e VARCHAR(20) DEFAULT 'it', ADD COLUMN n INT",
          "UPDATE t SET c = 7.25, n = id, e = NULL WHERE id MOD 10 = 2",
          "INSERT INTO t (id, a, d) VALUES (1000, 'behind', '2024-01-02 11:00:00')",
          "DELETE FROM t WHERE id MOD 10 = 3");
      taken(target, layout, "t", "id, a, c, e, n");
      bench.loseTaskManager();
      bench.run(
          "ALTER TABLE t ADD COLUMN z BIGINT NOT NULL, MODIFY a VARCHAR(300)",
          "UPDATE t SET z = 9, d = d + INTERVAL 1 DAY WHERE id MOD 10 = 4");
      taken(target, layout, "t", "id, a, c, e, n, z");
      if (layout.equals("merge")) {
        bench.run("ALTER TABLE t RENAME COLUMN n TO m");
        assertThat(bench.awaitFailure(sync)).contains("PI-2022", "columns are only added");
      }
    }
  }

  @Test
  void columnsOfPaimonGoAndChange() throws Exception {
    bench.run(
        "ALTER TABLE t ADD n INT, ADD m DECIMAL(10,2), ADD f FLOAT, ADD s SMALLINT, ADD z INT",
        "UPDATE t SET n = id * 1000, m = id / 4, f = id / 8, s = id, z = -id");
    bench.start(", 'ddl' = 'evolve', 'ddl.drop-column' = 'evolve', 'hive.layout' = 'paimon'");
    bench.run("UPDATE t SET a = 'before' WHERE id MOD 10 = 1");
    try (Connection target = bench.target()) {
      bench.run(
          "ALTER TABLE t MODIFY n BIGINT, MODIFY m DECIMAL(20,4), MODIFY f DOUBLE, MODIFY s INT",
          "UPDATE t SET n = 9223372036854775807, m = 1234567890123456.0001, f = 1e300, s = -70000"
              + " WHERE id MOD 10 = 2",
          "INSERT INTO t VALUES (5000, 'behind', '2024-01-02 11:00:00', NULL, -1, 2, 3, 4)");
      taken(target, "paimon", "t", "id, a, n, m, f, s, z");
      bench.loseTaskManager();
      // Two swap names, one goes, and another one gets its name.
      bench.run(
          "ALTER TABLE t RENAME COLUMN n TO z, RENAME COLUMN z TO n, RENAME COLUMN a TO b",
          "UPDATE t SET n = 7, b = 'swapped' WHERE id MOD 10 = 3",
          "ALTER TABLE t DROP COLUMN s",
          "DELETE FROM t WHERE id MOD 10 = 4",
          "ALTER TABLE t ADD COLUMN s VARCHAR(20) DEFAULT 'new'",
          "UPDATE t SET s = 'newer', d = d + INTERVAL 1 DAY WHERE id MOD 10 = 5");
      taken(target, "paimon", "t", "id, b, n, m, f, s, z");
      assertThat(SyncHarness.rows(target, "DESCRIBE t").stream().map(row -> row.get(0)))
          .containsExactlyInAnyOrder("id", "b", "d", "n", "m", "f", "s", "z", "pi_lsn", "d_day");
      bench.requireNoChangeTwice(target, "t__log");
    }
  }
}
