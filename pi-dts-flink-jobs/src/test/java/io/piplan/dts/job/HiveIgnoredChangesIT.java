package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stays in Hive as it was, since the sync was told so, and what later gets its names. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class HiveIgnoredChangesIT {
  private final Servers servers;
  @TempDir Path state;
  private HiveChangesBench bench;

  HiveIgnoredChangesIT(Servers servers) {
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

  @Test
  void aColumnThatStaysGivesItsNameAway() throws Exception {
    bench.run("ALTER TABLE t ADD n INT, ADD m INT", "UPDATE t SET n = id, m = -id");
    bench.start(", 'ddl' = 'evolve', 'ddl.drop-column' = 'ignore'");
    bench.run(
        "ALTER TABLE t DROP COLUMN n",
        "UPDATE t SET a = 'changed' WHERE id MOD 10 = 1",
        "INSERT INTO t (id, a) VALUES (1000, 'behind')");
    try (Connection target = bench.target()) {
      bench.same(target, "t", "id, a, m");
      assertThat(SyncHarness.rows(target, "SELECT n FROM t WHERE id IN (1, 2, 1000) ORDER BY id"))
          .as("rows from before have it still, those from behind have none")
          .containsExactly(
              java.util.Collections.singletonList(null),
              List.of("2"),
              java.util.Collections.singletonList(null));
      bench.run("ALTER TABLE t RENAME COLUMN m TO n", "UPDATE t SET n = 7 WHERE id MOD 10 = 3");
      bench.same(target, "t", "id, a, n");
      bench.compact();
      bench.same(target, "t", "id, a, n");
      bench.run(
          "ALTER TABLE t DROP COLUMN n",
          "ALTER TABLE t ADD COLUMN n BIGINT DEFAULT 5",
          "UPDATE t SET n = 6 WHERE id MOD 10 = 4");
      bench.same(target, "t", "id, a, n");
      assertThat(SyncHarness.rows(target, "DESCRIBE t").stream().map(row -> row.get(0)))
          .containsExactlyInAnyOrder("id", "a", "d", "n", "d_day");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"changelog", "merge"})
  void tablesThatStayKeepTheirNames(String layout) throws Exception {
    bench.run(
        "CREATE TABLE u (id INT PRIMARY KEY, v INT)", "INSERT INTO u VALUES (1, 10), (2, 20)");
    String options =
        ", 'ddl' = 'evolve', 'ddl.truncate-table' = 'ignore', 'ddl.drop-table' = 'ignore',"
            + " 'hive.layout' = '"
            + layout
            + "'";
    String sync = bench.start(options);
    boolean log = layout.equals("changelog");
    try (Connection target = bench.target()) {
      bench.run("TRUNCATE TABLE u", "INSERT INTO u VALUES (3, 30)", "UPDATE t SET a = 'x'");
      if (!log) {
        bench.sameWhenTakenIn(target, "t", "id, a");
        bench.compact();
      }
      bench.same(target, "t", "id, a");
      HiveHarness.awaitEqual(
          bench.source,
          "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3",
          target,
          "SELECT id FROM u ORDER BY id");
      // Its name is taken for as long as it stays.
      bench.run("DROP TABLE u", "RENAME TABLE t TO u", "UPDATE u SET a = 'y' WHERE id < 50");
      assertThat(bench.awaitFailure(sync))
          .contains("PI-2022", "already, so that", ".t can't be called u there");
      assertThat(SyncHarness.rows(target, "SELECT count(*) FROM t"))
          .as("nothing was done yet")
          .containsExactly(List.of("300"));
      SyncHarness.run(target, log ? "DROP VIEW u" : "DROP TABLE u", "DROP TABLE u__log");
      if (log) {
        SyncHarness.run(target, "DROP TABLE u__state");
      }
      bench.start(options);
      if (log) {
        bench.same(target, "u", "id, a");
        bench.compact();
        bench.same(target, "u", "id, a");
      } else {
        bench.sameWhenTakenIn(target, "u", "id, a");
      }
      bench.requireNoChangeTwice(target, "u__log");
    }
  }

  @Test
  void aRenamedTableKeepsItsNameInHive() throws Exception {
    bench.start(", 'ddl' = 'evolve', 'ddl.rename-table' = 'ignore'");
    bench.run("RENAME TABLE t TO v", "UPDATE v SET a = 'y' WHERE id < 50");
    try (Connection target = bench.target()) {
      HiveHarness.awaitEqual(
          bench.source,
          "SELECT id, a FROM v ORDER BY id",
          target,
          "SELECT id, a FROM t ORDER BY id");
      bench.loseTaskManager();
      bench.run("ALTER TABLE v ADD COLUMN n INT DEFAULT 4", "DELETE FROM v WHERE id < 10");
      bench.awaitFollowed("ADD COLUMN n");
      HiveHarness.awaitEqual(
          bench.source,
          "SELECT id, a, n FROM v ORDER BY id",
          target,
          "SELECT id, a, n FROM t ORDER BY id");
    }
  }
}
