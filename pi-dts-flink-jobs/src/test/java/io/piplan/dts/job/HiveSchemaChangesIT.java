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

/** Changes of tables at the source of a sync to a real Hive, read through HiveServer2. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class HiveSchemaChangesIT {
  private final Servers servers;
  @TempDir Path state;
  private HiveChangesBench bench;

  HiveSchemaChangesIT(Servers servers) {
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
  void columnsAreAddedInOrderWithTheRows(String format) throws Exception {
    bench.start(
        ", 'ddl' = 'evolve', 'ddl.rename-column' = 'stop', 'hive.format' = '" + format + "'");
    bench.run(
        "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
        "ALTER TABLE t ADD COLUMN c DECIMAL(10,2) NOT NULL DEFAULT 1.50 AFTER id,"
            + " ADD COLUMN e VARCHAR(20) DEFAULT 'it', ADD COLUMN n INT",
        "UPDATE t SET c = 7.25, n = id WHERE id MOD 10 = 2",
        "INSERT INTO t (id, a, d) VALUES (1000, 'behind', '2024-01-02 11:00:00')",
        "DELETE FROM t WHERE id MOD 10 = 3");
    try (Connection target = bench.target()) {
      bench.same(target, "t", "id, a, c, e, n");
      assertThat(bench.followed()).hasSize(1);
      assertThat(bench.followed().get(0).state()).isEqualTo("done");
      assertThat(bench.followed().get(0).target()).contains("c decimal(10,2)", "e string", "n int");
      // Rows from before the change must keep their values when they become a base.
      bench.compact();
      bench.same(target, "t", "id, a, c, e, n");
      bench.loseTaskManager();
      bench.run(
          // What means nothing in Hive is passed over.
          "ALTER TABLE t ADD INDEX by_a (a), MODIFY a VARCHAR(90), ALTER COLUMN n SET DEFAULT 8",
          "ALTER TABLE t ADD COLUMN z BIGINT NOT NULL",
          "UPDATE t SET z = 9 WHERE id MOD 10 = 4",
          "INSERT INTO t (id, a, d, z) VALUES (1001, 'last', '2024-01-03 12:00:00', 5)",
          "CREATE TABLE u (id INT PRIMARY KEY, v TEXT)",
          "INSERT INTO u VALUES (1, 'made later')");
      bench.same(target, "t", "id, a, c, e, n, z");
      bench.same(target, "u", "id, v");
      bench.compact();
      bench.same(target, "t", "id, a, c, e, n, z");
      bench.requireNoChangeTwice(target, "t__log");
    }
  }

  @Test
  void whatTakesValuesAwayStopsTheSync() throws Exception {
    String sync = bench.start(", 'ddl' = 'evolve'");
    bench.run(
        "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
        "ALTER TABLE t MODIFY d DATETIME",
        "UPDATE t SET a = '17' WHERE id = 2");
    assertThat(bench.awaitFailure(sync)).contains("PI-2010", "narrow-column", "MODIFY d DATETIME");
  }

  @Test
  void whatHiveCannotFollowIsRefusedAndCanBeIgnored() throws Exception {
    String sync = bench.start(", 'ddl' = 'evolve'");
    bench.run(
        "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
        "ALTER TABLE t ADD COLUMN g TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP");
    assertThat(bench.awaitFailure(sync))
        .contains("PI-2022", "new column g", "'ignore'", "ADD COLUMN g TIMESTAMP");
    assertThat(bench.followed().get(0).state()).isEqualTo("failed");
    // It goes on at this very statement.
    bench.start(", 'ddl' = 'evolve', 'ddl.add-column' = 'ignore'");
    bench.run("INSERT INTO t (id, a, d) VALUES (1000, 'behind', '2024-01-02 11:00:00')");
    try (Connection target = bench.target()) {
      bench.same(target, "t", "id, a");
      bench.run("ALTER TABLE t RENAME COLUMN d TO e");
      assertThat(bench.awaitFailure(sync))
          .contains("PI-2022", "column d does not get another name there", "'hive.partition'");
    }
  }
}
