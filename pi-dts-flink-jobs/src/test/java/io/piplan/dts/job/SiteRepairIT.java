package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import io.piplan.dts.job.SyncRepair.Rows;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Repairs and resyncs between two sites that both write: what the target's zone owns, or has
 * written last, is left alone, and nothing of a repair comes back.
 */
@ExtendWith(ServersExtension.class)
class SiteRepairIT {
  /** Of four ZSIDs bj owns 0 and 1, sh 2 and 3. */
  private static final String TABLE =
      "CREATE TABLE %s (id BIGINT PRIMARY KEY, v VARCHAR(50), n INT NOT NULL)";

  private final Servers servers;
  @TempDir Path folder;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private FlinkSyncRepair repairs;
  private Site bj;
  private Site sh;
  private SiteMesh mesh;
  private String toSh;

  SiteRepairIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws Exception {
    flink = EmbeddedFlink.start(1, 8, Map.of());
    syncs = new SyncHarness(flink, folder.resolve("state"));
    repairs =
        new FlinkSyncRepair(folder.resolve("state"), SecretLookup.ofProcess(), Clock.systemUTC());
    bj = Site.create(1, "bj", servers.mySqlA());
    sh = Site.create(2, "sh", servers.mySqlB());
    for (Site site : List.of(bj, sh)) {
      for (String table : List.of("t", "free")) {
        site.run(TABLE.formatted(table));
        site.keepVersions(table);
      }
    }
    mesh = new SiteMesh(syncs, folder, List.of(bj, sh), "t");
    toSh = mesh.sync(bj, sh);
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
  }

  /** Changes rows so that no sync and no trigger knows. */
  private static void damage(Site site, String... statements) throws SQLException {
    String[] all = new String[statements.length + 1];
    all[0] = "SET sql_log_bin = 0, @pi_dts_apply = 1";
    System.arraycopy(statements, 0, all, 1, statements.length);
    site.run(all);
  }

  private RepairReport repair(String table, String... keys) {
    return repairs.repair(
        toSh,
        new Rows(table, Arrays.stream(keys).map(List::of).toList(), Optional.empty()),
        DiffProgress.NONE,
        status -> {});
  }

  private ResyncStatus resync(String table) {
    return repairs.awaitResync(toSh, repairs.resync(toSh, table, Optional.empty()), status -> {});
  }

  private static List<String> shown(Site site, String table) throws SQLException {
    return site.rows("SELECT id, v FROM " + table + " ORDER BY id").stream()
        .map(row -> row.get(0) + " " + row.get(1))
        .toList();
  }

  @Test
  void rowsThatTheTargetsZoneOwnsAreLeftAlone() throws Exception {
    mesh.startAll();
    bj.run("INSERT INTO t VALUES (4, 'a', 1), (5, 'a', 1), (8, 'a', 1), (9, 'a', 1)");
    sh.run("INSERT INTO t VALUES (2, 'b', 1), (3, 'b', 1), (7, 'b', 1)");
    mesh.awaitEqual("t");
    mesh.stop(sh, bj);
    long sent = bj.applied(mesh.sync(sh, bj));
    // Not at bj yet.
    sh.run(
        "UPDATE t SET v = 'b2' WHERE id = 2",
        "DELETE FROM t WHERE id = 3",
        "INSERT INTO t VALUES (6, 'b2', 1)");
    damage(
        sh,
        "UPDATE t SET v = 'damaged' WHERE id = 4",
        "DELETE FROM t WHERE id = 5",
        "INSERT INTO t (id, v, n, pidal_c) VALUES (12, 'nobody', 1, (1 << 53) + 14)");

    ResyncStatus done = resync("t");
    assertThat(done.state()).as(done.message()).isEqualTo("DONE");
    assertThat(shown(sh, "t")).containsExactly("2 b2", "4 a", "5 a", "6 b2", "7 b", "8 a", "9 a");
    assertThat(done.mendedRows()).isEqualTo(2);
    assertThat(done.removedRows()).isEqualTo(1);

    damage(sh, "UPDATE t SET v = 'damaged' WHERE id = 9", "UPDATE t SET v = 'mine' WHERE id = 7");
    RepairReport report = repair("t");
    assertThat(report.before().differences()).isEqualTo(5);
    assertThat(report.notOurs()).hasSize(4).allMatch(row -> row.contains("owned by zone sh (2)"));
    assertThat(report.mendedRows()).isEqualTo(1);
    assertThat(report.after().differences()).isEqualTo(4);
    RepairReport named = repair("t", "3", "6", "7", "8");
    assertThat(named.notOurs()).hasSize(3);
    assertThat(shown(sh, "t"))
        .containsExactly("2 b2", "4 a", "5 a", "6 b2", "7 mine", "8 a", "9 a");
    assertThat(repairs.why(toSh, "t", List.of("6")).owner()).contains("owned by zone sh (2)");

    damage(sh, "UPDATE t SET v = 'b' WHERE id = 7");
    mesh.start(sh, bj);
    mesh.awaitEqual("t");
    mesh.assertAtRest();
    // The app's three changes, and nothing of what repairs have written.
    assertThat(bj.applied(mesh.sync(sh, bj)) - sent).isEqualTo(3);
    assertThat(mesh.conflicts()).isEmpty();
  }

