package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseServer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every kind of target session must do to keep rows from going back, and about conflicts. */
abstract class GuardContract {
  private static final String SYNC = "guarded";
  private static final Column ID = column("id", ColumnType.BIGINT, "bigint");
  private static final Column NAME = column("name", ColumnType.VARCHAR, "varchar(50)");
  private static final Column DATA = column("data", ColumnType.VARBINARY, "varbinary(50)");

  private final List<TargetSession> open = new ArrayList<>();
  private TargetSession session;
  private long position;

  abstract DatabaseServer server();

  abstract Target target();

  /** The database or schema that the tables are in; empty at the start of each test. */
  abstract String schema();

  abstract Connection admin() throws SQLException;

  @BeforeEach
  void openSession() throws SQLException {
    List<String> tables = new ArrayList<>();
    for (List<String> row :
        query(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = '"
                + schema()
                + "'")) {
      tables.add(row.get(0));
    }
    for (String table : tables) {
      execute("DROP TABLE " + schema() + "." + table);
    }
    position = 100;
    session = session();
  }

  @AfterEach
  void closeSessions() {
    open.forEach(TargetSession::close);
  }

  private TargetSession session() {
    TargetSession opened = target().open();
    open.add(opened);
    opened.prepare();
    opened.takeOver(SYNC, 0, 1);
    return opened;
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = admin();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<List<String>> query(String sql) throws SQLException {
    List<List<String>> found = new ArrayList<>();
    try (Connection connection = admin();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int c = 1; c <= columns; c++) {
          row.add(rows.getString(c));
        }
        found.add(row);
      }
    }
    return found;
  }

  private static Column column(String name, ColumnType type, String columnType) {
    return Column.of(name, type, columnType, true);
  }

  private boolean isPostgres() {
    return target() instanceof PostgresTarget;
  }

  private TableMapping things() throws SQLException {
    execute(
        "CREATE TABLE %s.things (id BIGINT PRIMARY KEY, name VARCHAR(50), data %s)"
            .formatted(schema(), isPostgres() ? "BYTEA" : "VARBINARY(50)"));
    List<Column> columns = List.of(ID, NAME, DATA);
    TableSchema source =
        new TableSchema(
            new TableId("src", "things"),
            columns,
            List.of("id"),
            List.of(new UniqueKey("PRIMARY", List.of("id"))),
            List.of(),
            "");
    List<MappedColumn> mapped =
        List.of(
            new MappedColumn(0, ID, "id", "bigint"),
            new MappedColumn(1, NAME, "name", "varchar"),
            new MappedColumn(2, DATA, "data", isPostgres() ? "bytea" : "varbinary"));
    TableMapping mapping =
        new TableMapping(source, schema(), "things", mapped, mapped.subList(0, 1), false);
    session.map(mapping);
    return mapping;
  }

  private static Row thing(long id, String name, byte... data) {
    return new Row(
        new byte[][] {
          Long.toString(id).getBytes(StandardCharsets.UTF_8),
          name == null ? null : name.getBytes(StandardCharsets.UTF_8),
          data
        });
  }

  private ChangeEvent change(TableMapping table, Row before, Row after) {
    position += 10;
    Op op = before == null ? Op.INSERT : after == null ? Op.DELETE : Op.UPDATE;
    return new ChangeEvent(
        table.source().id(), 7, op, before, after, lsn(), new Lsn("binlog.000001", 1, 1, 1), 1000);
  }

  private Lsn lsn() {
    return new Lsn("binlog.000001", position, 2, 1);
  }

  private RowLocks locks() {
    return new RowLocks(server(), schema());
  }

  @Test
  void recordsAConflictWithAllImagesAndAppliesNothing() throws SQLException {
    TableMapping things = things();
    byte[] bytes = {0, 1, -1};
    session.apply(List.of(change(things, null, thing(5, "there", bytes))));
    ChangeEvent update =
        change(things, thing(5, "é\0\"x\"", (byte) 9), thing(5, null, (byte) -128));
    session.conflict(update, ConflictKind.NOT_OWNER, "zone 2 does not own it");
    session.conflict(
        change(things, thing(6, "gone"), null), ConflictKind.NOT_OWNER, "nor this one");
    session.rollback();
    assertThat(locks().openConflicts(SYNC, 10)).isEmpty();

    session.apply(List.of(change(things, null, thing(5, "there", bytes))));
    session.conflict(update, ConflictKind.NOT_OWNER, "zone 2 does not own it");
    session.conflict(
        change(things, thing(6, "gone"), null), ConflictKind.NOT_OWNER, "nor this one");
    session.commit(lsn(), 1000);

    List<Conflict> found = locks().openConflicts(SYNC, 10);
    assertThat(found).hasSize(2);
    Conflict first = found.get(0);
    assertThat(first.table()).isEqualTo(things.source().id());
    assertThat(first.targetTable()).isEqualTo("things");
    assertThat(first.key()).isEqualTo("{\"id\":\"5\"}");
    assertThat(first.kind()).isEqualTo(ConflictKind.NOT_OWNER);
    assertThat(first.lsn()).isEqualTo(update.lsn());
    assertThat(first.reason()).isEqualTo("zone 2 does not own it");
    assertThat(RowJson.read(things.source(), first.before())).isEqualTo(update.before());
    assertThat(RowJson.read(things.source(), first.after())).isEqualTo(update.after());
    assertThat(RowJson.read(things.source(), first.target())).isEqualTo(thing(5, "there", bytes));
    assertThat(found.get(1).target()).isNull();
    assertThat(found.get(1).after()).isNull();
    assertThat(query("SELECT id, name FROM " + schema() + ".things"))
        .containsExactly(List.of("5", "there"));

    assertThat(locks().countOpenConflicts(SYNC)).isEqualTo(2);
    assertThat(locks().countOpenConflicts("another")).isZero();
    assertThat(locks().dismiss(SYNC, first.id())).isTrue();
    assertThat(locks().dismiss(SYNC, first.id())).isFalse();
    assertThat(locks().openConflicts(SYNC, 10)).containsExactly(found.get(1));
    assertThat(locks().conflicts(SYNC, 10))
        .extracting(Conflict::state)
        .containsExactly(ConflictState.DISMISSED, ConflictState.OPEN);
  }

  @Test
  void keepsChangesAsideAsTheyCame() throws SQLException {
    TableMapping things = things();
    List<ChangeEvent> changes =
        List.of(
            change(things, null, thing(5, "a\u0001🙂", (byte) 0, (byte) -1)),
            change(things, thing(5, "a"), thing(5, null, (byte) 1)),
            change(things, thing(5, null), null));
    Dialect dialect = isPostgres() ? new PostgresDialect() : new MySqlDialect();
    ControlTables tables = new ControlTables(isPostgres(), schema(), dialect::quote);
    AsideTable aside = new AsideTable(tables);
    LockedRow lock = locks().ask(SYNC, things.source(), thing(5, null), "things", 7);
    try (Connection connection = admin()) {
      for (ChangeEvent change : changes) {
        aside.add(connection, SYNC, things.source(), change);
      }
      aside.add(connection, SYNC, things.source(), change(things, null, thing(6, "other")));
    }
    List<AsideChange> kept = locks().aside(lock);
    assertThat(kept).extracting(AsideChange::key).containsOnly("{\"id\":\"5\"}");
    for (int i = 0; i < changes.size(); i++) {
      assertThat(kept.get(i).change(things.source()).withRoute(7, changes.get(i).previous()))
          .isEqualTo(changes.get(i));
    }
    assertThat(locks().aside(SYNC)).hasSize(4);
    assertThat(locks().countAside(SYNC)).isEqualTo(4);
    try (Connection connection = admin()) {
      aside.remove(connection, lock);
    }
    assertThat(locks().aside(SYNC)).hasSize(1);
  }

  @Test
  void oneLockARowWhoeverAsks() throws SQLException {
    TableMapping things = things();
    LockedRow lock = locks().ask(SYNC, things.source(), thing(5, "a"), "things", 7);
    assertThat(lock.state()).isEqualTo(LockedRow.State.ASKED);
    assertThat(lock.key()).isEqualTo("{\"id\":\"5\"}");
    assertThat(lock.lane()).isEqualTo(7);
    assertThat(locks().ask(SYNC, things.source(), thing(5, "b"), "things", 7)).isEqualTo(lock);
    assertThat(locks().lock(SYNC, things.source(), thing(5, "c"))).contains(lock);
    assertThat(locks().lock(SYNC, things.source(), thing(6, "a"))).isEmpty();
    locks().release(lock, lsn());
    assertThat(locks().locks(SYNC))
        .singleElement()
        .satisfies(
            released -> {
              assertThat(released.state()).isEqualTo(LockedRow.State.RELEASED);
              assertThat(released.upTo()).isEqualTo(lsn());
            });
    assertThat(locks().locks("another")).isEmpty();
  }
}
