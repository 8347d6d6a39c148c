package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Sites that all write, with syncs from each to each: nothing is lost, doubled or goes round. */
@ExtendWith(ServersExtension.class)
class SitesIT {
  private static final String TABLE =
      "CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR(50), n INT NOT NULL)";

  private final Servers servers;
  @TempDir Path folder;
  private EmbeddedFlink flink;
  private SyncHarness syncs;

  SitesIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() {
    flink = EmbeddedFlink.start(1, 8, Map.of());
    syncs = new SyncHarness(flink, folder.resolve("state"));
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
  }

  @Test
  void twoSites() throws Exception {
    Site bj = Site.create(1, "bj", servers.mySqlA());
    Site sh = Site.create(2, "sh", servers.mySqlB());
    bj.run(
        TABLE, "INSERT INTO t SELECT seq, CONCAT('旧 ', seq), 0 FROM " + EmbeddedMySql.numbers(500));
    bj.keepVersions("t");
    sh.run(TABLE);
    sh.keepVersions("t");
    SiteMesh mesh = new SiteMesh(syncs, folder, List.of(bj, sh), "t");
    mesh.startAll();
    assertThat(mesh.applied()).containsExactly(0L, 0L);
    try (SiteWorkload atBj = new SiteWorkload(bj, mesh.zsids(), 0);
        SiteWorkload atSh = new SiteWorkload(sh, mesh.zsids(), 2)) {
      Thread.sleep(1500);
      mesh.stop(sh, bj);
      Thread.sleep(1000);
      mesh.start(sh, bj);
      Thread.sleep(1500);
      atBj.close();
      atSh.close();
      mesh.awaitEqual("t");
      assertThat(List.of(atBj.changes(), atSh.changes())).allMatch(changes -> changes > 100);
      assertThat(mesh.applied()).containsExactly(atBj.changes(), atSh.changes());
    }
    mesh.assertAtRest();
    assertThat(mesh.conflicts()).isEmpty();
  }

  @Test
  void threeSites() throws Exception {
    List<Site> sites =
        List.of(
            Site.create(1, "bj", servers.mySqlA()),
            Site.create(2, "sh", servers.mySqlB()),
            Site.create(3, "gz", servers.mySqlA()));
    for (Site site : sites) {
      site.run(TABLE);
      site.keepVersions("t");
    }
    SiteMesh mesh = new SiteMesh(syncs, folder, sites, "t");
    mesh.startAll();
    List<SiteWorkload> apps = new ArrayList<>();
    for (int i = 0; i < sites.size(); i++) {
      apps.add(new SiteWorkload(sites.get(i), mesh.zsids(), 2 * i));
    }
    Thread.sleep(1500);
    Site gz = sites.get(2);
    mesh.stop(sites.get(0), gz);
    mesh.stop(gz, sites.get(1));
    Thread.sleep(1000);
    mesh.start(sites.get(0), gz);
    mesh.start(gz, sites.get(1));
    Thread.sleep(1000);
    List<Long> expected = new ArrayList<>();
    for (SiteWorkload app : apps) {
      app.close();
      expected.addAll(List.of(app.changes(), app.changes()));
    }
    mesh.awaitEqual("t");
    assertThat(expected).allMatch(changes -> changes > 50);
    assertThat(mesh.applied()).isEqualTo(expected);
    mesh.assertAtRest();
    assertThat(mesh.conflicts()).isEmpty();
  }

