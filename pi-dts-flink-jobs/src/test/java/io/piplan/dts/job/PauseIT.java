package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
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

/** A sync that is paused, amid its copy and behind it: nothing is written, and nothing is lost. */
@ExtendWith(ServersExtension.class)
class PauseIT {
  private static final String ROWS = "SELECT id, v FROM t ORDER BY id";

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private String from;
  private Connection source;
  private Connection target;
  private String definition;
  private String sync;

  PauseIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    flink = EmbeddedFlink.start(1, 2, Map.of());
    syncs = new SyncHarness(flink, state);
    from = servers.mySqlA().createDatabase("pause");
    String to = servers.mySqlB().createDatabase("pause");
    source = SyncHarness.connect(servers.mySqlA(), from);
    target = SyncHarness.connect(servers.mySqlB(), to);
    SyncHarness.run(
        source,
        "CREATE TABLE t (id INT PRIMARY KEY, v INT)",
        "INSERT INTO t SELECT seq, 0 FROM " + EmbeddedMySql.numbers(20_000));
    definition =
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + SyncHarness.mySqlCatalog("b", servers.mySqlB())
            + ("SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'parallelism' = '1',"
                    + " 'checkpoint.interval' = '500 ms', 'copy.rate-limit' = '1000',"
                    + " 'copy.chunk-rows' = '1000');")
                .formatted(from, to, from);
    sync = syncs.start(definition, SyncLauncher.Start.CONTINUE);
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    target.close();
    syncs.close();
    flink.close();
  }

  private SyncStatus status() {
    return syncs.control().status(sync);
  }

  private List<List<String>> targetRows() throws SQLException {
    return SyncHarness.rows(target, ROWS);
  }

  /** Waits until the target has stayed the same for ten seconds. */
  private List<List<String>> awaitRest() throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    List<List<String>> before = targetRows();
    while (true) {
      Thread.sleep(10_000);
      List<List<String>> after = targetRows();
      if (after.equals(before)) {
        return after;
      }
      assertThat(System.nanoTime()).as("still written to").isLessThan(deadline);
      before = after;
    }
  }

  @Test
  void nothingIsWrittenWhilePausedAndAllOfItAfterwards() throws Exception {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> !targetRows().isEmpty());
    assertThat(status().copyDone()).as("amid the copy").isFalse();
    syncs.control().pause(sync);
    assertThat(status().paused()).isTrue();
    List<List<String>> resting = awaitRest();
    assertThat(resting).hasSizeLessThan(20_000);
    SyncHarness.run(
        source,
        "UPDATE t SET v = 1 WHERE id % 1000 = 0",
        "DELETE FROM t WHERE id % 1000 = 1",
        "INSERT INTO t VALUES (20001, 1)");
    Thread.sleep(2_000);
    assertThat(targetRows()).isEqualTo(resting);

    syncs.control().resume(sync);
    syncs.control().limit(sync, Map.of(CopyLimit.ROWS, "0"));
    assertThat(status().paused()).isFalse();
    SyncHarness.awaitEqual(source, ROWS, target, ROWS);
    syncs.awaitCopied(sync);

    syncs.control().pause(sync);
    List<List<String>> before = awaitRest();
    SyncHarness.run(source, "UPDATE t SET v = 2 WHERE id % 100 = 0");
    Thread.sleep(2_000);
    assertThat(targetRows()).isEqualTo(before);
    assertThat(status().copyDone()).isTrue();
    FlinkSyncRepair repairs =
        new FlinkSyncRepair(state, SecretLookup.ofProcess(), Clock.systemUTC());
    DtsException refused =
        catchThrowableOfType(
            DtsException.class,
            () ->
                repairs.repair(
                    sync,
                    new SyncRepair.Rows("t", List.of(List.of("200")), Optional.empty()),
                    DiffProgress.NONE,
                    status -> {}));
    assertThat(refused.error()).isEqualTo(DtsError.SYNC_PAUSED);
    assertThat(refused.getMessage()).contains("bin/pi sync resume " + sync);

    // It can be stopped all the same, and is paused when it starts again.
    syncs.control().stop(sync);
    syncs.start(definition, SyncLauncher.Start.CONTINUE);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> status().state().equals("RUNNING"));
    assertThat(status().paused()).isTrue();
    Thread.sleep(4_000);
    assertThat(targetRows()).isEqualTo(before);
    syncs.control().resume(sync);
    SyncHarness.awaitEqual(source, ROWS, target, ROWS);
    assertThat(status().failure()).isEmpty();
  }
}
