package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import io.piplan.dts.check.CheckCode;
import io.piplan.dts.check.Finding;
import io.piplan.dts.check.Severity;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
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
 * Two sites that keep row versions, whose syncs follow changes of tables: apps can write at both
 * sites afterwards, and what they write goes to the other.
 */
@ExtendWith(ServersExtension.class)
class SiteVersionChangesIT {
  private final Servers servers;
  @TempDir Path folder;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private Site bj;
  private Site sh;
  private SiteMesh mesh;

  SiteVersionChangesIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws Exception {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, folder.resolve("state"));
    bj = Site.create(1, "bj", servers.mySqlA());
    sh = Site.create(2, "sh", servers.mySqlB());
    for (Site site : List.of(bj, sh)) {
      for (String table : List.of("t", "u")) {
        site.run("CREATE TABLE " + table + " (id BIGINT PRIMARY KEY, v VARCHAR(50))");
        site.keepVersions(table);
      }
    }
    mesh = new SiteMesh(syncs, folder, List.of(bj, sh));
    for (Site from : List.of(bj, sh)) {
      Site to = from.equals(bj) ? sh : bj;
      syncs.start(definition(from, to), SyncLauncher.Start.CONTINUE);
    }
    mesh.awaitCopied();
    write("t", "u");
  }

  private String definition(Site from, Site to) {
    return mesh.definition(from, to, mesh.byVersion(from, to) + DdlLab.ALL);
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
  }

  /** Inserts, updates and deletes of apps at both sites, and inserts of what was deleted. */
  private void write(String... tables) throws SQLException {
    for (String table : tables) {
      for (Site site : List.of(bj, sh)) {
        long id = 1 + site.number("SELECT MAX(id) FROM " + table);
        site.run(
            "INSERT INTO %s (id, v) VALUES (%d, 'new'), (%d, 'new')".formatted(table, id, id + 1),
            "UPDATE %s SET v = '%s' WHERE id = %d".formatted(table, site.zone().name(), id),
            "DELETE FROM %s WHERE id = %d".formatted(table, id + 1),
            "INSERT INTO %s (id, v) VALUES (%d, 'again')".formatted(table, id + 1),
            "REPLACE INTO %s (id, v) VALUES (%d, 'put')".formatted(table, id + 1));
        mesh.awaitEqual(table);
      }
    }
    assertThat(mesh.conflicts()).isEmpty();
  }

  private void awaitTable(Site site, String table) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> site.rows("SHOW TABLES LIKE '" + table + "'").size() == 1);
  }

  /** All statements that the syncs have come to are done. */
  private void awaitDone(Site site, String part) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(site.rows("SELECT statement, state, note FROM pi_dts_ddl"))
                    .as(status(bj, sh).failure())
                    .anySatisfy(
                        row -> {
                          assertThat(row.get(0)).containsPattern(part);
                          assertThat(row.get(1)).isEqualTo("done");
                        }));
    for (SyncStatus status : List.of(status(bj, sh), status(sh, bj))) {
      assertThat(status.state()).as(status.failure()).isEqualTo("RUNNING");
    }
  }

  private SyncStatus status(Site from, Site to) {
    return syncs.control().status(mesh.sync(from, to));
  }

  private List<Finding> errors(Site from, Site to) {
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
      return launcher
          .check("test.sql", definition(from, to), folder.resolve("state"))
          .of(Severity.ERROR);
    }
  }

  /** The triggers of the other site name the table as it is by then, those of the source do not. */
  @Test
  void renamedTables() throws Exception {
    bj.run("RENAME TABLE t TO renamed");
    assertThat(errors(bj, sh))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.code()).isEqualTo(CheckCode.SITE_TRIGGERS);
              assertThat(finding.message()).contains("don't fit it", "pi_site_b");
            });
    bj.keepVersions("renamed");
    awaitDone(sh, "RENAME");
    assertThat(triggers(sh)).isEqualTo(triggers(bj));
    write("renamed", "u");
    assertThat(sh.number("SELECT COUNT(*) FROM pi_dts_tombstone WHERE tab = 'renamed'"))
        .isPositive();

    // Each takes the other's name, and so do their triggers.
    bj.run("RENAME TABLE renamed TO x, u TO renamed, x TO u");
    bj.keepVersions("u");
    awaitDone(sh, "RENAME.*x TO u");
    assertThat(triggers(sh)).isEqualTo(triggers(bj)).hasSize(6);
    write("renamed", "u");
    assertThat(errors(bj, sh)).isEmpty();
    assertThat(errors(sh, bj)).isEmpty();
  }

  @Test
  void renamedColumnsOfAKey() throws Exception {
    bj.run("ALTER TABLE t ADD COLUMN n INT");
    awaitDone(sh, "ADD COLUMN n");
    List<List<String>> before = triggers(sh);
    write("t");
    bj.run("ALTER TABLE t CHANGE COLUMN id code BIGINT");
    bj.keepVersions("t");
    awaitDone(sh, "ALTER.*code");
    assertThat(triggers(sh)).isEqualTo(before);
    for (Site site : List.of(bj, sh)) {
      site.run(
          "INSERT INTO t (code, v) VALUES (%d, 'new')".formatted(1000 + site.zone().id()),
          "UPDATE t SET v = 'newer' WHERE code = " + (1000 + site.zone().id()));
      mesh.awaitEqual("t");
    }
    assertThat(bj.number("SELECT COUNT(*) FROM t WHERE v = 'newer'")).isEqualTo(2);
    assertThat(mesh.conflicts()).isEmpty();
    assertThat(errors(sh, bj)).isEmpty();
  }

  private static List<List<String>> triggers(Site site) throws SQLException {
    return site.rows(
        "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS"
            + " WHERE TRIGGER_SCHEMA = '"
            + site.database()
            + "' ORDER BY 1");
  }

  /** An app makes a table that keeps no versions: the others go on, and it joins when it does. */
  @Test
  void tablesThatAppsMake() throws Exception {
    bj.run(
        "CREATE TABLE made (id BIGINT PRIMARY KEY, v VARCHAR(50))",
        "INSERT INTO made VALUES (1, 'early'), (2, 'early')",
        "UPDATE made SET v = 'still early' WHERE id = 2");
    write("t", "u");
    awaitTable(sh, "made");
    assertThat(sh.number("SELECT COUNT(*) FROM made")).isZero();
    assertThat(sh.rows("SELECT note FROM pi_dts_ddl WHERE statement LIKE 'CREATE TABLE made%'"))
        .singleElement()
        .satisfies(
            row -> assertThat(row.get(0)).contains("no column pidal_c yet", "sites triggers"));
    FlinkSyncRepair repairs =
        new FlinkSyncRepair(folder.resolve("state"), SecretLookup.ofProcess(), Clock.systemUTC());
    assertThatThrownBy(() -> repairs.resync(mesh.sync(bj, sh), "made", Optional.empty()))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("pidal_c");
    bj.keepVersions("made");
    awaitDone(sh, "ALTER.*made");
    sh.keepVersions("made");
    bj.run("INSERT INTO made VALUES (3, 'later')", "UPDATE made SET v = 'late' WHERE id = 2");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                sh.rows("SELECT id, v FROM made ORDER BY id")
                    .equals(List.of(List.of("2", "late"), List.of("3", "later"))));
    long id = repairs.resync(mesh.sync(bj, sh), "made", Optional.empty());
    assertThat(repairs.awaitResync(mesh.sync(bj, sh), id, status -> {}).state()).isEqualTo("DONE");
    mesh.awaitEqual("made");
    assertThat(sh.number("SELECT COUNT(*) FROM made")).isEqualTo(3);
    write("made", "t");
  }
}