  /** No column is needed: transactions that syncs write are marked, and left out. */
  @Test
  void twoSitesByMarkers() throws Exception {
    Site bj = Site.create(1, "bj", servers.mySqlA());
    Site sh = Site.create(2, "sh", servers.mySqlB());
    bj.run(
        TABLE, "INSERT INTO t SELECT seq, CONCAT('旧 ', seq), 0 FROM " + EmbeddedMySql.numbers(500));
    SiteMesh mesh = new SiteMesh(syncs, folder, List.of(bj, sh));
    String marker = "'loop.prevention' = 'marker'";
    syncs.start(mesh.definition(bj, sh, marker), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(mesh.sync(bj, sh));
    syncs.start(
        mesh.definition(sh, bj, marker + ", 'scan.startup.mode' = 'latest-offset'"),
        SyncLauncher.Start.CONTINUE);
    mesh.awaitReading(sh, bj);
    try (SiteWorkload atBj = new SiteWorkload(bj, mesh.zsids(), 0);
        SiteWorkload atSh = new SiteWorkload(sh, mesh.zsids(), 2)) {
      Thread.sleep(2500);
      atBj.close();
      atSh.close();
      mesh.awaitEqual("t", "*");
      assertThat(mesh.applied()).containsExactly(atBj.changes(), atSh.changes());
    }
    mesh.assertAtRest();
    assertThat(mesh.conflicts()).isEmpty();
  }

  /** The first site is copied to the others, which are empty; no column is needed. */
  @Test
  void threeSitesByMarkers() throws Exception {
    List<Site> sites =
        List.of(
            Site.create(1, "bj", servers.mySqlA()),
            Site.create(2, "sh", servers.mySqlB()),
            Site.create(3, "gz", servers.mySqlA()));
    Site bj = sites.get(0);
    bj.run(
        TABLE, "INSERT INTO t SELECT seq, CONCAT('旧 ', seq), 0 FROM " + EmbeddedMySql.numbers(500));
    SiteMesh mesh = new SiteMesh(syncs, folder, sites, "t");
    for (Site to : sites.subList(1, 3)) {
      String marker = "'loop.prevention' = 'marker', " + mesh.zones(bj, to);
      syncs.start(mesh.definition(bj, to, marker), SyncLauncher.Start.CONTINUE);
    }
    for (Site to : sites.subList(1, 3)) {
      syncs.awaitCopied(mesh.sync(bj, to));
    }
    for (Site from : sites.subList(1, 3)) {
      for (Site to : sites) {
        if (!from.equals(to)) {
          String marker = "'loop.prevention' = 'marker', " + mesh.zones(from, to);
          syncs.start(
              mesh.definition(from, to, marker + ", 'scan.startup.mode' = 'latest-offset'"),
              SyncLauncher.Start.CONTINUE);
          mesh.awaitReading(from, to);
        }
      }
    }
    List<SiteWorkload> apps = new ArrayList<>();
    for (int i = 0; i < sites.size(); i++) {
      apps.add(new SiteWorkload(sites.get(i), mesh.zsids(), 2 * i));
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> apps.stream().allMatch(app -> app.changes() > 100));
    List<Long> expected = new ArrayList<>();
    for (SiteWorkload app : apps) {
      app.close();
      expected.addAll(List.of(app.changes(), app.changes()));
    }
    mesh.awaitEqual("t", "*");
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(mesh.applied()).isEqualTo(expected));
    mesh.assertAtRest();
    assertThat(mesh.conflicts()).isEmpty();
  }

