package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.DtsException;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.EmbeddedS3;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A warehouse on S3, while the task manager is lost, and while connections to S3 break, both in the
 * middle of changes.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HiveS3IT {
  private final Servers servers;
  private final EmbeddedS3 s3 = EmbeddedS3.start();
  private final Relay way;
  private final EmbeddedHive hive;

  HiveS3IT(Servers servers) throws IOException {
    this.servers = servers;
    way = new Relay(s3.port());
    Map<String, String> settings = new HashMap<>(s3.clientSettings(way.port()));
    settings.put("hive.metastore.warehouse.dir", s3.uri() + "/hive");
    hive = EmbeddedHive.start(settings, EmbeddedS3.clientJars());
  }

  @AfterAll
  void stop() throws IOException {
    hive.close();
    way.close();
    s3.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"orc", "parquet"})
  void rowsAreTheSourcesWhateverIsLost(String format, @TempDir Path state) throws Exception {
    try (HiveChangesBench bench = new HiveChangesBench(servers, hive, state)) {
      bench.start(", 'hive.format' = '" + format + "'");
      bench.run(
          "UPDATE t SET a = 'changed', d = d + INTERVAL 1 DAY WHERE id MOD 10 = 1",
          "DELETE FROM t WHERE id MOD 10 = 2");
      same(bench);
      bench.compact();
      bench.run("UPDATE t SET a = 'before' WHERE id MOD 10 = 3");
      bench.loseTaskManager();
      bench.run("UPDATE t SET a = 'behind' WHERE id MOD 10 = 4");
      same(bench);
      for (int i = 0; i < 40; i++) {
        bench.run("UPDATE t SET a = 'change " + i + "' WHERE id MOD 10 = 5");
        way.cut();
        Thread.sleep(100);
      }
      bench.run("INSERT INTO t (id, a) VALUES (1000, 'last')");
      same(bench);
      Awaitility.await("a compaction")
          .atMost(Duration.ofMinutes(2))
          .ignoreException(DtsException.class)
          .untilAsserted(bench::compact);
      same(bench);
      try (Connection target = bench.target()) {
        bench.requireNoChangeTwice(target, "t__log");
        assertThat(SyncHarness.rows(target, "DESCRIBE FORMATTED t__log"))
            .anyMatch(row -> String.join(" ", row).contains(s3.uri()));
      }
    }
  }

  /** HiveServer2's own questions may fail while connections break: it is asked again. */
  private static void same(HiveChangesBench bench) throws SQLException {
    String query = "SELECT id, a, CAST(d AS DATE) FROM t ORDER BY id";
    var expected = SyncHarness.rows(bench.source, query);
    Awaitility.await(query)
        .atMost(Duration.ofMinutes(4))
        .pollInterval(Duration.ofMillis(500))
        .ignoreException(SQLException.class)
        .untilAsserted(
            () -> {
              try (Connection target = bench.target()) {
                assertThat(SyncHarness.rows(target, query)).isEqualTo(expected);
              }
            });
  }
}
