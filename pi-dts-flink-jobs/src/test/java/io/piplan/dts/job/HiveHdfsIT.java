package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.DtsException;
import io.piplan.embedded.EmbeddedHdfs;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A warehouse on HDFS, while the task manager is lost and the name node restarted, both in the
 * middle of changes.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HiveHdfsIT {
  private static final String COLUMNS = "id, a, CAST(d AS DATE)";

  private final Servers servers;
  private final EmbeddedHdfs hdfs = EmbeddedHdfs.start();
  private final EmbeddedHive hive = EmbeddedHive.start(hdfs.hiveSettings());

  HiveHdfsIT(Servers servers) {
    this.servers = servers;
  }

  @AfterAll
  void stop() {
    hive.close();
    hdfs.close();
  }

  @ParameterizedTest
  @CsvSource({"changelog, orc", "changelog, parquet", "merge, orc"})
  void rowsAreTheSourcesWhateverIsLost(String layout, String format, @TempDir Path state)
      throws Exception {
    boolean log = layout.equals("changelog");
    try (HiveChangesBench bench = new HiveChangesBench(servers, hive, state)) {
      bench.start(", 'hive.layout' = '%s', 'hive.format' = '%s'".formatted(layout, format));
      bench.run(
          "UPDATE t SET a = 'changed', d = d + INTERVAL 1 DAY WHERE id MOD 10 = 1",
          "DELETE FROM t WHERE id MOD 10 = 2");
      same(bench, log);
      bench.compact();
      bench.run("UPDATE t SET a = 'before' WHERE id MOD 10 = 3");
      bench.loseTaskManager();
      bench.run("UPDATE t SET a = 'behind' WHERE id MOD 10 = 4");
      same(bench, log);
      bench.compact();
      CompletableFuture<Void> restart = CompletableFuture.runAsync(hdfs::restartNameNode);
      for (int i = 0; !restart.isDone(); i++) {
        bench.run("UPDATE t SET a = 'change " + i + "' WHERE id MOD 10 = 5");
        Thread.sleep(100);
      }
      restart.join();
      bench.run("INSERT INTO t (id, a) VALUES (1000, 'last')");
      same(bench, log);
      compactAgain(bench);
      same(bench, log);
      try (Connection target = bench.target()) {
        bench.requireNoChangeTwice(target, "t__log");
        assertThat(SyncHarness.rows(target, "DESCRIBE FORMATTED t__log"))
            .anyMatch(row -> String.join(" ", row).contains(hdfs.uri()));
      }
      assertThat(owners(bench.ods + ".db/t__log")).as("who the files belong to").containsOnly("pi");
    }
  }

  private Set<String> owners(String folder) throws IOException {
    Set<String> owners = new TreeSet<>();
    try (FileSystem files = FileSystem.newInstance(URI.create(hdfs.uri()), new Configuration())) {
      RemoteIterator<LocatedFileStatus> all =
          files.listFiles(new org.apache.hadoop.fs.Path("/warehouse/" + folder), true);
      while (all.hasNext()) {
        owners.add(all.next().getOwner());
      }
    }
    return owners;
  }

  /** HiveServer2 may refuse the first questions after the name node was away: it is asked again. */
  private static void same(HiveChangesBench bench, boolean log) throws SQLException {
    String query = "SELECT " + COLUMNS + " FROM t ORDER BY id";
    var expected = SyncHarness.rows(bench.source, query);
    Awaitility.await(query)
        .atMost(Duration.ofMinutes(4))
        .pollInterval(Duration.ofMillis(500))
        .ignoreException(SQLException.class)
        .ignoreException(DtsException.class)
        .untilAsserted(
            () -> {
              if (!log) {
                bench.compact();
              }
              try (Connection target = bench.target()) {
                assertThat(SyncHarness.rows(target, query)).isEqualTo(expected);
              }
            });
  }

  private static void compactAgain(HiveChangesBench bench) {
    Awaitility.await("a compaction")
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofSeconds(1))
        .ignoreException(DtsException.class)
        .untilAsserted(bench::compact);
  }
}