  /** Marks are part of prepared transactions too. */
  @Test
  void twoSitesWithPreparedTransactions() throws Exception {
    Site bj = Site.create(1, "bj", servers.mySqlA());
    Site sh = Site.create(2, "sh", servers.mySqlB());
    for (Site site : List.of(bj, sh)) {
      site.run(TABLE);
      site.keepVersions("t");
    }
    SiteMesh mesh = new SiteMesh(syncs, folder, List.of(bj, sh), "t");
    String xa = ", 'delivery' = 'exactly-once-xa'";
    syncs.start(mesh.definition(bj, sh, mesh.byVersion(bj, sh) + xa), SyncLauncher.Start.CONTINUE);
    syncs.start(mesh.definition(sh, bj, mesh.byVersion(sh, bj) + xa), SyncLauncher.Start.CONTINUE);
    mesh.awaitCopied();
    try (SiteWorkload atBj = new SiteWorkload(bj, mesh.zsids(), 0);
        SiteWorkload atSh = new SiteWorkload(sh, mesh.zsids(), 2)) {
      Thread.sleep(2500);
      atBj.close();
      atSh.close();
      mesh.awaitEqual("t");
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> assertThat(mesh.applied()).containsExactly(atBj.changes(), atSh.changes()));
    }
    mesh.assertAtRest();
    assertThat(mesh.conflicts()).isEmpty();
  }

  @Test
  void writesOfASiteThatDoesNotOwnTheRowAreRecordedAndNotApplied() throws Exception {
    Site bj = Site.create(1, "bj", servers.mySqlA());
    Site sh = Site.create(2, "sh", servers.mySqlB());
    for (Site site : List.of(bj, sh)) {
      site.run(TABLE);
      site.keepVersions("t");
    }
    SiteMesh mesh = new SiteMesh(syncs, folder, List.of(bj, sh), "t");
    mesh.startAll();
    // Of four ZSIDs bj owns 0 and 1.
    sh.run("INSERT INTO t VALUES (2, 'theirs', 1), (3, 'theirs too', 1)");
    mesh.awaitEqual("t");
    bj.run(
        "INSERT INTO t VALUES (6, 'not mine', 1)",
        "UPDATE t SET v = 'changed' WHERE id = 2",
        "DELETE FROM t WHERE id = 3",
        "INSERT INTO t VALUES (4, 'mine', 1)");
    bj.run("SET @pi_dts_apply = 1", "INSERT INTO t VALUES (5, 'past the triggers', 1)");
    bj.run("UPDATE t SET n = 2 WHERE id = 4");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> sh.rows("SELECT n FROM t WHERE id = 4").equals(List.of(List.of("2"))));
    assertThat(sh.rows("SELECT id, v FROM t ORDER BY id"))
        .containsExactly(List.of("2", "theirs"), List.of("3", "theirs too"), List.of("4", "mine"));
    List<List<String>> conflicts =
        sh.rows(
            "SELECT kind, op, before_row, after_row, target_row, reason, state FROM pi_dts_conflict"
                + " ORDER BY id");
    assertThat(conflicts)
        .extracting(row -> row.get(0) + " " + row.get(1))
        .containsExactly(
            "NOT_OWNER INSERT", "NOT_OWNER UPDATE", "NOT_OWNER DELETE", "NOT_OWNER INSERT");
    assertThat(conflicts.get(0).get(3)).contains("not mine");
    assertThat(conflicts.get(0).get(4)).isNull();
    assertThat(conflicts.get(1).get(2)).contains("theirs");
    assertThat(conflicts.get(1).get(3)).contains("changed");
    assertThat(conflicts.get(1).get(4)).contains("theirs");
    assertThat(conflicts.get(1).get(5)).contains("bj (1)").contains("owned by sh (2)");
    assertThat(conflicts.get(3).get(5)).contains("past the triggers");
    assertThat(bj.number("SELECT COUNT(*) FROM pi_dts_conflict")).isZero();
  }

  /** A key that is changed between zones, or past the triggers: no half of it is applied. */
  @Test
  void conflictsThatChangeTheKeyAreRecordedWholeAndNotApplied() throws Exception {
    Site bj = Site.create(1, "bj", servers.mySqlA());
    Site sh = Site.create(2, "sh", servers.mySqlB());
    for (Site site : List.of(bj, sh)) {
      site.run(TABLE);
      site.keepVersions("t");
    }
    SiteMesh mesh = new SiteMesh(syncs, folder, List.of(bj, sh), "t");
    String where = "t: v <> 'gone'";
    startWhere(mesh, bj, sh, where);
    startWhere(mesh, sh, bj, where);
    // Of four ZSIDs bj owns 0 and 1.
    bj.run("INSERT INTO t VALUES (100, 'a', 1), (200, 'b', 1), (300, 'c', 1), (400, 'd', 1)");
    sh.run("INSERT INTO t VALUES (102, 'theirs', 1), (202, 'theirs', 1)");
    mesh.awaitEqual("t");
    List<List<String>> before = sh.rows("SELECT t.*, pidal_c FROM t ORDER BY id");
    bj.run(
        "UPDATE t SET id = 10002 WHERE id = 100",
        "UPDATE t SET id = 10004 WHERE id = 102",
        "SET @pi_dts_apply = 1",
        "UPDATE t SET id = 20000 WHERE id = 200",
        "UPDATE t SET id = 20004, v = 'gone' WHERE id = 300",
        "SET @pi_dts_apply = NULL",
        "UPDATE t SET id = 10003, v = 'gone' WHERE id = 400",
        "INSERT INTO t VALUES (500, 'last', 1)",
        "UPDATE t SET id = 504 WHERE id = 500");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> sh.number("SELECT COUNT(*) FROM t WHERE id = 504") == 1);
    assertThat(sh.rows("SELECT t.*, pidal_c FROM t WHERE id <> 504 ORDER BY id")).isEqualTo(before);
    List<List<String>> conflicts =
        sh.rows("SELECT kind, op, before_row, after_row, reason FROM pi_dts_conflict ORDER BY id");
    assertThat(conflicts)
        .extracting(row -> row.get(0) + " " + row.get(1))
        .containsOnly("NOT_OWNER UPDATE")
        .hasSize(5);
    assertThat(conflicts.get(0).get(2)).contains("100");
    assertThat(conflicts.get(0).get(3)).contains("10002");
    assertThat(conflicts.get(0).get(4)).contains("10002").contains("owned by sh (2)");
    assertThat(conflicts.get(1).get(2)).contains("102");
    assertThat(conflicts.get(1).get(3)).contains("10004");
    assertThat(conflicts.get(2).get(4)).contains("past the triggers");
    assertThat(conflicts.get(3).get(4)).contains("past the triggers");
    assertThat(conflicts.get(4).get(4)).contains("10003").contains("owned by sh (2)");
    assertThat(bj.number("SELECT COUNT(*) FROM pi_dts_conflict")).isZero();
  }

  /** Not by its change, and not by a copy that reads the row later, however new it is. */
  @Test
  void copiesDoNotReplaceWhatTheOwnerHasWritten() throws Exception {
    Site bj = Site.create(1, "bj", servers.mySqlA());
    Site sh = Site.create(2, "sh", servers.mySqlB());
    for (Site site : List.of(bj, sh)) {
      site.run(TABLE);
      site.keepVersions("t");
    }
    SiteMesh mesh = new SiteMesh(syncs, folder, List.of(bj, sh), "t");
    mesh.startAll();
    // Of four ZSIDs bj owns 0 and 1.
    sh.run("INSERT INTO t VALUES (2, 'theirs', 1), (3, 'theirs too', 1), (6, 'theirs', 1)");
    bj.run("INSERT INTO t VALUES (4, 'mine', 1), (5, 'mine', 1)");
    mesh.awaitEqual("t");
    List<List<String>> before = sh.rows("SELECT t.*, pidal_c FROM t WHERE id < 6 ORDER BY id");
    bj.run("UPDATE t SET v = 'changed' WHERE id = 2", "INSERT INTO t VALUES (10, 'moved', 1)");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> sh.number("SELECT COUNT(*) FROM pi_dts_conflict") == 2);
    mesh.stop(bj, sh);
    // What got lost is copied again; the lost row of another zone was written there last.
    sh.run("SET @pi_dts_apply = 1", "DELETE FROM t WHERE id IN (5, 6)");
    bj.run("UPDATE t SET v = 'changed too' WHERE id = 3");
    sh.run("DELETE FROM pi_dts_conflict");
    mesh.startFresh(bj, sh);
    syncs.awaitCopied(mesh.sync(bj, sh));
    assertThat(sh.rows("SELECT t.*, pidal_c FROM t WHERE id < 6 ORDER BY id")).isEqualTo(before);
    // Nobody else has it.
    assertThat(sh.rows("SELECT v FROM t WHERE id > 5")).containsExactly(List.of("moved"));
    List<List<String>> conflicts =
        sh.rows(
            "SELECT kind, op, after_row, target_row, reason FROM pi_dts_conflict ORDER BY row_key");
    assertThat(conflicts).extracting(row -> row.get(0)).containsExactly("NOT_OWNER", "NOT_OWNER");
    assertThat(conflicts.get(0).get(2)).contains("changed");
    assertThat(conflicts.get(0).get(3)).contains("theirs");
    assertThat(conflicts.get(0).get(4)).contains("owned by sh (2)").contains("read by the copy");
    assertThat(conflicts.get(1).get(2)).contains("changed too");
    mesh.stop(bj, sh);
    mesh.startFresh(bj, sh);
    syncs.awaitCopied(mesh.sync(bj, sh));
    assertThat(sh.rows("SELECT t.*, pidal_c FROM t WHERE id < 6 ORDER BY id")).isEqualTo(before);
  }

  /** What was not taken when it was inserted is not taken when the copy comes to it either. */
  @Test
  void aCopyUnderWayDoesNotBringWhatWasRecordedAsAConflict() throws Exception {
    Site bj = Site.create(1, "bj", servers.mySqlA());
    Site sh = Site.create(2, "sh", servers.mySqlB());
    bj.run(TABLE, "INSERT INTO t SELECT 4 * seq, 'mine', 0 FROM " + EmbeddedMySql.numbers(6000));
    sh.run(TABLE);
    bj.keepVersions("t");
    sh.keepVersions("t");
    SiteMesh mesh = new SiteMesh(syncs, folder, List.of(bj, sh), "t");
    String sync =
        syncs.start(
            mesh.definition(
                bj,
                sh,
                mesh.byVersion(bj, sh) + ", 'copy.chunk-rows' = '50', 'copy.rate-limit' = '60'"),
            SyncLauncher.Start.CONTINUE);
    syncs.await(sync, () -> sh.number("SELECT COUNT(*) FROM t") > 0);
    // Of four ZSIDs bj owns 0 and 1.
    bj.run("INSERT INTO t VALUES (400002, 'not mine', 1), (400004, 'mine', 1)");
    syncs.await(sync, () -> sh.rows("SELECT kind FROM pi_dts_conflict").size() == 1);
    assertThat(sh.number("SELECT COUNT(*) FROM t")).isLessThan(6001);
    syncs.control().limit(sync, Map.of(CopyLimit.ROWS, "0"));
    syncs.awaitCopied(sync);
    assertThat(sh.rows("SELECT id FROM t WHERE id > 400000")).containsExactly(List.of("400004"));
    assertThat(sh.number("SELECT COUNT(*) FROM t")).isEqualTo(6001);
    assertThat(sh.rows("SELECT kind FROM pi_dts_conflict")).hasSize(1);
  }

  private void startWhere(SiteMesh mesh, Site from, Site to, String where) {
    String definition = mesh.definition(from, to, mesh.byVersion(from, to));
    syncs.start(
        definition.replace(" WITH ('name'", " WHERE (" + where + ") WITH ('name'"),
        SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(mesh.sync(from, to));
  }

  /** Nobody knows whose a row is that has got past the triggers; the remedy gives it a version. */
  @Test
  void aCopiedRowWithoutAVersionEndsTheSyncUntilItHasOne() throws Exception {
    Site bj = Site.create(1, "bj", servers.mySqlA());
    Site sh = Site.create(2, "sh", servers.mySqlB());
    for (Site site : List.of(bj, sh)) {
      site.run(TABLE);
      site.keepVersions("t");
    }
    bj.run("INSERT INTO t VALUES (4, 'mine', 1)");
    bj.run("SET @pi_dts_apply = 1", "INSERT INTO t VALUES (5, 'past the triggers', 1)");
    SiteMesh mesh = new SiteMesh(syncs, folder, List.of(bj, sh), "t");
    mesh.start(bj, sh);
    String sync = mesh.sync(bj, sh);
    String failure =
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(
                () -> {
                  SyncStatus status = syncs.control().status(sync);
                  return status.state().equals("FAILED") ? status.failure() : "";
                },
                text -> !text.isEmpty());
    assertThat(failure).contains("PI-2014", "has no version");
    Matcher remedy = Pattern.compile("UPDATE .* < \\d+").matcher(failure);
    assertThat(remedy.find()).as(failure).isTrue();
    bj.run(remedy.group());
    try {
      mesh.start(bj, sh);
    } catch (DtsException e) {
      // It ended before its first checkpoint, and after the first of its progress.
      assertThat(e.error()).isEqualTo(DtsError.SYNC_NO_STATE);
      mesh.startFresh(bj, sh);
    }
    mesh.awaitEqual("t");
    assertThat(sh.number("SELECT COUNT(*) FROM t")).isEqualTo(2);
  }

  /** Rows of a table without ZSKey belong to nobody: whoever deletes one deletes it everywhere. */
  @Test
  void deletesOfRowsThatAnotherSiteWrote() throws Exception {
    Site bj = Site.create(1, "bj", servers.mySqlA());
    Site sh = Site.create(2, "sh", servers.mySqlB());
    for (Site site : List.of(bj, sh)) {
      site.run(TABLE);
      site.keepVersions("t");
    }
    SiteMesh mesh = new SiteMesh(syncs, folder, List.of(bj, sh));
    mesh.startAll();
    bj.run("INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 1)");
    mesh.awaitEqual("t");
    sh.run("DELETE FROM t WHERE id = 1", "UPDATE t SET n = 7 WHERE id = 2");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> bj.rows("SELECT id, n FROM t").equals(List.of(List.of("2", "7"))));
    mesh.awaitEqual("t");
    assertThat(mesh.applied()).containsExactly(2L, 2L);
    mesh.assertAtRest();
    assertThat(mesh.conflicts()).isEmpty();
  }
}
