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

/**
 * Rows of a table without ZSKey that one of three sites deletes and another inserts again: at the
 * third the two arrive in one order or the other, and all sites end with the same rows.
 */
@ExtendWith(ServersExtension.class)
class SitesRaceIT {
  private final Servers servers;
  @TempDir Path folder;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private Site bj;
  private Site sh;
  private Site gz;
  private SiteMesh mesh;

  SitesRaceIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws Exception {
    flink = EmbeddedFlink.start(1, 8, Map.of());
    syncs = new SyncHarness(flink, folder.resolve("state"));
    bj = Site.create(1, "bj", servers.mySqlA());
    sh = Site.create(2, "sh", servers.mySqlB());
    gz = Site.create(3, "gz", servers.mySqlA());
    List<Site> sites = List.of(bj, sh, gz);
    for (Site site : sites) {
      site.run("CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR(50), n INT NOT NULL)");
      site.keepVersions("t");
    }
    mesh = new SiteMesh(syncs, folder, sites);
    mesh.startAll();
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
  }

  @Test
  void aDeleteAndANewInsertElsewhereInBothOrdersOfArrival() throws Exception {
    race(10, List.of(bj, sh));
    race(20, List.of(sh, bj));
    mesh.assertAtRest();
    assertThat(mesh.conflicts()).isEmpty();
  }

  /**
   * @param order whose changes gz gets first
   */
  private void race(int id, List<Site> order) throws Exception {
    bj.run(
        "INSERT INTO t VALUES (%d, 'old', 1), (%d, 'old', 1), (%d, 'old', 1)"
            .formatted(id, id + 1, id + 2));
    mesh.awaitEqual("t");
    mesh.stop(bj, gz);
    mesh.stop(sh, gz);

    // Once, twice, and for good.
    bj.run("DELETE FROM t WHERE id IN (%d, %d, %d)".formatted(id, id + 1, id + 2));
    awaitRows(sh, id, "");
    sh.run("INSERT INTO t VALUES (%d, 'new', 2), (%d, 'new', 2)".formatted(id, id + 1));
    awaitRows(bj, id, id + " new", (id + 1) + " new");
    bj.run(
        "UPDATE t SET v = 'newer' WHERE id = " + (id + 1), "DELETE FROM t WHERE id = " + (id + 1));
    // A row of bj that sh deletes and inserts, before gz has seen it at all.
    bj.run("INSERT INTO t VALUES (%d, 'old', 1)".formatted(id + 3));
    awaitRows(sh, id, id + " new", (id + 3) + " old");
    sh.run(
        "INSERT INTO t VALUES (%d, 'newest', 3)".formatted(id + 1),
        "DELETE FROM t WHERE id = " + (id + 3),
        "INSERT INTO t VALUES (%d, 'new', 3)".formatted(id + 3));
    List<String> end = List.of(id + " new", (id + 1) + " newest", (id + 3) + " new");
    awaitRows(bj, id, end.toArray(String[]::new));
    assertThat(rows(gz, id)).hasSize(3).allMatch(row -> row.endsWith("old"));

    for (Site from : order) {
      long before = gz.applied(mesh.sync(from, gz));
      mesh.start(from, gz);
      long changes = from.equals(bj) ? 6 : 5;
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> gz.applied(mesh.sync(from, gz)) == before + changes);
    }
    mesh.awaitEqual("t");
    assertThat(rows(gz, id)).isEqualTo(end);
  }

  private static List<String> rows(Site site, int id) throws SQLException {
    return site
        .rows("SELECT id, v FROM t WHERE id BETWEEN %d AND %d ORDER BY id".formatted(id, id + 9))
        .stream()
        .map(row -> row.get(0) + " " + row.get(1))
        .toList();
  }

  private static void awaitRows(Site site, int id, String... expected) {
    List<String> wanted = expected[0].isEmpty() ? List.of() : List.of(expected);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(rows(site, id)).isEqualTo(wanted));
  }

  /**
   * A row that one site's app deletes while an older change of another site is still on its way
   * there: what syncs have deleted is remembered anyhow, what apps have deleted must be too.
   */
  @Test
  void anOlderChangeDoesNotBringBackWhatAnAppHasDeletedMeanwhile() throws Exception {
    bj.run("INSERT INTO t VALUES (1, 'old', 1), (2, 'old', 1), (3, 'old', 1)");
    mesh.awaitEqual("t");
    mesh.stop(gz, bj);
    gz.run("UPDATE t SET v = 'older' WHERE id IN (1, 2, 3)");
    awaitRows(sh, 0, "1 older", "2 older", "3 older");
    sh.run("UPDATE t SET v = 'newer' WHERE id IN (1, 2)");
    awaitRows(bj, 0, "1 newer", "2 newer", "3 old");
    // The third one is deleted in ignorance of what is on its way, which is newer.
    bj.run("DELETE FROM t WHERE id IN (1, 2, 3)", "INSERT INTO t VALUES (2, 'newest', 1)");
    awaitRows(gz, 0, "2 newest", "3 older");
    awaitRows(sh, 0, "2 newest", "3 older");
    mesh.start(gz, bj);
    awaitRows(bj, 0, "2 newest", "3 older");
    mesh.assertAtRest();
    mesh.awaitEqual("t");
    assertThat(rows(bj, 0)).containsExactly("2 newest", "3 older");
    assertThat(mesh.conflicts()).isEmpty();
  }

  /** Two zones at the very same clock: all sites take the same one for the newer. */
  @Test
  void ofTwoWritesAtOneClockTheSameOneWinsEverywhere() throws Exception {
    bj.run("INSERT INTO t VALUES (1, 'old', 1), (2, 'old', 1)");
    mesh.awaitEqual("t");
    mesh.stop(bj, sh);
    mesh.stop(sh, bj);
    mesh.stop(bj, gz);
    mesh.stop(sh, gz);
    long clock = bj.number("SELECT (pidal_c >> 1) & ((1 << 52) - 1) FROM t WHERE id = 1") + 1000;
    for (Site site : List.of(bj, sh)) {
      String version = "(%d << 53) + (%d << 1)".formatted(site.zone().id(), clock);
      String name = site.zone().name();
      site.run(
          "SET @pi_dts_apply = 1",
          "UPDATE t SET v = '%s', pidal_c = %s WHERE id IN (1, 2)".formatted(name, version));
    }
    mesh.start(sh, gz);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> gz.number("SELECT COUNT(*) FROM t WHERE v = 'sh'") == 2);
    mesh.start(bj, gz);
    mesh.start(bj, sh);
    mesh.start(sh, bj);
    mesh.awaitEqual("t");
    assertThat(rows(bj, 0)).containsExactly("1 sh", "2 sh");
    mesh.assertAtRest();
    assertThat(mesh.conflicts()).isEmpty();
  }
}
