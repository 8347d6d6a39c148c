package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.job.ChaosServers.Target;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Foreign keys that delete and change child rows, of which the binlog doesn't tell, while those are
 * being copied and while the sync starts again.
 */
@Tag("chaos")
@ExtendWith(ChaosServers.Extension.class)
abstract class CascadesDuringCopyContract {
  private static final int PARENTS = 400;

  private final ChaosServers.Pair servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private String database;
  private Connection source;

  CascadesDuringCopyContract(ChaosServers.Pair servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    database = servers.source().createDatabase("families");
    source = SyncHarness.connect(servers.source(), database);
    SyncHarness.run(
        source,
        "CREATE TABLE parent (id INT PRIMARY KEY, name VARCHAR(20) UNIQUE)",
        "CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent)"
            + " REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE)",
        // Of another case than its parent: equal to the source, not byte by byte.
        "CREATE TABLE friend (id INT PRIMARY KEY, parent VARCHAR(20), FOREIGN KEY (parent)"
            + " REFERENCES parent (name) ON DELETE SET NULL ON UPDATE CASCADE)",
        "INSERT INTO parent SELECT seq, CONCAT('p', seq) FROM " + EmbeddedMySql.numbers(PARENTS),
        "INSERT INTO child SELECT seq, 1 + seq %% %d FROM %s"
            .formatted(PARENTS, EmbeddedMySql.numbers(8000)),
        "INSERT INTO friend SELECT seq, CONCAT('P', 1 + seq %% %d) FROM %s"
            .formatted(PARENTS, EmbeddedMySql.numbers(8000)));
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    syncs.close();
    flink.close();
  }

  @Test
  void childRowsOnTheirWay() throws Exception {
    boolean postgres = servers.kind() == Target.POSTGRES;
    if (postgres) {
      // There 'P1' is not 'p1', and so no child of it.
      SyncHarness.run(source, "UPDATE friend SET parent = LOWER(parent)");
    }
    EmbeddedDatabase server = servers.target();
    String to = server.createDatabase("families");
    String catalog =
        postgres
            ? SyncHarness.postgresCatalog("b", server, to)
            : SyncHarness.mySqlCatalog("b", server);
    String sync =
        syncs.start(
            SyncHarness.mySqlCatalog("a", servers.source())
                + catalog
                + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'parallelism' = '2',"
                    .formatted(database, postgres ? "public" : to, database)
                + " 'copy.chunk-rows' = '200', 'copy.rate-limit' = '200',"
                + " 'checkpoint.interval' = '500 ms');",
            SyncLauncher.Start.CONTINUE);
    for (int i = 1; i <= 60; i++) {
      if (i % 5 == 0) {
        // What has been read waits, and gets out of date.
        server.sigstop();
      }
      changeParents(i);
      TimeUnit.MILLISECONDS.sleep(60);
      server.sigcont();
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertThat(syncs.control().status(sync).copyDone()).as("too early").isFalse();
    // From here on as fast as it goes.
    syncs.control().limit(sync, Map.of(CopyLimit.ROWS, "0"));
    syncs.awaitCopied(sync);
    try (Connection found = SyncHarness.connect(server, to)) {
      assertSame(found);
      // A new attempt whose first change is one of a parent.
      new ChaosBench.TaskManagers(flink).lose();
      changeParents(61);
      assertSame(found);
    }
  }

  private void changeParents(int i) throws SQLException {
    SyncHarness.run(
        source,
        "DELETE FROM parent WHERE id = " + i,
        "UPDATE parent SET id = id + 10000, name = CONCAT('q', id) WHERE id = " + (100 + i),
        "UPDATE parent SET name = CONCAT('r', id) WHERE id = " + (200 + i));
  }

  private void assertSame(Connection target) {
    for (String table : List.of("parent", "child", "friend")) {
      String rows = "SELECT * FROM " + table + " ORDER BY id";
      SyncHarness.awaitEqual(source, rows, target, rows);
    }
  }
}
