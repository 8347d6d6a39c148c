package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.job.ChaosServers.Target;
import io.piplan.dts.sql.SecretLookup;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A sync on a cluster of several processes, submitted as the job jar, some of which are killed. See
 * {@link ExactlyOnceContract} for what is compared.
 */
@Tag("chaos")
@ExtendWith(ChaosServers.Extension.class)
@Isolated
class ClusterIT {
  private static StandaloneCluster cluster;
  @TempDir static Path directory;
  private final ChaosServers servers;
  @TempDir Path state;

  ClusterIT(ChaosServers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startCluster() throws Exception {
    System.setProperty("pi.job.jar", StandaloneCluster.jobJar().toString());
    cluster = StandaloneCluster.start(directory);
  }

  @AfterAll
  static void stopCluster() throws Exception {
    cluster.close();
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void partsOfTheClusterAreKilled(Target target) throws Exception {
    try (ChaosBench bench = new ChaosBench(servers.pair(target), Counters.ROWS, true);
        DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess());
        FlinkSyncControl control =
            new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC())) {
      FlinkRuntime runtime = new FlinkRuntime.Cluster(cluster.url(), state);
      start(launcher, runtime, bench);
      try (Counters counters = bench.counters(Counters.ROWS, 4, 3000)) {
        bench.awaitProgress();
        cluster.kill9("taskmanager-1");
        cluster.startAgain();
        bench.awaitProgress();
        // Its tasks go on for a while, and may meet those of the next attempt.
        cluster.kill9("jobmanager");
        cluster.startAgain();
        assertThat(control.status(bench.name()).state()).isNotEqualTo("RUNNING");
        start(launcher, runtime, bench);
        awaitRunning(control, bench.name());
        bench.awaitProgress();
        assertThat(control.stop(bench.name())).contains("savepoint");
        start(launcher, runtime, bench);
        bench.awaitProgress();
      }
      bench.assertSameHistory(500);
      control.stop(bench.name());
    }
  }

  private static void start(DefinitionLauncher launcher, FlinkRuntime runtime, ChaosBench bench) {
    launcher.start(
        "cluster.sql",
        bench.following(", 'parallelism' = '2'"),
        runtime,
        SyncLauncher.Start.CONTINUE);
  }

  private static void awaitRunning(FlinkSyncControl control, String sync) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(control.status(sync).state()).isEqualTo("RUNNING"));
  }
}
