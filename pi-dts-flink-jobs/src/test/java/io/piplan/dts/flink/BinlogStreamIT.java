package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Secret;
import io.piplan.dts.StartPosition;
import io.piplan.dts.StreamElement;
import io.piplan.dts.binlog.OwnTransactions;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a stream of changes holds, where it can begin, and what stops it. */
@ExtendWith(ServersExtension.class)
class BinlogStreamIT {
  private final Servers servers;
  private final EmbeddedMySql source;
  private String schema;
  private String table;
  private BinlogTap tap;

  BinlogStreamIT(Servers servers) {
    this.servers = servers;
    source = servers.mySqlA();
  }

  @BeforeEach
  void makeTable() throws Exception {
    schema = source.createDatabase("stream");
    table = schema + ".t";
    BinlogTap.run(source, "CREATE TABLE " + table + " (id INT PRIMARY KEY, v VARCHAR(200))");
    tap = BinlogTap.from(source, schema, BinlogTap.now(source));
  }

  @AfterEach
  void closeTap() {
    tap.close();
  }

  private List<ChangeEvent> changes() throws Exception {
    return tap.changesUntil(BinlogTap.end(source));
  }

  @Test
  void changesComeInOrderWithGrowingPlaces() throws Exception {
    BinlogTap.run(
        source,
        "INSERT INTO " + table + " VALUES (1,'a'),(2,'b')",
        "UPDATE " + table + " SET v = CONCAT(v, v)",
        "DELETE FROM " + table + " WHERE id = 1");
    List<ChangeEvent> changes = changes();
    assertThat(changes)
        .extracting(ChangeEvent::op)
        .containsExactly(Op.INSERT, Op.INSERT, Op.UPDATE, Op.UPDATE, Op.DELETE);
    assertThat(changes).extracting(ChangeEvent::lsn).isSorted().doesNotHaveDuplicates();
    assertThat(changes.get(3).before().text(1)).isEqualTo("b");
    assertThat(changes.get(3).after().text(1)).isEqualTo("bb");
    assertThat(changes.get(0).sourceMillis()).isPositive();
  }

  @Test
  void otherDatabasesAreLeftOut() throws Exception {
    String other = source.createDatabase("other");
    BinlogTap.run(
        source,
        "CREATE TABLE " + other + ".x (id INT PRIMARY KEY)",
        "INSERT INTO " + other + ".x VALUES (1)",
        "TRUNCATE " + other + ".x",
        "DROP TABLE " + other + ".x",
        "INSERT INTO " + table + " VALUES (1,'a')");
    assertThat(changes()).hasSize(1);
  }

  @Test
  void restoreInTheMiddleOfALargeTransactionSendsItAgainWithTheSamePlaces() throws Exception {
    BinlogTap.run(source, "INSERT INTO " + table + " " + numbers(50_000, "n, REPEAT('x', 100)"));
    List<ChangeEvent> whole = changes();
    assertThat(whole).hasSize(50_000);
    Lsn middle = whole.get(25_000).lsn();
    try (BinlogTap again =
        BinlogTap.from(
            source, schema, new StartPosition.FileAndPosition(middle.file(), middle.position()))) {
      List<ChangeEvent> replay = again.changesUntil(BinlogTap.end(source));
      assertThat(replay)
          .extracting(ChangeEvent::lsn)
          .isEqualTo(whole.stream().map(ChangeEvent::lsn).toList());
      // A start by file and position does not know which transactions were before it.
      assertThat(replay.get(49_999).withGtids(null)).isEqualTo(whole.get(49_999).withGtids(null));
    }
  }

  @Test
  void anIdleStreamAdvancesIntoANewFile() throws Exception {
    BinlogTap.run(source, "FLUSH BINARY LOGS");
    Lsn end = BinlogTap.end(source);
    List<StreamElement> seen =
        tap.until(e -> e instanceof PositionMark mark && mark.lsn().compareTo(end) >= 0);
    // Not "at end": MariaDB writes a checkpoint event into the new file some time after the flush.
    assertThat(((PositionMark) seen.get(seen.size() - 1)).lsn().file()).isEqualTo(end.file());
    assertThat(seen).allMatch(PositionMark.class::isInstance);
  }

  @Test
  void transactionsEndWithAMark() throws Exception {
    BinlogTap.run(source, "INSERT INTO " + table + " VALUES (1,'a')");
    Lsn end = BinlogTap.end(source);
    List<StreamElement> seen =
        tap.until(e -> e instanceof PositionMark mark && mark.transactionEnd());
    assertThat(((PositionMark) seen.get(seen.size() - 1)).lsn()).isEqualTo(end);
    assertThat(BinlogTap.changes(seen)).hasSize(1);
  }