  /** Nobody owns the rows: the newest version counts. */
  @Test
  void ofATableThatAllWriteNoNewerRowIsReplaced() throws Exception {
    mesh.startAll();
    bj.run("INSERT INTO free VALUES (1, 'a', 1), (2, 'a', 1), (3, 'a', 1), (4, 'a', 1)");
    sh.run("INSERT INTO free VALUES (5, 'b', 1), (6, 'b', 1)");
    mesh.awaitEqual("free");
    mesh.stop(sh, bj);
    sh.run(
        "UPDATE free SET v = 'newer' WHERE id = 1",
        "INSERT INTO free VALUES (7, 'b', 1)",
        "DELETE FROM free WHERE id = 5");
    damage(
        sh,
        "UPDATE free SET v = 'damaged' WHERE id = 2",
        "DELETE FROM free WHERE id = 3",
        "INSERT INTO free (id, v, n, pidal_c) VALUES (8, 'nobody', 1, (1 << 53) + 14)");
    ResyncStatus done = resync("free");
    assertThat(done.state()).as(done.message()).isEqualTo("DONE");
    List<String> right = List.of("1 newer", "2 a", "3 a", "4 a", "6 b", "7 b");
    assertThat(shown(sh, "free")).isEqualTo(right);
    damage(sh, "UPDATE free SET v = 'damaged' WHERE id = 4");
    repair("free", "1", "4", "5", "7");
    assertThat(shown(sh, "free")).isEqualTo(right);
    mesh.start(sh, bj);
    mesh.awaitEqual("free");
    mesh.assertAtRest();
    assertThat(mesh.conflicts()).isEmpty();
  }

  @Test
  void lockedRowsAreMendedAndNothingComesBack() throws Exception {
    syncs.start(
        mesh.definition(bj, sh, mesh.byVersion(bj, sh) + ", 'verify.before-image' = 'lock'"),
        SyncLauncher.Start.CONTINUE);
    mesh.start(sh, bj);
    mesh.awaitCopied();
    bj.run("INSERT INTO t VALUES (4, 'a', 1), (5, 'a', 1), (8, 'a', 1)");
    mesh.awaitEqual("t");
    damage(sh, "UPDATE t SET n = 77 WHERE id IN (4, 5)");
    bj.run("UPDATE t SET v = 'a2' WHERE id IN (4, 5)", "DELETE FROM t WHERE id = 5");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> sh.number("SELECT COUNT(*) FROM pi_dts_aside") == 3);
    // Apps of the site may not write a locked row.
    assertThatThrownBy(() -> sh.run("UPDATE t SET n = 1 WHERE id = 4"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("locked by PiDTS");
    RepairReport report = repair("t");
    assertThat(report.lockedRows()).isEqualTo(2);
    assertThat(report.after().differences()).as(report.toString()).isZero();
    assertThat(shown(sh, "t")).containsExactly("4 a2", "8 a");
    mesh.awaitEqual("t");
    mesh.assertAtRest();
    assertThat(bj.applied(mesh.sync(sh, bj))).isZero();
    assertThat(bj.number("SELECT COUNT(*) FROM pi_dts_conflict")).isZero();
    assertThat(sh.rows("SELECT DISTINCT state FROM pi_dts_conflict"))
        .containsExactly(List.of("REPAIRED"));
  }

  /** By marks alone nobody can say whose a row is: a person has to name it. */
  @Test
  void tablesOfWhichNobodySaysWhoOwnsThemAreMendedByKeyOnly() throws Exception {
    String marker = "'loop.prevention' = 'marker'";
    syncs.start(mesh.definition(bj, sh, marker), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(toSh);
    bj.run("INSERT INTO t VALUES (4, 'a', 1)");
    mesh.awaitEqual("t", "*");
    sh.run("INSERT INTO t VALUES (6, 'b', 1)");
    damage(sh, "UPDATE t SET v = 'damaged' WHERE id = 4");
    assertThatThrownBy(() -> repair("t"))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("nobody says which zone owns which rows")
        .hasMessageContaining("--key");
    assertThatThrownBy(() -> repairs.resync(toSh, "t", Optional.empty()))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("nobody says which zone owns which rows");
    assertThat(repair("t", "4").mendedRows()).isEqualTo(1);
    assertThat(shown(sh, "t")).containsExactly("4 a", "6 b");
  }
}
