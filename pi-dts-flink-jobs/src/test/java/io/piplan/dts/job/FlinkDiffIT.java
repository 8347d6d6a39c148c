package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.DiffReport;
import io.piplan.dts.verify.DiffStatus;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A diff as a Flink job whose task managers are lost on the way. */
@ExtendWith(ServersExtension.class)
class FlinkDiffIT {
  private static final int ROWS = 60_000;

  private final Servers servers;
  @TempDir Path state;

  FlinkDiffIT(Servers servers) {
    this.servers = servers;
  }

  private String url(EmbeddedDatabase server, String database) throws Exception {
    Path secret = Files.writeString(state.resolve(database), server.password());
    return "mysql://%s@127.0.0.1:%d/%s?password-file=%s"
        .formatted(server.user(), server.port(), database, secret);
  }

  @Test
  void findsEveryDifferenceOnceThoughTaskManagersAreLost() throws Exception {
    String a = servers.mySqlA().createDatabase("job_a");
    String b = servers.mySqlB().createDatabase("job_b");
    String table = "CREATE TABLE t (id INT PRIMARY KEY, v BIGINT UNSIGNED)";
    String rows = "INSERT INTO t SELECT seq, seq * 7 FROM " + EmbeddedMySql.numbers(ROWS);
    try (Connection atA = SyncHarness.connect(servers.mySqlA(), a);
        Connection atB = SyncHarness.connect(servers.mySqlB(), b)) {
      SyncHarness.run(atA, table, rows, "CREATE TABLE words (w VARCHAR(9) PRIMARY KEY)");
      SyncHarness.run(
          atB,
          table,
          rows,
          "UPDATE t SET v = v ^ 1 WHERE id IN (77, 30000)",
          "DELETE FROM t WHERE id = 59999");
    }
    DiffRequest request =
        new DiffRequest(
            url(servers.mySqlA(), a),
            url(servers.mySqlB(), b),
            null,
            null,
            List.of(),
            null,
            null,
            0,
            20,
            2,
            10_000);
    List<DiffStatus> told = new CopyOnWriteArrayList<>();
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 4, Map.of())) {
      FlinkRuntime runtime = new FlinkRuntime.Attached(flink.rest().toString(), state);
      Thread killer =
          new Thread(
              () -> {
                while (told.stream().noneMatch(status -> status.rows() > 0)) {
                  pause();
                }
                flink.terminateTaskManager(0);
                flink.startTaskManager();
              });
      killer.setDaemon(true);
      killer.start();

      DiffReport report = new FlinkDiff(SecretLookup.ofProcess()).run(request, runtime, told::add);

      killer.join();
      assertThat(report.tables()).hasSize(2);
      assertThat(report.tables().get(0).different()).isEqualTo(2);
      assertThat(report.tables().get(0).onlyInA()).isEqualTo(1);
      assertThat(report.tables().get(0).rowsA()).isEqualTo(ROWS);
      assertThat(report.tables().get(1).problem()).contains("no table words");
      assertThat(report.differences()).isEqualTo(4);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