  @Test
  void startsAtTheEarliestPlace() throws Exception {
    BinlogTap.run(source, "INSERT INTO " + table + " VALUES (1,'a')");
    try (BinlogTap earliest = BinlogTap.from(source, schema, new StartPosition.Earliest())) {
      assertThat(earliest.changesUntil(BinlogTap.end(source))).isEqualTo(changes());
    }
  }

  @Test
  void startsAtATime() throws Exception {
    BinlogTap.run(source, "INSERT INTO " + table + " VALUES (1,'a')", "DO SLEEP(2.1)");
    long now = Long.parseLong(BinlogTap.query(source, "SELECT UNIX_TIMESTAMP()").get(0).get(0));
    BinlogTap.run(source, "INSERT INTO " + table + " VALUES (2,'b')");
    StartPosition start = new StartPosition.Timestamp((now - 1) * 1000);
    try (BinlogTap later = BinlogTap.from(source, schema, start)) {
      // No mark before the first change: a restore from it would not know the time any more.
      assertThat(later.until(e -> true))
          .singleElement()
          .isInstanceOfSatisfying(
              ChangeEvent.class, c -> assertThat(c.after().text(0)).isEqualTo("2"));
    }
  }

  @Test
  void startsAfterAGtid() throws Exception {
    String variable = source.isMariaDb() ? "@@gtid_binlog_pos" : "@@gtid_executed";
    BinlogTap.run(source, "INSERT INTO " + table + " VALUES (1,'a')");
    String gtid = BinlogTap.query(source, "SELECT " + variable).get(0).get(0);
    BinlogTap.run(source, "INSERT INTO " + table + " VALUES (2,'b')");
    try (BinlogTap later = BinlogTap.from(source, schema, new StartPosition.Gtid(gtid))) {
      List<ChangeEvent> changes = later.changesUntil(BinlogTap.end(source));
      assertThat(changes).extracting(c -> c.after().text(0)).containsExactly("2");
      assertThat(changes.get(0).lsn()).isEqualTo(changes().get(1).lsn());
    }
  }

  private void stops(DtsError error, String word, String... statements) throws Exception {
    BinlogTap.run(source, statements);
    DtsException failure = tap.failure();
    assertThat(failure.error()).isEqualTo(error);
    assertThat(failure).hasMessageContaining("binlog.0").hasMessageContaining(word);
  }

  /** As PiDAL's transactions of one node do; MySQL logs it by the events of XA. */
  @Test
  void xaThatCommitsInOnePhaseIsOrdinary() throws Exception {
    BinlogTap.run(
        source,
        "XA START 'one','phase',1",
        "INSERT INTO " + table + " VALUES (1,'a')",
        "SAVEPOINT here",
        "INSERT INTO " + table + " VALUES (2,'undone')",
        "ROLLBACK TO here",
        "UPDATE " + table + " SET v = 'b'",
        "XA END 'one','phase',1",
        "XA COMMIT 'one','phase',1 ONE PHASE",
        "XA START 'rolled','back',1",
        "INSERT INTO " + table + " VALUES (3,'undone')",
        "XA END 'rolled','back',1",
        "XA ROLLBACK 'rolled','back',1",
        "INSERT INTO " + table + " VALUES (4,'c')");
    List<ChangeEvent> changes = changes();
    assertThat(changes)
        .extracting(change -> change.op() + change.after().text(0) + change.after().text(1))
        .containsExactly("INSERT1a", "UPDATE1b", "INSERT4c");
    assertThat(changes).extracting(ChangeEvent::lsn).isSorted().doesNotHaveDuplicates();
    // A restart amid the transaction sends it again, whole.
    Lsn first = changes.get(0).lsn();
    try (BinlogTap again =
        BinlogTap.from(
            source, schema, new StartPosition.FileAndPosition(first.file(), first.position()))) {
      assertThat(again.changesUntil(BinlogTap.end(source)))
          .extracting(ChangeEvent::lsn)
          .isEqualTo(changes.stream().map(ChangeEvent::lsn).toList());
    }
  }

  @Test
  void preparedXaStopsItIfItHasRows() throws Exception {
    String other = source.createDatabase("other");
    BinlogTap.run(
        source,
        "CREATE TABLE " + other + ".x (id INT PRIMARY KEY)",
        "XA START 'other','tables',1",
        "INSERT INTO " + other + ".x VALUES (1)",
        "XA END 'other','tables',1",
        "XA PREPARE 'other','tables',1",
        "XA COMMIT 'other','tables',1",
        "INSERT INTO " + table + " VALUES (1,'a')");
    assertThat(changes()).hasSize(1);
    stops(
        DtsError.SOURCE_EVENT_UNKNOWN,
        "prepared",
        "XA START 'two','phases',1",
        "INSERT INTO " + table + " VALUES (2,'b')",
        "XA END 'two','phases',1",
        "XA PREPARE 'two','phases',1",
        "XA COMMIT 'two','phases',1");
  }

