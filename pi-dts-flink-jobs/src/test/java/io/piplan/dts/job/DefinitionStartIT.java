package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.DtsException;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Several syncs in one definition: all of them start, or none. */
@ExtendWith(ServersExtension.class)
class DefinitionStartIT {
  private static final String ROWS = "SELECT id, v FROM t ORDER BY id";

  private final Servers servers;
  @TempDir Path state;

  DefinitionStartIT(Servers servers) {
    this.servers = servers;
  }

  private String definition(List<String> databases) {
    StringBuilder text =
        new StringBuilder(
            SyncHarness.mySqlCatalog("a", servers.mySqlA())
                + SyncHarness.mySqlCatalog("b", servers.mySqlB()));
    for (String database : databases) {
      text.append(
          "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'parallelism' = '1', 'checkpoint.interval' = '300 ms');\n"
              .formatted(database, database, database));
    }
    return text.toString();
  }

  private String database() throws Exception {
    String name = servers.mySqlA().createDatabase("several");
    try (Connection a = servers.mySqlA().connect(name);
        Connection b = servers.mySqlB().connect("")) {
      SyncHarness.run(b, "CREATE DATABASE `" + name + "`");
      SyncHarness.run(
          a,
          "CREATE TABLE t (id INT PRIMARY KEY, v INT)",
          "INSERT INTO t SELECT seq, 0 FROM " + EmbeddedMySql.numbers(100));
    }
    return name;
  }

  @Test
  void whatStartedIsCancelledIfAnotherOneIsRefused() throws Exception {
    String first = database();
    String second = database();
    String both = definition(List.of(first, second));
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 2, Map.of());
        DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess());
        Connection refusing = servers.mySqlB().connect(second)) {
      FlinkRest rest = new FlinkRest(flink.rest().toString());
      FlinkRuntime runtime = new FlinkRuntime.Attached(flink.rest().toString(), state);
      FlinkSyncControl control =
          new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC());
      assertThat(launcher.start("both.sql", both, runtime, SyncLauncher.Start.CONTINUE))
          .containsExactly(first, second);
      for (String sync : List.of(first, second)) {
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(
                () -> !control.status(sync).tables().isEmpty() && control.status(sync).copyDone());
        control.stop(sync);
      }
      // All checks pass, and then the target refuses what the start writes there.
      SyncHarness.run(
          refusing,
          "CREATE TRIGGER full BEFORE UPDATE ON pi_dts_control FOR EACH ROW"
              + " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no more room'",
          "CREATE TRIGGER full_too BEFORE INSERT ON pi_dts_control FOR EACH ROW"
              + " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no more room'");
      DtsException refused =
          catchThrowableOfType(
              DtsException.class,
              () -> launcher.start("both.sql", both, runtime, SyncLauncher.Start.CONTINUE));
      assertThat(refused)
          .hasMessageContaining("no more room")
          .hasMessageContaining(
              "cancelled again, since all of a definition start or none: " + first);
      assertThat(refused.getMessage().split("remedy:", -1)).as(refused.getMessage()).hasSize(2);
      assertThat(refused.getMessage().split("PI-", -1)).as(refused.getMessage()).hasSize(2);
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> rest.runningJob(first).isEmpty() && rest.runningJob(second).isEmpty());

      SyncHarness.run(refusing, "DROP TRIGGER full", "DROP TRIGGER full_too");
      for (String database : List.of(first, second)) {
        try (Connection a = servers.mySqlA().connect(database)) {
          SyncHarness.run(a, "UPDATE t SET v = v + 1 WHERE id < 50");
        }
      }
      launcher.start("both.sql", both, runtime, SyncLauncher.Start.CONTINUE);
      for (String database : List.of(first, second)) {
        try (Connection a = servers.mySqlA().connect(database);
            Connection b = servers.mySqlB().connect(database)) {
          SyncHarness.awaitEqual(a, ROWS, b, ROWS);
        }
        control.stop(database);
      }
    }
  }

  @Test
  void oneThatEndedStartsAgainBesideTheOther() throws Exception {
    String first = database();
    String second = database();
    String both = definition(List.of(first, second));
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 2, Map.of());
        DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess());
        FlinkSyncControl control =
            new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC())) {
      FlinkRuntime runtime = new FlinkRuntime.Attached(flink.rest().toString(), state);
      launcher.start("both.sql", both, runtime, SyncLauncher.Start.CONTINUE);
      for (String sync : List.of(first, second)) {
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(
                () -> !control.status(sync).tables().isEmpty() && control.status(sync).copyDone());
      }
      control.end(second);
      assertThat(
              catchThrowableOfType(
                  DtsException.class,
                  () -> launcher.start("both.sql", both, runtime, SyncLauncher.Start.CONTINUE)))
          .hasMessageContaining("sync " + first + " runs already", "--sync NAME");
      assertThat(
              catchThrowableOfType(
                  DtsException.class, () -> start(launcher, both, "another", runtime)))
          .hasMessageContaining(first + ", " + second);
      assertThat(start(launcher, both, second, runtime)).containsExactly(second);
      for (String database : List.of(first, second)) {
        try (Connection a = servers.mySqlA().connect(database);
            Connection b = servers.mySqlB().connect(database)) {
          SyncHarness.run(a, "UPDATE t SET v = v + 1 WHERE id < 50");
          SyncHarness.awaitEqual(a, ROWS, b, ROWS);
        }
        control.stop(database);
      }
      // What is stored is the definition as a whole.
      assertThat(launcher.start("both.sql", both, runtime, SyncLauncher.Start.CONTINUE))
          .containsExactly(first, second);
      control.stop(first);
      control.stop(second);
    }
  }

  private static List<String> start(
      DefinitionLauncher launcher, String both, String sync, FlinkRuntime runtime) {
    return launcher.start(
        "both.sql", both, Set.of(sync), runtime, SyncLauncher.Start.CONTINUE, report -> {});
  }
}
