package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lanes;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every kind of target must do with transactions of two phases. */
abstract class TwoPhaseContract {
  private static final TableId TABLE = new TableId("src", "counters");
  private static final Column ID = Column.of("id", ColumnType.INT, "int", false);
  private static final Column V = Column.of("v", ColumnType.INT, "int", true);

  private final List<ApplyWriter> open = new ArrayList<>();
  private TableMapping mapping;
  private long position = 100;

  abstract Target target();

  abstract String schema();

  abstract Connection admin() throws SQLException;

  @BeforeEach
  void createTable() throws SQLException {
    execute("DROP TABLE IF EXISTS " + schema() + ".pi_dts_progress");
    execute("DROP TABLE IF EXISTS " + schema() + ".counters");
    execute("CREATE TABLE " + schema() + ".counters (id INT PRIMARY KEY, v INT NOT NULL)");
    TableSchema source =
        new TableSchema(
            TABLE,
            List.of(ID, V),
            List.of("id"),
            List.of(new UniqueKey("PRIMARY", List.of("id"))),
            List.of(),
            "");
    String type = target() instanceof PostgresTarget ? "integer" : "int";
    List<MappedColumn> columns =
        List.of(new MappedColumn(0, ID, "id", type), new MappedColumn(1, V, "v", type));
    mapping = new TableMapping(source, schema(), "counters", columns, columns.subList(0, 1), false);
  }

  @AfterEach
  void endAll() throws SQLException {
    open.forEach(ApplyWriter::close);
    // A failed test must leave no locks behind.
    writer(0, 1, Set.of()).close();
  }

  private ApplyWriter writer(int index, int writers, Set<String> prepared) {
    return writer(WriterOptions.of("two", index, writers), prepared);
  }

  private ApplyWriter writer(WriterOptions options, Set<String> prepared) {
    WriterOptions twoPhase =
        new WriterOptions(
            options.sync(),
            options.writer(),
            options.writers(),
            options.batchRows(),
            false,
            true,
            true,
            true,
            false,
            ZeroDates.KEEP,
            options.guard(),
            100,
            100);
    ApplyWriter writer =
        new ApplyWriter(
            twoPhase,
            target().openTwoPhase(),
            table -> mapping,
            new WriterMetrics(),
            Clock.systemUTC(),
            prepared);
    open.add(writer);
    return writer;
  }

  private ChangeEvent insert(int id, Integer v) {
    return change(Op.INSERT, null, Row.of("" + id, v == null ? null : "" + v));
  }

  private ChangeEvent update(int id, int before, int after) {
    return change(Op.UPDATE, Row.of("" + id, "" + before), Row.of("" + id, "" + after));
  }

  private ChangeEvent change(Op op, Row before, Row after) {
    position += 10;
    return new ChangeEvent(
        TABLE, 0, op, before, after, new Lsn("binlog.000001", position, 1, 1), Lsn.START, 1000);
  }