  /** On a server of its own: what can't be read stays in its binlog. */
  @Test
  void compressedEventsStopIt() throws Exception {
    String option = source.isMariaDb() ? "log_bin_compress" : "binlog_transaction_compression";
    try (EmbeddedMySql own = startOwn()) {
      String database = own.createDatabase("compressed");
      BinlogTap.run(
          own,
          "SET GLOBAL " + option + " = ON",
          "CREATE TABLE " + database + ".t (id INT PRIMARY KEY, v VARCHAR(300))");
      try (BinlogTap compressed = BinlogTap.from(own, database, BinlogTap.now(own))) {
        BinlogTap.run(own, "INSERT INTO " + database + ".t VALUES (1, REPEAT('a', 300))");
        DtsException failure = compressed.failure();
        assertThat(failure.error()).isEqualTo(DtsError.SOURCE_EVENT_UNKNOWN);
        assertThat(failure).hasMessageContaining("binlog.0").hasMessageContaining(option);
      }
    }
  }

  @Test
  void statementFormatStopsIt() throws Exception {
    stops(
        DtsError.SOURCE_EVENT_UNKNOWN,
        "binlog_format",
        "SET SESSION binlog_format = STATEMENT",
        "INSERT INTO " + table + " VALUES (1,'a')");
  }

  @Test
  void partialRowImagesStopIt() throws Exception {
    stops(
        DtsError.SOURCE_BINLOG_FORMAT,
        "binlog_row_image",
        "INSERT INTO " + table + " VALUES (1,'a')",
        "SET SESSION binlog_row_image = MINIMAL",
        "UPDATE " + table + " SET v = 'b'");
  }

  @Test
  void anotherColumnStopsIt() throws Exception {
    stops(
        DtsError.SOURCE_SCHEMA_CHANGED, "ADD COLUMN", "ALTER TABLE " + table + " ADD COLUMN w INT");
  }

  @Test
  void truncateStopsIt() throws Exception {
    stops(DtsError.SOURCE_SCHEMA_CHANGED, "TRUNCATE", "TRUNCATE TABLE " + table);
  }

  @Test
  void droppingTheDatabaseStopsIt() throws Exception {
    stops(DtsError.SOURCE_SCHEMA_CHANGED, "DROP DATABASE", "DROP DATABASE " + schema);
  }

  @Test
  void aTableThatHasOtherColumnsNowStopsIt() throws Exception {
    StartPosition before = BinlogTap.now(source);
    BinlogTap.run(
        source,
        "INSERT INTO " + table + " VALUES (1,'a')",
        "ALTER TABLE " + table + " ADD COLUMN w INT");
    try (BinlogTap late = BinlogTap.from(source, schema, before)) {
      DtsException failure = late.failure();
      assertThat(failure.error()).isEqualTo(DtsError.SOURCE_SCHEMA_CHANGED);
      assertThat(failure).hasMessageContaining("3 columns now");
    }
  }

  @Test
  void indexesAndNewTablesDoNotStopIt() throws Exception {
    BinlogTap.run(
        source,
        "CREATE INDEX i ON " + table + " (v)",
        "ALTER TABLE " + table + " ADD INDEX j (v, id), COMMENT = 'it, (\\'s'",
        "ANALYZE TABLE " + table,
        "CREATE TEMPORARY TABLE " + schema + ".tmp (id INT)",
        "CREATE TABLE " + schema + ".n (id INT PRIMARY KEY)",
        "INSERT INTO " + schema + ".n VALUES (5)",
        "CREATE TABLE " + schema + ".s (id INT PRIMARY KEY) SELECT 6 AS id",
        "CREATE VIEW " + schema + ".w AS SELECT 1 AS x",
        "INSERT INTO " + table + " VALUES (1,'a')");
    assertThat(changes()).extracting(c -> c.after().text(0)).containsExactly("5", "6", "1");
  }

  @Test
  void aPurgedPositionIsRefused() throws Exception {
    try (EmbeddedMySql own = startOwn()) {
      BinlogTap.run(own, "FLUSH BINARY LOGS", "FLUSH BINARY LOGS");
      // MariaDB keeps a file, without an error, until its background thread has checkpointed it.
      Awaitility.await()
          .until(
              () -> {
                BinlogTap.run(own, "PURGE BINARY LOGS TO 'binlog.000003'");
                try (Connection connection = own.connect("");
                    Statement statement = connection.createStatement();
                    ResultSet logs = statement.executeQuery("SHOW BINARY LOGS")) {
                  return logs.next() && logs.getString(1).equals("binlog.000003");
                }
              });
      StartPosition gone = new StartPosition.FileAndPosition("binlog.000001", 4);
      try (BinlogTap late = BinlogTap.from(own, "x", gone)) {
        DtsException failure = late.failure();
        assertThat(failure.error()).isEqualTo(DtsError.SOURCE_BINLOG_PURGED);
        assertThat(failure)
            .hasMessageContaining("binlog.000001")
            .hasMessageContaining("binlog.000003");
      }
    }
  }

