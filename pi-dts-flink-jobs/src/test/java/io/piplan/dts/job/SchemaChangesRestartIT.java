package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of tables are neither lost nor repeated, whenever the sync ends and begins again. */
@ExtendWith(ServersExtension.class)
class SchemaChangesRestartIT {
  private static final int NO_SUCH_THREAD = 1094;

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private DdlLab lab;
  private int taskManagers;

  SchemaChangesRestartIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    taskManagers = 0;
  }

  @AfterEach
  void stop() throws SQLException {
    syncs.close();
    lab.close();
    flink.close();
  }

  private void loseTaskManager() {
    flink.terminateTaskManager(taskManagers++);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void changesDuringAStopAndLossesOfTaskManagersAreFollowed(boolean postgres) throws Exception {
    lab = new DdlLab(servers, syncs, postgres);
    String sync = lab.start(DdlLab.ALL);
    lab.run("INSERT INTO t VALUES (4, 'before', 4)");
    lab.same("SELECT id, a, b FROM t ORDER BY id");
    syncs.control().stop(sync);
    lab.run(
        "INSERT INTO t VALUES (5, 'stopped', 5)",
        "ALTER TABLE t ADD COLUMN c INT",
        "UPDATE t SET c = id",
        "ALTER TABLE t DROP COLUMN b",
        "ALTER TABLE t ADD COLUMN b VARCHAR(9) DEFAULT 'new'",
        "INSERT INTO t (id) VALUES (6)",
        "INSERT INTO u VALUES (2, 'soon gone')",
        "DROP TABLE u");
    syncs.start(lab.definition(DdlLab.ALL), SyncLauncher.Start.CONTINUE);
    lab.same("SELECT id, a, b, c FROM t ORDER BY id");
    for (int i = 0; i < 2; i++) {
      lab.run(
          "ALTER TABLE t ADD COLUMN k" + i + " INT DEFAULT " + i,
          "INSERT INTO t (id) VALUES (" + (100 + i) + ")");
      loseTaskManager();
      lab.run("INSERT INTO t (id) VALUES (" + (200 + i) + ")");
      flink.startTaskManager();
    }
    lab.same("SELECT id, a, b, c, k0, k1 FROM t ORDER BY id");
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !lab.isThere("u"));
    assertThat(lab.states()).hasSize(6).containsOnly("done");
    if (!postgres) {
      assertThat(lab.targetStatements("ALTER")).hasSize(5);
      assertThat(lab.targetStatements("DROP")).hasSize(1);
    }
  }

  /**
   * MySQL commits a change of a table by itself. Here the sync ends, and its connection too, when
   * the target has changed and the record of it is about to be written.
   */
  @Test
  @Tag("chaos")
  void onMySqlWhatWasDoneAndNotRecordedIsNotRepeated() throws Exception {
    lab = new DdlLab(servers, syncs, false);
    lab.start(DdlLab.ALL);
    Connection target = lab.target();
    SyncHarness.run(
        target,
        "CREATE TABLE gate (closed INT)",
        "INSERT INTO gate VALUES (0)",
        "CREATE TRIGGER halt BEFORE INSERT ON pi_dts_ddl FOR EACH ROW BEGIN"
            + " IF NEW.state = 'done' AND (SELECT MAX(closed) FROM gate) = 1 THEN DO SLEEP(300);"
            + " END IF; END");
    for (String statement :
        List.of(
            "ALTER TABLE t ADD COLUMN c INT DEFAULT 7",
            // The names that are there don't tell whether it is done.
            "ALTER TABLE t DROP COLUMN b, ADD COLUMN b VARCHAR(9) DEFAULT 'new'",
            "ALTER TABLE t CHANGE COLUMN a z VARCHAR(30), ADD INDEX by_z (z)",
            "RENAME TABLE t TO hold, u TO t, hold TO u",
            "TRUNCATE TABLE t",
            "DROP TABLE t")) {
      SyncHarness.run(target, "UPDATE gate SET closed = 1");
      lab.run(statement);
      String halted = awaitHalted(target);
      loseTaskManager();
      SyncHarness.run(target, "UPDATE gate SET closed = 0");
      kill(target, halted);
      flink.startTaskManager();
      int done = lab.states().size();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> lab.states().get(done - 1).equals("done"));
    }
    lab.run("INSERT INTO u (id, z) VALUES (4, 'behind all')");
    lab.same("SELECT id, z, b, c FROM u ORDER BY id");
    assertThat(lab.isThere("t")).isFalse();
    assertThat(lab.states()).hasSize(6).containsOnly("done");
    // One of them takes away the mark of the second statement.
    assertThat(lab.targetStatements("ALTER")).hasSize(4);
    assertThat(lab.targetStatements("RENAME")).hasSize(1);
    assertThat(lab.targetStatements("TRUNCATE")).hasSize(1);
    assertThat(lab.targetStatements("DROP")).hasSize(1);
    assertThat(SyncHarness.rows(target, "SHOW TABLES LIKE 'pi\\_dts\\_mark%'")).isEmpty();
    assertThat(SyncHarness.rows(target, "SHOW TABLES LIKE 'pi\\_dts\\_done%'")).isEmpty();
    assertThat(SyncHarness.rows(target, "SHOW CREATE TABLE u").get(0).get(1))
        .doesNotContain("pi_dts");
  }

  /** The server may have noticed by itself that the task manager is gone. */
  private static void kill(Connection target, String thread) throws SQLException {
    try {
      SyncHarness.run(target, "KILL " + thread);
    } catch (SQLException e) {
      assertThat(e.getErrorCode()).as(e.getMessage()).isEqualTo(NO_SUCH_THREAD);
    }
  }

  private static String awaitHalted(Connection target) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                SyncHarness.rows(
                    target,
                    "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'"),
            found -> found.size() == 1)
        .get(0)
        .get(0);
  }

  /** The same where change and record are one transaction: both are undone, and done again. */
  @Test
  void onPostgresWhatWasNotRecordedIsUndoneAndDoneAgain() throws Exception {
    lab = new DdlLab(servers, syncs, true);
    lab.start(DdlLab.ALL);
    Connection target = lab.target();
    SyncHarness.run(
        target,
        "CREATE TABLE gate (closed INT)",
        "INSERT INTO gate VALUES (0)",
        "CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            + " IF NEW.state = 'done' AND (SELECT max(closed) FROM gate) = 1 THEN"
            + " PERFORM pg_sleep(300); END IF; RETURN NEW; END $$",
        "CREATE TRIGGER halt BEFORE INSERT ON pi_dts_ddl FOR EACH ROW EXECUTE FUNCTION halt()");
    for (String statement :
        List.of(
            "ALTER TABLE t ADD COLUMN c INT DEFAULT 7",
            "ALTER TABLE t DROP COLUMN b, ADD COLUMN b VARCHAR(9) DEFAULT 'new'",
            "RENAME TABLE t TO hold, u TO t, hold TO u")) {
      SyncHarness.run(target, "UPDATE gate SET closed = 1");
      int before = lab.states().size();
      lab.run(statement);
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !halted(target).isEmpty());
      loseTaskManager();
      SyncHarness.run(target, "UPDATE gate SET closed = 0");
      for (List<String> process : halted(target)) {
        SyncHarness.run(target, "SELECT pg_terminate_backend(" + process.get(0) + ")");
      }
      assertThat(lab.states()).hasSize(before);
      flink.startTaskManager();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> lab.states().size() == before + 1);
    }
    lab.run("INSERT INTO u (id) VALUES (4)", "INSERT INTO t VALUES (2, 'two')");
    lab.same("SELECT id, a, b, c FROM u ORDER BY id");
    lab.same("SELECT id, v FROM t ORDER BY id");
    assertThat(lab.states()).hasSize(3).containsOnly("done");
  }

  private static List<List<String>> halted(Connection target) throws SQLException {
    return SyncHarness.rows(
        target, "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  }
}
