package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.bench.Report.Run;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The measures that ours are held against really do the work. */
class PeersIT {
  @TempDir private Path work;
  private final BenchServers servers = new BenchServers(false);

  @AfterEach
  void end() {
    servers.close();
  }

  @Test
  void dumpPipeAndLoad() {
    MariaDbPrograms programs = new MariaDbPrograms(work);
    Path file = work.resolve("rows.tsv");
    SampleRows.writeFile(file, 3_000);
    CopyContest.sourceTable(servers.source(), "a", programs, file);
    Sql.run(servers.target(), "", "CREATE DATABASE a");
    Run run =
        servers.timed(
            () ->
                programs.dumpPipe(servers.source(), "a", SampleRows.TABLE, servers.target(), "a"));
    assertThat(run.seconds()).isPositive();
    assertThat(run.cpu()).containsKeys("source", "target", "jvm", "programs", "others");
    assertThat(Sql.checksum(servers.target(), "a", SampleRows.TABLE))
        .isEqualTo(Sql.checksum(servers.source(), "a", SampleRows.TABLE));
    assertThatThrownBy(
            () -> programs.dumpPipe(servers.source(), "a", "nothing", servers.target(), "a"))
        .hasMessageContaining("nothing");
  }

  @Test
  void replicaAppliesTheStretch() {
    try (BinlogStretch stretch = new BinlogStretch(servers.source(), work, 1_000, 2_000, false)) {
      assertThat(stretch.events()).isBetween(2_000L, 2_017L);
      for (int threads : new int[] {0, 2}) {
        Replica replica = new Replica(servers.replica(), stretch);
        replica.prepare(threads);
        assertThatThrownBy(() -> stretch.compare(servers.replica()))
            .hasMessageContaining("differs");
        replica.catchUp();
        stretch.compare(servers.replica());
        replica.end();
      }
    }
  }
}