  @Test
  void aPlaceBeyondTheEndIsRefused() throws Exception {
    StartPosition.FileAndPosition now = BinlogTap.now(source);
    StartPosition beyond =
        new StartPosition.FileAndPosition(now.file(), now.position() + 1_000_000);
    try (BinlogTap late = BinlogTap.from(source, schema, beyond)) {
      assertThat(late.failure().error()).isEqualTo(DtsError.SOURCE_BINLOG_PURGED);
    }
  }

  @Test
  void aTakenServerIdIsRefused() throws Exception {
    BinlogOptions options = BinlogTap.options(source, schema, BinlogTap.now(source));
    try (BinlogTap first = new BinlogTap(options)) {
      first.until(e -> e instanceof PositionMark);
      first.until(e -> e instanceof PositionMark);
      try (BinlogTap second = new BinlogTap(options)) {
        second.until(e -> e instanceof PositionMark);
        assertThat(first.failure())
            .hasMessageContaining("server-id")
            .extracting(DtsException::error)
            .isEqualTo(DtsError.SOURCE_SERVER_ID_TAKEN);
      }
    }
  }

  @Test
  void aWrongPasswordIsRefusedAndNotShown() throws Exception {
    BinlogOptions right = BinlogTap.options(source, schema, new StartPosition.Latest());
    MySqlServer wrong =
        new MySqlServer(
            source.host(), source.port(), source.user(), new Secret.LiteralSecret("Secret1!"));
    try (BinlogTap refused =
        new BinlogTap(
            new BinlogOptions(wrong, 72_001, right.start(), right.filter(), right.schemas()))) {
      DtsException failure = refused.failure();
      assertThat(failure.error()).isEqualTo(DtsError.SOURCE_ACCESS_DENIED);
      assertThat(failure.getMessage()).doesNotContain("Secret1!");
    }
  }

  @Test
  void aServerThatGoesAwayIsRetryable() throws Exception {
    try (EmbeddedMySql own = startOwn()) {
      try (BinlogTap cut = BinlogTap.from(own, "x", BinlogTap.now(own))) {
        cut.until(e -> e instanceof PositionMark);
        cut.until(e -> e instanceof PositionMark);
        own.kill9();
        DtsException failure = cut.failure();
        assertThat(failure.error()).isEqualTo(DtsError.SOURCE_UNREACHABLE);
        assertThat(failure.error().retryable()).isTrue();
      }
    }
  }

  @Test
  void aServerThatHangsIsNoticed() throws Exception {
    try (EmbeddedMySql own = startOwn()) {
      BinlogOptions base = BinlogTap.options(own, "x", BinlogTap.now(own));
      BinlogOptions impatient =
          new BinlogOptions(
              base.server(),
              base.serverId(),
              base.start(),
              base.filter(),
              base.schemas(),
              Duration.ofMillis(200),
              Duration.ofSeconds(2),
              PauseSwitch.NEVER,
              null,
              false,
              base.reader(),
              null,
              null);
      BinlogSplitReader reader = new BinlogSplitReader(impatient, new OwnTransactions(false));
      reader.handleSplitsChanges(
          new org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition<>(
              List.of(new BinlogSplit(base.start()))));
      assertThat(reader.fetch().nextSplit()).isEqualTo(BinlogSplit.ID);
      own.sigstop();
      DtsException failure = null;
      for (int i = 0; i < 20 && failure == null; i++) {
        var batch = reader.fetch();
        batch.nextSplit();
        try {
          while (batch.nextRecordFromSplit() != null) {}
        } catch (DtsException e) {
          failure = e;
        }
      }
      own.sigcont();
      reader.close();
      assertThat(failure).isNotNull();
      assertThat(failure.error()).isEqualTo(DtsError.SOURCE_UNREACHABLE);
    }
  }

  /** SELECT of {@code count} rows that may use the number {@code n}. */
  static String numbers(int count, String columns) {
    String digits =
        "(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5"
            + " UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
    StringBuilder number = new StringBuilder("0");
    StringBuilder tables = new StringBuilder();
    for (int i = 0, power = 1; power < count; i++, power *= 10) {
      number.append(" + ").append(power).append(" * d").append(i).append(".d");
      tables.append(i == 0 ? "" : ", ").append(digits).append(" d").append(i);
    }
    return "SELECT "
        + columns
        + " FROM (SELECT "
        + number
        + " AS n FROM "
        + tables
        + ") numbers WHERE n < "
        + count;
  }

  private EmbeddedMySql startOwn() {
    return servers.startMySql(MySqlOptions.defaults().withServerId(9));
  }
}
