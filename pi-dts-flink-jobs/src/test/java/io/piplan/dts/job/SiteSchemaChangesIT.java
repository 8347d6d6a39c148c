package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Two sites whose syncs follow changes of tables: each is made once at each site. */
@ExtendWith(ServersExtension.class)
class SiteSchemaChangesIT {
  private static final String BOTH = "'loop.prevention' = 'marker'" + DdlLab.ALL;

  private final Servers servers;
  @TempDir Path folder;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private Site bj;
  private Site sh;
  private SiteMesh mesh;

  SiteSchemaChangesIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws Exception {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, folder.resolve("state"));
    bj = Site.create(1, "bj", servers.mySqlA());
    sh = Site.create(2, "sh", servers.mySqlB());
    bj.run(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR(50))",
        "INSERT INTO t VALUES (0, 'bj'), (4, 'bj')",
        "CREATE TABLE old (id BIGINT PRIMARY KEY)");
    mesh = new SiteMesh(syncs, folder, List.of(bj, sh));
    syncs.start(mesh.definition(bj, sh, BOTH), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(mesh.sync(bj, sh));
    Awaitility.await().until(() -> sh.rows("SHOW TABLES LIKE 'old'").size() == 1);
    startBack();
    // The latest place is the one where reading begins, which is after the start.
    mesh.awaitReading(sh, bj);
    sh.run("INSERT INTO t VALUES (2, 'sh')");
    mesh.awaitEqual("t", "*");
  }

  private void startBack() {
    syncs.start(
        mesh.definition(sh, bj, BOTH + ", 'scan.startup.mode' = 'latest-offset'"),
        SyncLauncher.Start.CONTINUE);
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
  }

  @Test
  void whatASyncRepeatsIsNotRepeatedBack() throws Exception {
    List<String> atBj = bj.binlogEnd();
    List<String> atSh = sh.binlogEnd();
    bj.run(
        "ALTER TABLE t ADD COLUMN c INT NOT NULL DEFAULT 1", "INSERT INTO t VALUES (1, 'bj', 5)");
    mesh.awaitEqual("t", "id, v, c");
    sh.run("INSERT INTO t VALUES (3, 'sh', 6)");
    mesh.awaitEqual("t", "id, v, c");
    // And the other way.
    sh.run("ALTER TABLE t ADD COLUMN d VARCHAR(9)", "UPDATE t SET d = 'sh' WHERE id = 2");
    mesh.awaitEqual("t", "id, v, c, d");
    bj.run(
        "CREATE TABLE n (id BIGINT PRIMARY KEY, w INT)",
        "INSERT INTO n VALUES (1, 1)",
        "RENAME TABLE n TO m",
        "ALTER TABLE m ADD INDEX by_w (w)");
    mesh.awaitEqual("m", "*");
    sh.run("INSERT INTO m VALUES (2, 2)");
    mesh.awaitEqual("m", "*");
    sh.run("DROP TABLE old");
    awaitDropped("old");
    bj.run("ALTER TABLE t CHANGE COLUMN v vv VARCHAR(60), DROP COLUMN d, ADD COLUMN d INT");
    mesh.awaitEqual("t", "id, vv, c, d");
    sh.run("UPDATE t SET vv = 'after all', d = 4 WHERE id = 3");
    mesh.awaitEqual("t", "id, vv, c, d");
    bj.run("TRUNCATE TABLE m");
    mesh.awaitEqual("m", "*");
    awaitDone();
    // The column that goes and comes again leaves a mark at the target, which is taken away.
    assertThat(bj.statementsSince(atBj, "ALTER")).hasSize(4);
    assertThat(sh.statementsSince(atSh, "ALTER")).hasSize(5);
    for (Site site : List.of(bj, sh)) {
      List<String> from = site.equals(bj) ? atBj : atSh;
      assertThat(site.statementsSince(from, "CREATE")).as("" + site.zone()).hasSize(1);
      assertThat(site.statementsSince(from, "TRUNCATE")).as("" + site.zone()).hasSize(1);
    }
    assertThat(bj.statementsSince(atBj, "RENAME")).hasSize(2);
    assertThat(sh.statementsSince(atSh, "RENAME")).hasSize(1);
    mesh.assertAtRest();
    assertThat(mesh.conflicts()).isEmpty();
  }

  /** By then the table is no longer what the first of them made of it. */
  @Test
  void changesThatFollowEachOtherAreReadBackWhenAllAreDone() throws Exception {
    mesh.stop(sh, bj);
    bj.run(
        "ALTER TABLE t ADD COLUMN x INT",
        "ALTER TABLE t RENAME COLUMN x TO y",
        "ALTER TABLE t ADD COLUMN z INT",
        "ALTER TABLE t DROP COLUMN z",
        "ALTER TABLE t ADD COLUMN n INT",
        "UPDATE t SET n = 0",
        "ALTER TABLE t MODIFY COLUMN n INT NOT NULL DEFAULT 0",
        "INSERT INTO t (id, v, y) VALUES (8, 'bj', 1)");
    mesh.awaitEqual("t", "id, v, y, n");
    startBack();
    sh.run("INSERT INTO t (id, v, y) VALUES (6, 'sh', 2)");
    mesh.awaitEqual("t", "*");
    awaitDone();
    mesh.assertAtRest();
    assertThat(mesh.conflicts()).isEmpty();
  }

  private void awaitDropped(String table) {
    for (Site site : List.of(bj, sh)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> site.rows("SHOW TABLES LIKE '" + table + "'").isEmpty());
    }
  }

  /** Each direction has seen all statements of the other. */
  private void awaitDone() throws SQLException {
    for (Site site : List.of(bj, sh)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(site.rows("SELECT DISTINCT state FROM pi_dts_ddl"))
                      .containsExactly(List.of("done")));
    }
    for (SyncStatus status : List.of(status(bj, sh), status(sh, bj))) {
      assertThat(status.state()).as(status.failure()).isEqualTo("RUNNING");
    }
  }

  private SyncStatus status(Site from, Site to) {
    return syncs.control().status(mesh.sync(from, to));
  }
}
