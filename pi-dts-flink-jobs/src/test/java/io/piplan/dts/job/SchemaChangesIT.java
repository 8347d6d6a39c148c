package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ddl.FollowedStatement;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of tables at the source, with rows before and behind each, on both kinds of target. */
@ExtendWith(ServersExtension.class)
class SchemaChangesIT {
  private static EmbeddedFlink flink;

  private final Servers servers;
  @TempDir Path state;
  private SyncHarness syncs;
  private DdlLab lab;

  SchemaChangesIT(Servers servers) {
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
  void start() {
    syncs = new SyncHarness(flink, state);
  }

  @AfterEach
  void stop() throws SQLException {
    syncs.close();
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyKindIsFollowedInOrder(boolean postgres) throws Exception {
    lab = new DdlLab(servers, syncs, postgres);
    lab.start(DdlLab.ALL);
    columns();
    indexes();
    tables();
    assertThat(lab.states()).hasSize(13).containsOnly("done");
    List<FollowedStatement> told = syncs.control().status(lab.database()).schemaChanges();
    assertThat(told).hasSize(13).allMatch(change -> change.state().equals("done"));
    assertThat(told.get(0).statement()).contains("DROP TABLE");
    if (!postgres) {
      // What nobody asked for twice was not done twice.
      assertThat(lab.targetStatements("ALTER")).hasSize(7);
      assertThat(lab.targetStatements("RENAME")).hasSize(2);
      assertThat(lab.targetStatements("TRUNCATE")).hasSize(1);
      assertThat(lab.targetStatements("DROP")).hasSize(1);
    }
  }

  private void columns() throws Exception {
    lab.run(
        "INSERT INTO t VALUES (4, 'before', 4)",
        "ALTER TABLE t ADD COLUMN c DECIMAL(10,2) NOT NULL DEFAULT 1.50, ADD COLUMN d DATETIME(3)"
            + " AFTER id",
        "INSERT INTO t (id, a, c, d) VALUES (5, 'behind', 7.25, '2024-01-02 03:04:05.678')");
    lab.same("SELECT id, a, b, c, d FROM t ORDER BY id");
    lab.run(
        "ALTER TABLE t CHANGE COLUMN a name VARCHAR(40)",
        "INSERT INTO t (id, name) VALUES (6, 'a name of more than twenty letters')",
        "ALTER TABLE t MODIFY COLUMN b BIGINT NOT NULL DEFAULT 9",
        "UPDATE t SET b = 5000000000 WHERE id = 6",
        "INSERT INTO t (id) VALUES (7)");
    lab.same("SELECT id, name, b, c, d FROM t ORDER BY id");
    lab.run(
        "ALTER TABLE t DROP COLUMN c",
        "ALTER TABLE t RENAME COLUMN d TO e, ALTER COLUMN b SET DEFAULT 11",
        "INSERT INTO t (id, name, e) VALUES (8, 'eight', '2024-01-02 03:04:05.987')");
    lab.same("SELECT id, name, b, e FROM t ORDER BY id");
    assertThat(lab.hasColumn("t", "c")).isFalse();
  }

  private void indexes() throws Exception {
    lab.run(
        "ALTER TABLE t ADD UNIQUE INDEX by_name (name), ADD INDEX by_e (e)",
        // A unique value that goes from row to row: in order only.
        "UPDATE t SET name = NULL WHERE id = 8",
        "INSERT INTO t (id, name) VALUES (9, 'eight')",
        "ALTER TABLE t DROP INDEX by_name",
        "INSERT INTO t (id, name) VALUES (10, 'eight')");
    lab.same("SELECT id, name, b, e FROM t ORDER BY id");
  }

  private void tables() throws Exception {
    lab.run(
        "CREATE TABLE n (id INT PRIMARY KEY, w TEXT)",
        "INSERT INTO n VALUES (1, 'new')",
        "RENAME TABLE n TO m",
        "INSERT INTO m VALUES (2, 'renamed')");
    lab.same("SELECT id, w FROM m ORDER BY id");
    lab.run(
        "RENAME TABLE t TO hold, u TO t, hold TO u",
        "INSERT INTO u (id) VALUES (20)",
        "INSERT INTO t VALUES (2, 'y')");
    lab.same("SELECT id, v FROM t ORDER BY id");
    lab.same("SELECT id, name, b, e FROM u ORDER BY id");
    lab.run("TRUNCATE TABLE m", "INSERT INTO m VALUES (3, 'after')");
    lab.same("SELECT id, w FROM m ORDER BY id");
    lab.run(
        "CREATE TABLE x (PRIMARY KEY (id)) AS SELECT id, v FROM t",
        "DROP TABLE m",
        "INSERT INTO t VALUES (3, 'z')",
        "INSERT INTO x VALUES (4, 'w')");
    lab.same("SELECT id, v FROM t ORDER BY id");
    lab.same("SELECT id, v FROM x ORDER BY id");
    assertThat(lab.isThere("m")).isFalse();
    assertThat(lab.isThere("n")).isFalse();
    assertThat(lab.isThere("hold")).isFalse();
  }

  /** As a table for one night's work does, and did the night before. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTableThatCameAndWentUnseenIsNotWaitedFor(boolean postgres) throws Exception {
    lab = new DdlLab(servers, syncs, postgres);
    String sync = lab.start(DdlLab.ALL);
    lab.run("CREATE TABLE n (id INT PRIMARY KEY, w TEXT)", "INSERT INTO n VALUES (1, 'first')");
    String copied = "SELECT tab FROM pi_dts_table WHERE tab = 'n' AND done";
    syncs.await(sync, () -> !SyncHarness.rows(lab.target(), copied).isEmpty());
    lab.run("DROP TABLE n", "INSERT INTO t VALUES (4, 'four', 4)");
    lab.same("SELECT id, a, b FROM t ORDER BY id");
    syncs.control().stop(sync);
    lab.run(
        "CREATE TABLE n (id INT PRIMARY KEY, w TEXT)",
        "INSERT INTO n VALUES (1, 'second')",
        "DROP TABLE n",
        "INSERT INTO t VALUES (5, 'five', 5)");
    lab.start(DdlLab.ALL);
    lab.same("SELECT id, a, b FROM t ORDER BY id");
    assertThat(lab.states()).hasSize(4).containsOnly("done");
    syncs.awaitCopied(sync);
  }

  /** To MySQL the names of a statement are those of before it. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void columnsSwapNamesAndTakeThoseThatAreFreedLater(boolean postgres) throws Exception {
    lab = new DdlLab(servers, syncs, postgres);
    lab.start(DdlLab.ALL);
    lab.run(
        "ALTER TABLE t ADD COLUMN c VARCHAR(20)",
        "INSERT INTO t VALUES (4, 'a', 4, 'c')",
        "ALTER TABLE t RENAME COLUMN a TO c, RENAME COLUMN c TO a",
        "INSERT INTO t (id, a, b, c) VALUES (5, 'a', 5, 'c')");
    lab.same("SELECT id, a, b, c FROM t ORDER BY id");
    lab.run(
        "ALTER TABLE t CHANGE a d VARCHAR(30), ADD COLUMN a INT NOT NULL DEFAULT 3",
        "INSERT INTO t (id, d, b, c) VALUES (6, 'd', 6, 'c')",
        "ALTER TABLE t ADD COLUMN c INT NOT NULL DEFAULT 8, DROP COLUMN c",
        "INSERT INTO t (id, d) VALUES (7, 'd')",
        "ALTER TABLE t RENAME COLUMN c TO a, RENAME COLUMN a TO id, RENAME COLUMN id TO c",
        "INSERT INTO t (id, c, d) VALUES (8, 8, 'd')",
        "UPDATE t SET d = 'last' WHERE c = 1",
        "DELETE FROM t WHERE c = 2");
    lab.same("SELECT id, a, b, c, d FROM t ORDER BY c");
    assertThat(lab.states()).hasSize(5).containsOnly("done");
  }

  /** What foreign keys do is repeated by the names that columns have by then. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void childRowsGoWithParentsWhoseColumnsAreCalledOtherwise(boolean postgres) throws Exception {
    lab = new DdlLab(servers, syncs, postgres);
    lab.run(
        "CREATE TABLE p (id INT PRIMARY KEY, code INT NOT NULL UNIQUE)",
        "INSERT INTO p VALUES (1, 11), (2, 12), (3, 13), (4, 14)",
        "ALTER TABLE t ADD COLUMN p INT",
        "INSERT INTO t (id, p) VALUES (4, NULL)",
        "UPDATE t SET p = 10 + id",
        "ALTER TABLE t ADD CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (code)"
            + " ON DELETE CASCADE ON UPDATE CASCADE");
    String sync = lab.start(DdlLab.ALL);
    lab.run(
        "DELETE FROM p WHERE id = 1",
        "ALTER TABLE p RENAME COLUMN code TO kode",
        "DELETE FROM p WHERE id = 2",
        "UPDATE p SET kode = 93 WHERE id = 3");
    lab.same("SELECT id, a, p FROM t ORDER BY id");
    syncs.control().stop(sync);
    lab.run(
        "INSERT INTO p VALUES (5, 15)",
        "INSERT INTO t (id, p) VALUES (5, 15)",
        "ALTER TABLE p CHANGE COLUMN kode code INT NOT NULL, CHANGE COLUMN id nr INT",
        "ALTER TABLE t RENAME COLUMN p TO q, ADD COLUMN c INT DEFAULT 1",
        "DELETE FROM p WHERE nr = 5",
        "UPDATE p SET code = 94 WHERE nr = 4");
    lab.start(DdlLab.ALL);
    lab.same("SELECT id, a, q, c FROM t ORDER BY id");
    lab.same("SELECT nr, code FROM p ORDER BY nr");
    lab.run("ALTER TABLE t DROP FOREIGN KEY of_p", "DELETE FROM p", "DELETE FROM t WHERE id = 4");
    lab.same("SELECT id, a, q, c FROM t ORDER BY id");
    assertThat(lab.states()).hasSize(4).containsOnly("done");
  }

  @Test
  void withIgnoreTheTargetStaysAsItIs() throws Exception {
    lab = new DdlLab(servers, syncs, false);
    lab.start(", 'ddl' = 'ignore', 'ddl.modify-column' = 'evolve'");
    lab.run(
        "ALTER TABLE t ADD COLUMN c INT",
        "INSERT INTO t VALUES (4, 'four', 4, 44)",
        "ALTER TABLE t RENAME COLUMN a TO z",
        "INSERT INTO t VALUES (5, 'five', 5, 55)",
        "ALTER TABLE t MODIFY COLUMN z VARCHAR(60)",
        "INSERT INTO t VALUES (6, 'longer than it was allowed to be before', 6, 66)",
        "DROP TABLE u",
        "ALTER TABLE t DROP COLUMN c",
        "INSERT INTO t VALUES (7, 'seven', 7)");
    lab.same("SELECT id, z, b FROM t ORDER BY id", "SELECT id, a, b FROM t ORDER BY id");
    assertThat(lab.hasColumn("t", "c")).isFalse();
    assertThat(lab.isThere("u")).isTrue();
    assertThat(
            SyncHarness.rows(
                lab.target(), "SELECT note FROM pi_dts_ddl ORDER BY file, pos LIMIT 1"))
        .isEqualTo(List.of(List.of("add-column " + lab.database() + ".t.c")));
  }

  /** And not where its job has come to read the tables, some time later. */
  @Test
  void aFirstStartAtTheLatestOffsetBeginsBeforeItReturns() throws Exception {
    lab = new DdlLab(servers, syncs, false);
    syncs.start(
        lab.definition(", 'ddl' = 'evolve', 'scan.startup.mode' = 'latest-offset'"),
        SyncLauncher.Start.CONTINUE);
    lab.run(
        "INSERT INTO t VALUES (4, 'four', 4)",
        "ALTER TABLE t ADD COLUMN c INT",
        "INSERT INTO t VALUES (5, 'five', 5, 55)");
    lab.same("SELECT id, a, b, c FROM t WHERE id > 3 ORDER BY id");
    assertThat(lab.states()).containsExactly("done");
  }

  @Test
  void foreignKeysAndChecksThatComeWithAGhostTableAreToldOf() throws Exception {
    lab = new DdlLab(servers, syncs, false);
    lab.start(", 'ddl' = 'evolve'");
    lab.run(
        "ALTER TABLE u ADD UNIQUE INDEX by_v (v)",
        "CREATE TABLE _t_gho LIKE t",
        "ALTER TABLE _t_gho ADD COLUMN c INT, ADD CONSTRAINT known CHECK (b < 1000)",
        "ALTER TABLE _t_gho ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES u (v)",
        "RENAME TABLE t TO _t_del, _t_gho TO t",
        "INSERT INTO t (id, b) VALUES (7, 7)");
    lab.same("SELECT count(*) FROM t WHERE id = 7");
    assertThat(lab.notes()).contains("not carried over: check known, foreign key fk");
  }

  /** They are the source's own: rows that they let through there go on to the target. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void foreignKeysAndChecksAreNotCarriedOverAndToldOf(boolean postgres) throws Exception {
    lab = new DdlLab(servers, syncs, postgres);
    lab.start(", 'ddl' = 'evolve'");
    lab.run(
        "ALTER TABLE u ADD UNIQUE INDEX by_v (v)",
        "ALTER TABLE t ADD INDEX by_a (a), ADD CONSTRAINT known CHECK (b < 100)",
        "UPDATE t SET a = 'x'",
        "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES u (v)",
        "INSERT INTO t VALUES (4, 'x', 4)",
        "ALTER TABLE t DROP FOREIGN KEY fk, ADD COLUMN c INT",
        "INSERT INTO t VALUES (5, 'nowhere', 5, 55)",
        "ALTER TABLE t DROP CONSTRAINT known",
        "INSERT INTO t VALUES (6, 'much', 600, 66)",
        "ALTER TABLE t ADD CHECK (c < 100)",
        "INSERT INTO t VALUES (7, 'seven', 7, 77)");
    lab.same("SELECT id, a, b, c FROM t ORDER BY id");
    assertThat(lab.constraints()).isEmpty();
    assertThat(lab.notes())
        .containsExactly(
            "",
            "not carried over: check known",
            "not carried over: foreign key fk",
            "not carried over: foreign key fk",
            "not carried over: constraint known",
            "not carried over: check");
    assertThat(syncs.control().status(lab.database()).schemaChanges().get(0).note())
        .isEqualTo("not carried over: check");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsNotAskedForStopsTheSyncBeforeItAndGoesOnThereWhenItIs(boolean postgres)
      throws Exception {
    lab = new DdlLab(servers, syncs, postgres);
    String sync = lab.start(", 'ddl' = 'evolve'");
    lab.run(
        "ALTER TABLE t ADD COLUMN c INT",
        "INSERT INTO t VALUES (4, 'four', 4, 44)",
        "ALTER TABLE t DROP COLUMN b",
        "INSERT INTO t VALUES (5, 'five', 55)");
    assertThat(lab.awaitFailure(sync))
        .contains("PI-2010", "ALTER TABLE t DROP COLUMN b", "drop-column", "'ddl.drop-column'");
    assertThat(lab.hasColumn("t", "c")).isTrue();
    assertThat(lab.hasColumn("t", "b")).isTrue();
    syncs.start(
        lab.definition(", 'ddl' = 'evolve', 'ddl.drop-column' = 'evolve'"),
        SyncLauncher.Start.CONTINUE);
    lab.same("SELECT id, a, c FROM t ORDER BY id");
    assertThat(lab.hasColumn("t", "b")).isFalse();
  }

  @Test
  void whatCannotBeTranslatedIsRefusedWithTheReason() throws Exception {
    lab = new DdlLab(servers, syncs, true);
    String sync = lab.start(DdlLab.ALL);
    lab.run(
        "INSERT INTO t VALUES (4, 'four', 4)", "ALTER TABLE t ADD COLUMN g INT AS (b * 2) STORED");
    String failure = lab.awaitFailure(sync);
    assertThat(failure)
        .contains(
            "PI-2022",
            "ALTER TABLE t ADD COLUMN g INT AS (b * 2) STORED",
            "can't compute g",
            "--fresh");
    lab.same("SELECT id, a, b FROM t ORDER BY id");
    assertThat(lab.hasColumn("t", "g")).isFalse();
    assertThat(lab.states()).containsExactly("failed");
    // Somebody does it by hand, as the message says.
    SyncHarness.run(lab.target(), "ALTER TABLE t ADD COLUMN g INT", "UPDATE t SET g = b * 2");
    lab.run("INSERT INTO t (id, a, b) VALUES (5, 'five', 5)");
    syncs.start(lab.definition(DdlLab.ALL), SyncLauncher.Start.CONTINUE);
    lab.same("SELECT id, a, b, g FROM t ORDER BY id");
    assertThat(lab.states()).containsExactly("done");
  }

  @Test
  void whatTheTargetRefusesIsSaid() throws Exception {
    lab = new DdlLab(servers, syncs, false);
    String sync = lab.start(DdlLab.ALL);
    SyncHarness.run(lab.target(), "INSERT INTO u VALUES (77, 'in the way'), (78, 'in the way')");
    lab.run("ALTER TABLE u ADD UNIQUE KEY by_v (v)");
    assertThat(lab.awaitFailure(sync))
        .contains("PI-3020", "ADD UNIQUE KEY by_v", "Duplicate entry");
    SyncHarness.run(lab.target(), "DELETE FROM u WHERE id > 70");
    syncs.start(lab.definition(DdlLab.ALL), SyncLauncher.Start.CONTINUE);
    lab.run("INSERT INTO u VALUES (2, 'y')");
    lab.same("SELECT id, v FROM u ORDER BY id");
    assertThat(lab.states()).containsExactly("done");
  }
}
