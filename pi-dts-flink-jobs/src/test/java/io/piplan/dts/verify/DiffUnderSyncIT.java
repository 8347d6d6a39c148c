package io.piplan.dts.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.SourceIdentity;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rows on their way through a sync, whose progress B tells. */
@ExtendWith(ServersExtension.class)
class DiffUnderSyncIT {
  private static final String TABLE = "CREATE TABLE t (id INT PRIMARY KEY, v INT)";

  private final Servers servers;
  private final DiffDatabases databases;

  DiffUnderSyncIT(Servers servers) {
    this.servers = servers;
    databases = new DiffDatabases(servers, "flow");
  }

  @BeforeEach
  void tables() throws SQLException {
    databases.atA(TABLE, "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
    databases.atB(TABLE, "INSERT INTO t VALUES (1, 1), (2, 0), (3, 0)");
    try (Connection target = servers.mySqlB().connect(databases.b().schema())) {
      new ControlTables(false, databases.b().schema(), MySqlNames::quote).create(target);
    }
    databases.atB(
        "INSERT INTO pi_dts_table (sync, db, tab, estimated_rows, copied_rows, next_chunk, chunks,"
            + " chunks_done, done) VALUES ('s', '"
            + databases.a().schema()
            + "', 't', 3, 3, 1, 1, 1, 1)",
        "INSERT INTO pi_dts_progress (sync, writers, writer, first_lane, end_lane, epoch, file,"
            + " pos, event, row_no, changes, source_ms, applied_ms) VALUES ('s', 1, 0, 0, 128, 1,"
            + " '', 0, 0, 0, 0, 0, 0)");
  }

  private void applied(String file, long position) throws SQLException {
    databases.atB("UPDATE pi_dts_progress SET file = '" + file + "', pos = " + position);
  }

  private DiffReport diff() {
    return new Diff(databases.a(), databases.b(), DiffOptions.defaults()).run(DiffProgress.NONE);
  }

  @Test
  void aRowUnderWayIsWaitedForAsLongAsTheSyncIsBehind() throws Exception {
    Thread sync =
        new Thread(
            () -> {
              try {
                Thread.sleep(1_500);
                databases.atB("UPDATE t SET v = id");
                applied("zzz.999999", 1);
              } catch (SQLException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    sync.start();

    DiffReport report = diff();

    sync.join();
    assertThat(report.differences()).isZero();
    assertThat(report.millis()).isBetween(1_000L, 10_000L);
  }

  @Test
  void aRowThatIsDifferentThoughTheSyncHasPassedIsReportedAtOnce() throws SQLException {
    applied("zzz.999999", 1);

    DiffReport report = diff();

    assertThat(report.differences()).isEqualTo(2);
    assertThat(report.millis()).isLessThan(5_000);
  }

  @Test
  void ofSeveralSyncsTheOneFromThisServerIsAsked() throws Exception {
    try (Connection source = servers.mySqlA().connect(databases.a().schema())) {
      knownSource("s", SourceIdentity.of(source));
    }
    knownSource("other", "uuid:of-another");
    // Another site's sync has the same table, wrote later, and is further in its own binlog.
    databases.atB(
        "INSERT INTO pi_dts_table (sync, db, tab, estimated_rows, copied_rows, next_chunk, chunks,"
            + " chunks_done, done) SELECT 'other', db, tab, 3, 3, 1, 1, 1, 1 FROM pi_dts_table",
        "INSERT INTO pi_dts_progress (sync, writers, writer, first_lane, end_lane, epoch, file,"
            + " pos, event, row_no, changes, source_ms, applied_ms) VALUES ('other', 1, 0, 0, 128,"
            + " 1, 'zzz.999999', 1, 0, 0, 0, 0, 9)");
    Thread sync =
        new Thread(
            () -> {
              try {
                Thread.sleep(1_500);
                databases.atB("UPDATE t SET v = id");
                databases.atB(
                    "UPDATE pi_dts_progress SET file = 'zzz.999999', pos = 1 WHERE sync = 's'");
              } catch (SQLException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    sync.start();

    DiffReport report = diff();

    sync.join();
    assertThat(report.differences()).as(report.toText()).isZero();
  }

  @Test
  void aSyncThatDoesNotGetOnIsWaitedForOnceInAllParts() throws SQLException {
    DiffOptions options = DiffOptions.defaults().withSettle(Duration.ofMillis(300));
    try (DiffWorker worker =
        new DiffWorker(
            databases.a(), databases.b(), options, new Throttle(0), DifferenceSink.NONE)) {
      for (long id = 1; id <= 3; id++) {
        KeyRange range = new KeyRange(BigInteger.valueOf(id), BigInteger.valueOf(id));
        DiffPart part = new DiffPart((int) id, 0, TablePair.of("t", "t"), range);
        assertThat(worker.compare(part, rows -> {}).different()).isEqualTo(id == 1 ? 0 : 1);
      }
      assertThat(worker.waits().count()).isEqualTo(1);
      // It has come there in the end, and then falls behind once more.
      applied("zzz.999999", 1);
      DiffPart all = new DiffPart(4, 0, TablePair.of("t", "t"), null);
      assertThat(worker.compare(all, rows -> {}).different()).isEqualTo(2);
      assertThat(worker.waits().count()).isEqualTo(1);
      applied("", 0);
      assertThat(worker.compare(all, rows -> {}).different()).isEqualTo(2);
      assertThat(worker.waits().count()).isEqualTo(2);
    }
  }

  private void knownSource(String sync, String server) throws SQLException {
    databases.atB(
        "INSERT INTO pi_dts_control (sync, name, value) VALUES ('"
            + sync
            + "', '#source', '0 "
            + server
            + " mysql://elsewhere:3306')");
  }

  private void keyless(String... atB) throws SQLException {
    String table = "CREATE TABLE k (v INT, w VARCHAR(20))";
    databases.atA(
        "DROP TABLE t", table, "INSERT INTO k VALUES (1, 'a'), (2, 'b'), (2, 'b'), (3, NULL)");
    databases.atB("DROP TABLE t", table);
    databases.atB(atB);
    databases.atB("UPDATE pi_dts_table SET tab = 'k'");
  }

  @Test
  void rowsWithoutAKeyAreWaitedForAsLongAsTheSyncIsBehind() throws Exception {
    keyless("INSERT INTO k VALUES (1, 'a'), (2, 'b'), (9, 'deleted since')");
    Thread sync =
        new Thread(
            () -> {
              try {
                Thread.sleep(1_500);
                databases.atB(
                    "INSERT INTO k VALUES (2, 'b'), (3, NULL)", "DELETE FROM k WHERE v = 9");
                applied("zzz.999999", 1);
              } catch (SQLException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    sync.start();

    DiffReport report = diff();

    sync.join();
    assertThat(report.toText()).endsWith("diff: 0\n");
    assertThat(report.tables().get(0).equal()).isEqualTo(4);
  }

  @Test
  void rowsWithoutAKeyThatAreDifferentThoughTheSyncHasPassedAreReported() throws SQLException {
    keyless("INSERT INTO k VALUES (1, 'a'), (2, 'b'), (9, 'b')");
    applied("zzz.999999", 1);

    DiffResult result = diff().tables().get(0);

    assertThat(result.onlyInA()).isEqualTo(2);
    assertThat(result.onlyInB()).isEqualTo(1);
    assertThat(result.equal()).isEqualTo(2);
    assertThat(result.moving()).isZero();
    assertThat(result.sample()).hasSize(3);
  }
}
