package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.DtsException;
import io.piplan.dts.apply.ApplyWriter;
import io.piplan.dts.apply.UpkeepMetrics;
import io.piplan.dts.hive.HiveMaintenance.Result;
import io.piplan.dts.hive.HiveMaintenance.Settings;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.job.Relay;
import io.piplan.dts.sql.HiveOptions;
import io.piplan.dts.sql.HiveOptions.Layout;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A HiveServer2 that hangs, or is not there: nobody waits for ever, and it is told. */
@Tag("mariadb-only")
@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HiveUpkeepFailuresIT {
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final EmbeddedHive hive;
  private final String database;

  HiveUpkeepFailuresIT(Servers servers) {
    this.hive = servers.hive();
    this.database = hive.createDatabase("hanging");
  }

  private HiveBench withRows(String table) {
    HiveBench bench = new HiveBench(hive, database, table, Layout.CHANGELOG);
    try (ApplyWriter writer = bench.writer(0, 1, Set.of(), Steps.UNWATCHED)) {
      for (int id = 0; id < 5; id++) {
        writer.write(bench.insert(id, id, 1));
      }
      writer.prepare();
      writer.commitPrepared();
    }
    return bench;
  }

  private static Settings only(String table) {
    return new Settings(
        Set.of(table),
        Duration.ofDays(1),
        Duration.ofDays(1),
        Duration.ofSeconds(20),
        Duration.ZERO);
  }

  private static HiveServer at(HiveServer server, String url) {
    return new HiveServer(
        server.metastoreUri(),
        url,
        server.user(),
        server.password(),
        server.confFolder(),
        server.conf());
  }

  /**
   * In its login, and in the middle of its work. The table is given back at once: who comes next
   * would have to wait for an hour of silence else.
   */
  @ParameterizedTest
  @ValueSource(longs = {4, 2_000})
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void aServerThatHangsHoldsNoTable(long answers) throws Exception {
    HiveBench bench = withRows("hung_" + answers);
    HiveServer direct = bench.server();
    Settings settings = only("hung_" + answers);
    try (Relay relay = new Relay(hive.serverPort())) {
      relay.forgetAnswersAfter(answers);
      HiveServer through = at(direct, "jdbc:hive2://127.0.0.1:" + relay.port() + "/default");
      try (HiveMaintenance hanging =
          new HiveMaintenance(through, database, Steps.UNWATCHED, Duration.ofHours(1), ANSWER)) {
        DtsException failure =
            catchThrowableOfType(DtsException.class, () -> hanging.run(settings, done -> {}));
        assertThat(failure).isNotNull().hasStackTraceContaining("SocketTimeoutException");
        if (answers > 1000) {
          assertThat(failure).hasMessageContaining("it has not answered for 10 s");
        }
      }
    }
    try (HiveMaintenance next =
        new HiveMaintenance(direct, database, Steps.UNWATCHED, Duration.ofHours(1))) {
      Result result = next.run(settings, done -> {}).get(0);
      assertThat(result.postponed()).isEmpty();
      assertThat(result.partitions()).isEqualTo(1);
    }
    assertThat(bench.state()).hasSize(5);
  }

  /** By the schedule of a sync; tables that have nothing new are done without a HiveServer2. */
  @Test
  void whatFailsIsCounted() {
    HiveBench bench = withRows("counted");
    HiveOptions often =
        new HiveOptions(
            Layout.CHANGELOG,
            bench.options().partitions(),
            HiveOptions.Format.ORC,
            HiveOptions.Compression.SNAPPY,
            Duration.ofMillis(500),
            Duration.ofDays(1),
            Duration.ofDays(1),
            Duration.ofDays(1),
            Duration.ofDays(1),
            true,
            java.time.ZoneOffset.UTC);
    HiveServer away = at(bench.server(), "jdbc:hive2://127.0.0.1:1/default");
    UpkeepMetrics metrics = new UpkeepMetrics();
    try (Housekeeping housekeeping =
        Housekeeping.start(new HiveTarget(away, database, often), "counted", metrics)) {
      assertThat(housekeeping).isNotNull();
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> metrics.failures() >= 2);
      assertThat(metrics.tablesDone()).isZero();
    }
    UpkeepMetrics later = new UpkeepMetrics();
    try (Housekeeping housekeeping =
        Housekeeping.start(new HiveTarget(bench.server(), database, often), "counted", later)) {
      assertThat(housekeeping).isNotNull();
      Awaitility.await().atMost(Duration.ofSeconds(90)).until(() -> later.tablesDone() > 0);
    }
  }
}
