package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** Changes of tables that are about more than one of them, and names that Hive must have quoted. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class HiveRelatedChangesIT {
  private final Servers servers;
  @TempDir Path state;
  private HiveChangesBench bench;

  HiveRelatedChangesIT(Servers servers) {
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

  /** The statements of gh-ost, with a ghost table that is changed more than once. */
  @ParameterizedTest
  @ValueSource(strings = {"changelog", "merge", "paimon"})
  void whatWasDoneToAGhostTableIsDoneInItsOrder(String layout) throws Exception {
    bench.start(", 'ddl' = 'evolve', 'hive.layout' = '" + layout + "'");
    boolean log = layout.equals("changelog");
    bench.run(
        "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
        "CREATE TABLE _t_gho LIKE t",
        "ALTER TABLE _t_gho ADD COLUMN n INT NOT NULL DEFAULT 5",
        "ALTER TABLE _t_gho ADD COLUMN m VARCHAR(9) DEFAULT 'it'",
        log ? "ALTER TABLE _t_gho RENAME COLUMN a TO b" : "ALTER TABLE _t_gho ADD COLUMN b INT",
        log
            ? "INSERT INTO _t_gho (id, b, d) SELECT id, a, d FROM t"
            : "INSERT INTO _t_gho (id, a, d) SELECT id, a, d FROM t",
        "RENAME TABLE t TO _t_del, _t_gho TO t",
        "UPDATE t SET n = 6, m = NULL WHERE id MOD 10 = 2",
        "INSERT INTO t (id, n) VALUES (1000, 1)",
        "DROP TABLE _t_del");
    String columns = log ? "id, b, n, m" : "id, a, b, n, m";
    try (Connection target = bench.target()) {
      if (log) {
        bench.same(target, "t", columns);
        bench.compact();
        bench.same(target, "t", columns);
      } else {
        bench.sameWhenTakenIn(target, "t", columns);
      }
      bench.loseTaskManager();
      bench.run("UPDATE t SET n = 8 WHERE id MOD 10 = 3");
      if (log) {
        bench.same(target, "t", columns);
      } else {
        bench.sameWhenTakenIn(target, "t", columns);
      }
      assertThat(SyncHarness.rows(target, "SHOW TABLES LIKE '_t*'")).isEmpty();
      bench.requireNoChangeTwice(target, "t__log");
    }
  }

  /** MySQL from 9.6 on writes to its binlog what cascades change. */
  @Tag("mariadb-only")
  @ParameterizedTest
  @ValueSource(strings = {"changelog", "merge"})
  void childRowsEndWithParentsThatAreCalledOtherwise(String layout) throws Exception {
    bench.run(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "INSERT INTO p VALUES (0), (1), (2)",
        "ALTER TABLE t ADD p INT",
        "UPDATE t SET p = id MOD 3",
        "ALTER TABLE t ADD CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE");
    bench.start(", 'ddl' = 'evolve', 'hive.layout' = '" + layout + "'");
    boolean log = layout.equals("changelog");
    bench.run(
        "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
        "RENAME TABLE p TO parents",
        "DELETE FROM parents WHERE id = 1",
        "UPDATE t SET a = 'behind' WHERE id MOD 10 = 2");
    try (Connection target = bench.target()) {
      if (log) {
        bench.same(target, "t", "id, a, p");
        bench.compact();
        bench.same(target, "t", "id, a, p");
      } else {
        bench.sameWhenTakenIn(target, "t", "id, a, p");
      }
      bench.loseTaskManager();
      // Both at once.
      bench.run(
          "RENAME TABLE parents TO p, t TO children",
          "DELETE FROM p WHERE id = 2",
          "INSERT INTO children (id, a, p) VALUES (1000, 'last', 0)");
      if (log) {
        bench.same(target, "children", "id, a, p");
      } else {
        bench.sameWhenTakenIn(target, "children", "id, a, p");
      }
      bench.requireNoChangeTwice(target, "children__log");
    }
  }

  @Tag("mariadb-only")
  @Test
  void childRowsEndWithParentsWhoseColumnsAreCalledOtherwise() throws Exception {
    bench.run(
        "CREATE TABLE p (id INT PRIMARY KEY, code INT UNIQUE, other INT)",
        "INSERT INTO p VALUES (0, 10, 0), (1, 11, 0), (2, 12, 0), (3, 13, 0)",
        "ALTER TABLE t ADD p INT",
        "UPDATE t SET p = 10 + id MOD 4",
        "ALTER TABLE t ADD CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (code) ON DELETE CASCADE");
    bench.start(", 'ddl' = 'evolve'");
    bench.run(
        "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
        "DELETE FROM p WHERE id = 0",
        "ALTER TABLE p RENAME COLUMN code TO kode",
        "UPDATE p SET other = 1",
        "DELETE FROM p WHERE id = 1",
        "UPDATE t SET a = 'behind' WHERE id MOD 10 = 2");
    try (Connection target = bench.target()) {
      bench.same(target, "t", "id, a, p");
      bench.loseTaskManager();
      // Names that are both there before, and the child's own.
      bench.run(
          "ALTER TABLE p RENAME COLUMN kode TO other, RENAME COLUMN other TO kode",
          "ALTER TABLE t RENAME COLUMN p TO q, ADD COLUMN n INT DEFAULT 3",
          "UPDATE p SET kode = 2",
          "DELETE FROM p WHERE id = 2",
          "UPDATE t SET a = 'last' WHERE id MOD 10 = 3");
      bench.loseTaskManager();
      bench.same(target, "t", "id, a, q, n");
      bench.compact();
      bench.same(target, "t", "id, a, q, n");
      assertThat(SyncHarness.rows(target, "SELECT count(*) FROM t"))
          .as("rows whose parent is there")
          .containsExactly(List.of("75"));
      bench.requireNoChangeTwice(target, "t__log");
    }
  }

  /** What is not in Hive can't say which rows end; what it would only empty does not matter. */
  @Tag("mariadb-only")
  @Test
  void aForeignKeyOnAColumnThatHiveIsWithoutIsRefusedBeforeItsStatement() throws Exception {
    bench.run("CREATE TABLE p (id INT PRIMARY KEY)", "INSERT INTO p VALUES (0), (1), (2)");
    String options = ", 'ddl' = 'evolve', 'ddl.add-column' = 'ignore'";
    String sync = bench.start(options);
    bench.run(
        "ALTER TABLE t ADD p INT",
        "UPDATE t SET p = id MOD 3",
        "ALTER TABLE t ADD CONSTRAINT empties FOREIGN KEY (p) REFERENCES p (id)"
            + " ON DELETE SET NULL",
        "DELETE FROM p WHERE id = 0",
        "UPDATE t SET a = 'behind' WHERE id MOD 10 = 1");
    try (Connection target = bench.target()) {
      bench.same(target, "t", "id, a");
      bench.run(
          "ALTER TABLE t DROP FOREIGN KEY empties",
          "ALTER TABLE t ADD CONSTRAINT deletes FOREIGN KEY (p) REFERENCES p (id)"
              + " ON DELETE CASCADE");
      assertThat(bench.awaitFailure(sync))
          .contains(
              "PI-2022",
              "ADD CONSTRAINT deletes",
              "foreign key deletes of " + bench.database + ".t is on a column that Hive is without",
              "'hive.cascades' = 'ignore'");
      bench.start(options + ", 'hive.cascades' = 'ignore'");
      bench.run("UPDATE t SET a = 'last' WHERE id MOD 10 = 2");
      bench.same(target, "t", "id, a");
    }
  }

  /** Also those that the server has named, after the name of the table. */
  @Tag("mariadb-only")
  @ParameterizedTest
  @ValueSource(strings = {"changelog", "merge"})
  void foreignKeysThatActComeAndGo(String layout) throws Exception {
    bench.run(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "INSERT INTO p VALUES (0), (1), (2), (3)",
        "ALTER TABLE t ADD p INT",
        "UPDATE t SET p = id MOD 4");
    bench.start(", 'ddl' = 'evolve', 'hive.layout' = '" + layout + "'");
    boolean log = layout.equals("changelog");
    bench.run(
        "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
        "ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE",
        "DELETE FROM p WHERE id = 1",
        "RENAME TABLE t TO children",
        "ALTER TABLE children ADD COLUMN n INT DEFAULT 1",
        "DELETE FROM p WHERE id = 2",
        "UPDATE children SET a = 'behind' WHERE id MOD 10 = 2");
    try (Connection target = bench.target()) {
      same(target, log);
      bench.loseTaskManager();
      bench.run(
          "ALTER TABLE children DROP FOREIGN KEY children_ibfk_1, ADD CONSTRAINT again FOREIGN KEY"
              + " (p) REFERENCES p (id) ON DELETE SET NULL",
          "DELETE FROM p WHERE id = 3",
          "ALTER TABLE children DROP FOREIGN KEY again",
          "UPDATE children SET a = 'last' WHERE id MOD 10 = 3",
          "DELETE FROM p WHERE id = 0",
          "INSERT INTO children (id, a, p) VALUES (1000, 'new', 1)");
      same(target, log);
      bench.compact();
      same(target, log);
      assertThat(SyncHarness.rows(target, "SELECT count(*) FROM children WHERE p = 0"))
          .as("rows that no key ends any more")
          .containsExactly(List.of("75"));
      bench.requireNoChangeTwice(target, "children__log");
    }
  }

  private void same(Connection target, boolean log) {
    if (log) {
      bench.same(target, "children", "id, a, p, n");
    } else {
      bench.sameWhenTakenIn(target, "children", "id, a, p, n");
    }
  }

  /** A sync that follows no changes is stopped before it, and goes on with it. */
  @Tag("mariadb-only")
  @Test
  void aForeignKeyThatComesWhileTheSyncRestsIsKnownAtItsStart() throws Exception {
    bench.run(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "INSERT INTO p VALUES (0), (1), (2)",
        "ALTER TABLE t ADD p INT",
        "UPDATE t SET p = id MOD 3");
    String sync = bench.start("");
    bench.syncs.control().stop(sync);
    bench.run(
        "ALTER TABLE t ADD CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE",
        "DELETE FROM p WHERE id = 1");
    bench.start("");
    try (Connection target = bench.target()) {
      bench.same(target, "t", "id, a, p");
      bench.syncs.control().stop(sync);
      bench.run("ALTER TABLE t DROP FOREIGN KEY of_p", "DELETE FROM p WHERE id = 2");
      bench.start("");
      bench.run("UPDATE t SET a = 'last' WHERE id MOD 10 = 3");
      bench.same(target, "t", "id, a, p");
    }
  }

  /** By the keys of now its rows would stay in Hive, which the source has deleted. */
  @Tag("mariadb-only")
  @Test
  void aForeignKeyThatGoesBehindRowsThatAreToComeIsRefused() throws Exception {
    bench.run(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "INSERT INTO p VALUES (0), (1), (2)",
        "ALTER TABLE t ADD p INT",
        "UPDATE t SET p = id MOD 3",
        "ALTER TABLE t ADD CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE");
    String sync = bench.start("");
    bench.syncs.control().stop(sync);
    bench.run("DELETE FROM p WHERE id = 1", "ALTER TABLE t DROP FOREIGN KEY of_p");
    assertThatThrownBy(() -> bench.start(""))
        .hasMessageContaining("PI-2010")
        .hasMessageContaining("foreign keys of " + bench.database + ".t that act were changed")
        .hasMessageContaining("DROP FOREIGN KEY of_p")
        .hasMessageContaining("rows of " + bench.database + ".p were deleted")
        .hasMessageContaining("'hive.cascades' = 'ignore'");
    bench.start(", 'hive.cascades' = 'ignore'");
    bench.run("UPDATE t SET a = 'behind' WHERE id MOD 10 = 3");
    try (Connection target = bench.target()) {
      HiveHarness.awaitEqual(
          bench.source,
          "SELECT id, a FROM t WHERE p <> 1 ORDER BY id",
          target,
          "SELECT id, a FROM t WHERE p <> 1 ORDER BY id");
      assertThat(SyncHarness.rows(target, "SELECT count(*) FROM t WHERE p = 1"))
          .as("rows that were to stay as they are")
          .containsExactly(List.of("100"));
      // Past the statement the keys of now are right for all that is to come.
      bench.syncs.control().stop(sync);
      bench.run("DELETE FROM p WHERE id = 2");
      bench.start("");
      bench.run("UPDATE t SET a = 'last' WHERE id MOD 10 = 4");
      HiveHarness.awaitEqual(
          bench.source,
          "SELECT id, a FROM t WHERE p <> 1 ORDER BY id",
          target,
          "SELECT id, a FROM t WHERE p <> 1 ORDER BY id");
    }
  }

  @Tag("mariadb-only")
  @Test
  void aForeignKeyThatCannotBeFollowedIsLeftAloneIfAskedFor() throws Exception {
    bench.run(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "INSERT INTO p VALUES (0)",
        "ALTER TABLE t ADD p INT");
    String options = ", 'ddl' = 'evolve', 'hive.layout' = 'paimon'";
    String sync = bench.start(options);
    bench.run(
        "ALTER TABLE t ADD CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE",
        "UPDATE t SET a = 'behind' WHERE id MOD 10 = 1");
    assertThat(bench.awaitFailure(sync))
        .contains(
            "PI-2022", "'hive.layout' = 'paimon' does not follow", "'hive.cascades' = 'ignore'");
    bench.start(options + ", 'hive.cascades' = 'ignore'");
    try (Connection target = bench.target()) {
      bench.sameWhenTakenIn(target, "t", "id, a, p");
      bench.run("ALTER TABLE t DROP FOREIGN KEY of_p", "UPDATE t SET a = 'last' WHERE id < 9");
      bench.sameWhenTakenIn(target, "t", "id, a, p");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"changelog", "merge", "paimon"})
  void namesMayBeWordsOfSql(String layout) throws Exception {
    bench.run(
        "CREATE TABLE `select` (id INT PRIMARY KEY, `from` VARCHAR(20), `Group By` INT)",
        "INSERT INTO `select` VALUES (1, 'one', 1), (2, 'two', 2)");
    boolean log = layout.equals("changelog");
    bench.start(
        ", 'ddl' = 'evolve', 'hive.layout' = '"
            + layout
            + "'"
            + (log ? ", 'ddl.drop-column' = 'evolve'" : ""));
    bench.run(
        "ALTER TABLE `select` ADD COLUMN `größe in m²` INT DEFAULT 3,"
            + " ADD COLUMN `it's` VARCHAR(20) DEFAULT '1; or \"two\"'",
        "UPDATE `select` SET `from` = 'changed', `it's` = NULL WHERE id = 2",
        "INSERT INTO `select` VALUES (3, 'three', 3, 4, 'x')");
    String columns = "id, `from`, `group by`, `größe in m²`, `it's`";
    try (Connection target = bench.target()) {
      if (!log) {
        bench.sameWhenTakenIn(target, "`select`", columns);
        return;
      }
      bench.same(target, "`select`", columns);
      bench.compact();
      bench.same(target, "`select`", columns);
      bench.run(
          "ALTER TABLE `select` RENAME COLUMN `from` TO `order`, DROP COLUMN `it's`",
          "RENAME TABLE `select` TO `table`",
          "UPDATE `table` SET `order` = 'again', `Group By` = 9 WHERE id = 1");
      bench.same(target, "`table`", "id, `order`, `group by`, `größe in m²`");
      bench.compact();
      bench.same(target, "`table`", "id, `order`, `group by`, `größe in m²`");
    }
  }

  /**
   * What a source shows of a FLOAT that becomes a DOUBLE: all digits of the nearest float. Hive
   * reads files of ORC by the shortest text instead.
   */
  @ParameterizedTest
  @ValueSource(strings = {"orc", "parquet"})
  void oldRowsHaveTheFloatThatTheirDefaultWas(String format) throws Exception {
    bench.start(", 'ddl' = 'evolve', 'hive.format' = '" + format + "'");
    bench.run(
        "ALTER TABLE t ADD COLUMN f FLOAT DEFAULT 0.1",
        "UPDATE t SET f = 0.2 WHERE id MOD 10 = 1",
        "ALTER TABLE t MODIFY f DOUBLE",
        "UPDATE t SET f = 0.3 WHERE id MOD 10 = 2");
    try (Connection target = bench.target()) {
      String value = format.equals("orc") ? "ROUND(f, 6)" : "f";
      bench.same(target, "t", "id, " + value);
      bench.compact();
      bench.same(target, "t", "id, " + value);
      assertThat(SyncHarness.rows(target, "SELECT f FROM t WHERE id IN (1, 2, 3) ORDER BY id"))
          .containsExactly(
              List.of(format.equals("orc") ? "0.2" : "0.20000000298023224"),
              List.of("0.3"),
              List.of("0.10000000149011612"));
    }
  }
}