  private static ChangeEvent inLane(int lane, ChangeEvent change) {
    return new ChangeEvent(
        change.table(),
        lane,
        change.op(),
        change.before(),
        change.after(),
        change.lsn(),
        change.previous(),
        change.sourceMillis());
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = admin();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<String> rows() throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = admin();
        Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery("SELECT id, v FROM " + schema() + ".counters ORDER BY id")) {
      while (found.next()) {
        rows.add(found.getInt(1) + "=" + found.getInt(2));
      }
    }
    return rows;
  }

  @Test
  void nothingIsSeenBeforeTheCommitAndAllAfterIt() throws SQLException {
    ApplyWriter writer = writer(0, 1, Set.of());
    writer.write(insert(1, 1));
    writer.flush();
    writer.write(insert(2, 1));
    assertThat(writer.prepare()).isPresent();
    assertThat(rows()).isEmpty();
    writer.commitPrepared();
    assertThat(rows()).containsExactly("1=1", "2=1");
    writer.write(update(1, 1, 2));
    assertThat(writer.prepare()).isPresent();
    writer.commitPrepared();
    assertThat(rows()).containsExactly("1=2", "2=1");
    assertThat(writer.prepare()).isEmpty();
  }

  /** Also those of the last moment: a failure right behind it must not forget them. */
  @Test
  void changesAreCountedWithTheirRows() throws SQLException {
    ApplyWriter writer = writer(0, 1, Set.of());
    long before = counted();
    writer.write(insert(1, 1));
    writer.write(update(1, 1, 2));
    assertThat(writer.prepare()).isPresent();
    assertThat(counted()).isEqualTo(before);
    writer.commitPrepared();
    assertThat(counted()).isEqualTo(before + 2);
  }

  /** In no transaction that waits for a checkpoint, and behind one. */
  @Test
  void oldTombstonesAreForgottenBetweenCommits() throws SQLException {
    try (TargetSession session = target().openTwoPhase()) {
      session.guard(
          new GuardOptions(
              VersionChoice.NOTHING, false, false, false, 1, table -> table.equals("counters")),
          new WriterMetrics());
      session.prepare();
      session.takeOver("graves", 0, 1);
      List<String> graves = new ArrayList<>();
      for (int slice = 0; slice < 256; slice++) {
        graves.add("('counters', '%02x%030d', '2', 1)".formatted(slice, 0));
      }
      execute(
          "INSERT INTO %s.pi_dts_tombstone (tab, key_hash, version, deleted_ms) VALUES %s"
              .formatted(schema(), String.join(",", graves)));
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(
              () -> {
                position += 10;
                session.commit(new Lsn("binlog.000001", position, 1, 1), 1000);
                session.tidy();
                session.commitPrepared();
                session.tidy();
                return number("SELECT COUNT(*) FROM %s.pi_dts_tombstone") < 256;
              });
    }
  }

  private long counted() throws SQLException {
    return number("SELECT COALESCE(SUM(changes), 0) FROM %s.pi_dts_activity WHERE sync = 'two'");
  }

  private long number(String sql) throws SQLException {
    try (Connection connection = admin();
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(sql.formatted(schema()))) {
      found.next();
      return found.getLong(1);
    }
  }

  @Test
  void whatTheStateNamesIsCommittedOnceAndItsReplaysAreDropped() throws SQLException {
    ApplyWriter writer = writer(0, 1, Set.of());
    ChangeEvent first = insert(1, 1);
    ChangeEvent second = update(1, 1, 2);
    writer.write(first);
    writer.write(second);
    String id = writer.prepare().orElseThrow();
    writer.close();
    assertThat(rows()).isEmpty();

    ApplyWriter next = writer(0, 1, Set.of(id));
    assertThat(rows()).containsExactly("1=2");
    next.write(first);
    next.write(second);
    next.write(update(1, 2, 3));
    next.prepare();
    next.commitPrepared();
    assertThat(rows()).containsExactly("1=3");
    // Named once more by an older state: it is long over.
    next.close();
    writer(0, 1, Set.of(id));
    assertThat(rows()).containsExactly("1=3");
  }

  @Test
  void whatTheStateDoesNotNameIsRolledBackAndDoneAgain() throws SQLException {
    ApplyWriter writer = writer(0, 1, Set.of());
    ChangeEvent first = insert(1, 1);
    writer.write(first);
    assertThat(writer.prepare()).isPresent();
    writer.close();

    ApplyWriter next = writer(0, 1, Set.of());
    assertThat(rows()).isEmpty();
    next.write(first);
    next.prepare();
    next.commitPrepared();
    assertThat(rows()).containsExactly("1=1");
  }

  @Test
  void writersOfAnotherNumberGoOn() throws SQLException {
    ApplyWriter left = writer(0, 2, Set.of());
    ApplyWriter right = writer(1, 2, Set.of());
    left.write(insert(1, 1));
    right.write(inLane(Lanes.first(1, 2), insert(2, 1)));
    String id = left.prepare().orElseThrow();
    String other = right.prepare().orElseThrow();
    left.close();
    right.close();

    writer(0, 3, Set.of(id, other));
    assertThat(rows()).containsExactly("1=1", "2=1");
    ApplyWriter last = writer(2, 3, Set.of(id, other));
    last.write(inLane(Lanes.first(2, 3), update(2, 1, 2)));
    last.prepare();
    last.commitPrepared();
    assertThat(rows()).containsExactly("1=1", "2=2");
  }

  @Test
  void aLeftOverWriterCanNeitherPrepareNorCommit() throws SQLException {
    ApplyWriter zombie = writer(0, 1, Set.of());
    zombie.write(insert(1, 1));
    ApplyWriter next = writer(0, 1, Set.of());
    DtsException refused = catchThrowableOfType(DtsException.class, zombie::prepare);
    assertThat(refused.error()).isIn(DtsError.TARGET_FENCED, DtsError.TARGET_UNREACHABLE);
    next.write(insert(1, 5));
    next.prepare();
    next.commitPrepared();
    assertThat(rows()).containsExactly("1=5");
  }

  @Test
  void aLeftOverWriterThatHasPreparedIsRolledBack() throws SQLException {
    ApplyWriter zombie = writer(0, 1, Set.of());
    zombie.write(insert(1, 1));
    assertThat(zombie.prepare()).isPresent();
    ApplyWriter next = writer(0, 1, Set.of());
    DtsException refused = catchThrowableOfType(DtsException.class, zombie::commitPrepared);
    assertThat(refused.error().retryable()).isTrue();
    next.write(insert(2, 5));
    next.prepare();
    next.commitPrepared();
    assertThat(rows()).containsExactly("2=5");
  }

  @Test
  void refusedChangesAreSetAsideWithinTheTransaction() throws SQLException {
    ApplyWriter writer = writer(0, 1, Set.of());
    writer.write(insert(1, 1));
    writer.flush();
    writer.write(insert(2, 1));
    writer.write(insert(3, null));
    writer.write(insert(4, 1));
    writer.prepare();
    writer.commitPrepared();
    assertThat(rows()).containsExactly("1=1", "2=1", "4=1");
    try (Connection connection = admin();
        Statement statement = connection.createStatement();
        ResultSet letters =
            statement.executeQuery(
                "SELECT COUNT(*) FROM "
                    + schema()
                    + ".pi_dts_dead_letter WHERE sync = 'two' AND after_row LIKE '%\"3\"%'")) {
      letters.next();
      assertThat(letters.getInt(1)).isEqualTo(1);
    }
    execute("DELETE FROM " + schema() + ".pi_dts_dead_letter");
  }
}
