package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
      assertThat(List.of(atBj.changes(), atSh.changes())).allMatch(changes -> changes > 500);
      assertThat(mesh.applied()).containsExactly(atBj.changes(), atSh.changes());
    }
    mesh.assertAtRest();
    assertThat(bj.number("SELECT COUNT(*) FROM pi_dts_conflict")).isZero();
    assertThat(sh.number("SELECT COUNT(*) FROM pi_dts_conflict")).isZero();
  }
}
