package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole syncs: real servers, a real Flink in this JVM, writes under way. */
@ExtendWith(ServersExtension.class)
class SyncIT {
  private static final String SELECT = "SELECT id, a, b, c FROM %s ORDER BY id";

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private String database;
  private Connection source;

  SyncIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    database = servers.mySqlA().createDatabase("shop");
    source = SyncHarness.connect(servers.mySqlA(), database);
    SyncHarness.run(
        source,
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50), b BIGINT UNSIGNED, c DECIMAL(20,4))",
        "INSERT INTO t SELECT seq, CONCAT('名 ', seq), seq * 7, seq / 3 FROM "
            + EmbeddedMySql.numbers(20000));
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    syncs.close();
    flink.close();
  }

  private String definition(String target, String options) {
    return SyncHarness.mySqlCatalog("a", servers.mySqlA())
        + target
        + "SYNC DATABASE a.`"
        + database
        + "` TO b.`%s` WITH ('name' = '"
        + database
        + "'"
        + ", 'checkpoint.interval' = '500 ms'"
        + options
        + ");";
  }

  @Test
  void copiesAndFollowsToMySql() throws Exception {
    String targetDatabase = servers.mySqlB().createDatabase("copy");
    try (Connection target = SyncHarness.connect(servers.mySqlB(), targetDatabase);
        Workload workload = new Workload()) {
      String sync =
          syncs.start(
              definition(SyncHarness.mySqlCatalog("b", servers.mySqlB()), "")
                  .formatted(targetDatabase),
              SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      workload.close();
      assertThat(workload.changes.get()).isPositive();
      SyncHarness.awaitEqual(source, SELECT.formatted("t"), target, SELECT.formatted("t"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "mysql, exactly-once",
    "mysql, exactly-once-xa",
    "postgres, exactly-once",
    "postgres, exactly-once-xa"
  })
  void survivesTheLossOfTaskManagersAndGoesOnFromASavepointWithMoreWriters(
      String kind, String delivery) throws Exception {
    boolean postgres = kind.equals("postgres");
    String targetDatabase =
        postgres
            ? servers.postgres().createDatabase("copy")
            : servers.mySqlB().createDatabase("copy");
    String definition =
        definition(
            postgres
                ? SyncHarness.postgresCatalog("b", servers.postgres(), targetDatabase)
                : SyncHarness.mySqlCatalog("b", servers.mySqlB()),
            ", 'delivery' = '" + delivery + "', 'parallelism' = '%s'");
    String schema = postgres ? "public" : targetDatabase;
    try (Connection target =
            postgres
                ? SyncHarness.connect(servers.postgres(), targetDatabase)
                : SyncHarness.connect(servers.mySqlB(), targetDatabase);
        Workload workload = new Workload()) {
      String sync = syncs.start(definition.formatted(schema, "2"), SyncLauncher.Start.CONTINUE);
      for (int i = 0; i < 2; i++) {
        Thread.sleep(1500);
        flink.terminateTaskManager(i);
        flink.startTaskManager();
      }
      syncs.awaitCopied(sync);
      String savepoint = syncs.control().stop(sync);
      assertThat(savepoint).contains("savepoint");
      Thread.sleep(500);
      syncs.start(definition.formatted(schema, "3"), SyncLauncher.Start.CONTINUE);
      Thread.sleep(1500);
      workload.close();
      SyncHarness.awaitEqual(source, SELECT.formatted("t"), target, SELECT.formatted("t"));
    }
  }

  @Test
  void copiesAndFollowsToPostgres() throws Exception {
    String targetDatabase = servers.postgres().createDatabase("copy");
    try (Connection target = SyncHarness.connect(servers.postgres(), targetDatabase);
        Workload workload = new Workload()) {
      String sync =
          syncs.start(
              definition(SyncHarness.postgresCatalog("b", servers.postgres(), targetDatabase), "")
                  .formatted("public"),
              SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      workload.close();
      SyncHarness.awaitEqual(source, SELECT.formatted("t"), target, SELECT.formatted("t"));
    }
  }

  /** Inserts, updates, deletes and changes of keys, one transaction each few rows. */
  private final class Workload implements AutoCloseable {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Thread thread = new Thread(this::run, "workload");
    private final AtomicInteger changes = new AtomicInteger();
    private volatile SQLException failure;

    Workload() {
      thread.start();
    }

    private void run() {
      Random random = new Random(42);
      List<String> statements =
          List.of(
              "UPDATE t SET a = CONCAT('u', ?), b = b + 1 WHERE id = ?",
              "DELETE FROM t WHERE b %% 7 = 0 AND id = ? + ? * 0",
              "REPLACE INTO t VALUES (? * 0 + ?, 'r', 5, 1.5)",
              "UPDATE IGNORE t SET id = ? + 20000 WHERE id = ?");
      try (Connection connection = SyncHarness.connect(servers.mySqlA(), database)) {
        connection.setAutoCommit(false);
        while (!stop.get()) {
          String sql = statements.get(random.nextInt(4)).replace("%%", "%");
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int id = 1 + random.nextInt(20000);
            statement.setInt(1, id);
            statement.setInt(2, id);
            changes.addAndGet(statement.executeUpdate());
          }
          if (random.nextInt(3) == 0) {
            connection.commit();
          }
        }
        connection.commit();
      } catch (SQLException e) {
        failure = e;
      }
    }

    @Override
    public void close() throws Exception {
      stop.set(true);
      thread.join();
      assertThat((Throwable) failure).isNull();
    }
  }
}
