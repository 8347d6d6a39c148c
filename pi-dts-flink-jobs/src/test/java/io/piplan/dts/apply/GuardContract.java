package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.meta.RowVersion;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
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
      // Making them anew would take most of the time.
      boolean ours = table.startsWith("pi_dts_");
      execute((ours ? "DELETE FROM " : "DROP TABLE ") + schema() + "." + table);
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

  private static final Column PIDAL = column("pidal_c", ColumnType.BIGINT, "bigint");
  private static final VersionChoice AUTO = new VersionChoice("auto", Map.of());
  private static final GuardOptions VERSIONS = options(AUTO, false);
  private static final GuardOptions VERIFIED = options(AUTO, true);
  private static final GuardOptions VERIFIED_ONLY = options(VersionChoice.NOTHING, true);

  private static GuardOptions options(VersionChoice versions, boolean verifies) {
    return new GuardOptions(versions, verifies, false, false, 60_000, TombstoneChoice.NONE);
  }

  private WriterMetrics metrics = new WriterMetrics();

  /** {@code stock (id, name, pidal_c)}; the session is a new one that guards it. */
  private TableMapping stock(GuardOptions options, String key, String more) throws SQLException {
    session.close();
    execute(
        "CREATE TABLE %s.stock (id %s PRIMARY KEY, name VARCHAR(50), pidal_c BIGINT%s)"
            .formatted(schema(), key, more));
    guarded(options);
    boolean text = !key.equals("BIGINT");
    Column id = text ? column("id", ColumnType.VARCHAR, "varchar(20)") : ID;
    List<Column> columns = List.of(id, NAME, PIDAL);
    TableSchema source =
        new TableSchema(
            new TableId("src", "stock"),
            columns,
            List.of("id"),
            List.of(new UniqueKey("PRIMARY", List.of("id"))),
            List.of(),
            "");
    List<MappedColumn> mapped =
        List.of(
            new MappedColumn(0, id, "id", text ? "varchar" : "bigint"),
            new MappedColumn(1, NAME, "name", "varchar"),
            new MappedColumn(2, PIDAL, "pidal_c", "bigint"));
    TableMapping mapping =
        new TableMapping(source, schema(), "stock", mapped, mapped.subList(0, 1), !more.isEmpty());
    session.map(mapping);
    return mapping;
  }

  private TableMapping stock(GuardOptions options) throws SQLException {
    return stock(options, "BIGINT", "");
  }

  private void guarded(GuardOptions options) {
    metrics = new WriterMetrics();
    session = target().open();
    open.add(session);
    session.guard(options, metrics);
    session.prepare();
    session.takeOver(SYNC, 0, 1);
  }

  private static Row item(Object id, String name, long clock) {
    return item(1, id, name, clock);
  }

  private static Row item(int zone, Object id, String name, long clock) {
    return Row.of(id.toString(), name, Long.toString(new RowVersion(zone, clock, false).encode()));
  }

  private void commit(ChangeEvent... changes) {
    session.apply(List.of(changes));
    commit();
  }

  private void commit() {
    session.commit(lsn(), 1000);
  }

  /** Key, name and clock of each row. */
  private List<String> items() throws SQLException {
    List<String> items = new ArrayList<>();
    for (List<String> row :
        query("SELECT id, name, pidal_c FROM " + schema() + ".stock ORDER BY id")) {
      RowVersion version = RowVersion.decode(Long.parseLong(row.get(2)));
      items.add(
          row.get(0)
              + " "
              + row.get(1)
              + " "
              + version.clock()
              + (version.locked() ? " locked" : ""));
    }
    return items;
  }

  @Test
  void whatIsOlderThanTheTargetsRowIsDropped() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    ChangeEvent insert = change(stock, null, item(1, "a", 5));
    ChangeEvent update = change(stock, item(1, "a", 5), item(1, "b", 7));
    ChangeEvent other = change(stock, null, item(2, "x", 6));
    commit(insert, update, other);
    commit(insert);
    assertThat(items()).containsExactly("1 b 7", "2 x 6");
    commit(insert, update, other, change(stock, item(1, "b", 7), item(1, "c", 8)), update);
    assertThat(items()).containsExactly("1 c 8", "2 x 6");
    assertThat(metrics.staleDropped()).isEqualTo(5);
    // The highest bits are the zone's: they say nothing about which is newer.
    commit(
        change(stock, item(900, 1, "old", 3), item(900, 1, "older", 4)),
        change(stock, item(900, 1, "?", 8), item(2, 1, "newer", 9)));
    assertThat(items()).containsExactly("1 newer 9", "2 x 6");
    commit(change(stock, item(900, 1, "older", 4), null));
    assertThat(items()).containsExactly("1 newer 9", "2 x 6");
    assertThat(metrics.conflicts()).isZero();
  }

  @Test
  void aDeletedRowComesBackOnlyWhenItIsNewer() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    ChangeEvent insert = change(stock, null, item(1, "a", 5));
    ChangeEvent update = change(stock, item(1, "a", 5), item(1, "b", 7));
    ChangeEvent delete = change(stock, item(1, "b", 7), null);
    commit(insert, update, delete);
    assertThat(items()).isEmpty();
    commit(insert);
    commit(update);
    commit(delete);
    commit(insert, update, delete);
    assertThat(items()).isEmpty();
    session.close();
    guarded(VERSIONS);
    session.map(stock);
    commit(insert, update);
    assertThat(items()).isEmpty();
    commit(change(stock, null, item(1, "again", 9)));
    assertThat(items()).containsExactly("1 again 9");
    commit(insert, update, delete);
    assertThat(items()).containsExactly("1 again 9");
    assertThat(query("SELECT tab, version FROM " + schema() + ".pi_dts_tombstone"))
        .containsExactly(List.of("stock", item(1, "b", 7).text(2)));
  }

  @Test
  void aDeleteThatOvertakesAnInsertWins() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    commit(change(stock, item(1, "b", 7), null));
    commit(change(stock, null, item(1, "a", 5)), change(stock, item(1, "a", 5), item(1, "b", 7)));
    assertThat(items()).isEmpty();
    assertThat(metrics.staleDropped()).isEqualTo(2);
  }

  @Test
  void oldTombstonesAreForgotten() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    List<ChangeEvent> deletes = new ArrayList<>();
    for (int id = 0; id < 100; id++) {
      deletes.add(change(stock, item(id, "a", 5), null));
    }
    session.apply(deletes);
    commit();
    Dialect dialect = isPostgres() ? new PostgresDialect() : new MySqlDialect();
    TombstoneTable tombstones =
        new TombstoneTable(new ControlTables(isPostgres(), schema(), dialect::quote), dialect);
    long now = System.currentTimeMillis();
    try (Connection connection = ((JdbcSession) session).connect()) {
      connection.setAutoCommit(true);
      for (int part = 0; part < 256; part++) {
        tombstones.forget(connection, "stock", now - 60_000, part);
        tombstones.forget(connection, "other", now + 60_000, part);
      }
      assertThat(tombstones.any(connection, "stock")).isTrue();
      String count = "SELECT COUNT(*) FROM " + schema() + ".pi_dts_tombstone";
      assertThat(query(count)).containsExactly(List.of("100"));
      for (int part = 0; part < 256; part++) {
        tombstones.forget(connection, "stock", now + 60_000, part);
      }
      assertThat(tombstones.any(connection, "stock")).isFalse();
    }
  }

  /** Theirs may be a prepared transaction, which ends only with the checkpoint that is held up. */
  @Test
  void oldTombstonesAreForgottenThoughOthersAreAboutToBuryRows() throws SQLException {
    JdbcSession forgetting = (JdbcSession) session;
    Dialect dialect = isPostgres() ? new PostgresDialect() : new MySqlDialect();
    TombstoneTable tombstones =
        new TombstoneTable(new ControlTables(isPostgres(), schema(), dialect::quote), dialect);
    long now = System.currentTimeMillis();
    try (Connection holder = admin();
        Connection connection = forgetting.connect()) {
      bury(holder, 0, 1);
      holder.setAutoCommit(false);
      bury(holder, 1, now);
      forgetting.limitLockWait(connection, 1);
      connection.commit();
      tombstones.forget(connection, "stock", now - 60_000, 0);
      connection.commit();
      // The other transaction is open all the time.
      assertThat(graves("stock")).isZero();
      holder.commit();
      assertThat(graves("stock")).isEqualTo(20);
    }
  }

  /** Twenty rows whose keys are between one another. */
  private void bury(Connection on, int first, long millis) throws SQLException {
    List<String> graves = new ArrayList<>();
    for (int i = first; i < 40; i += 2) {
      graves.add("('stock', '00%030d', '2', %d)".formatted(i, millis));
    }
    try (Statement statement = on.createStatement()) {
      statement.execute(
          "INSERT INTO %s.pi_dts_tombstone (tab, key_hash, version, deleted_ms) VALUES %s"
              .formatted(schema(), String.join(",", graves)));
    }
  }

  /** One writer looks after those of all, be they of triggers, and be there no change. */
  @Test
  void oldTombstonesOfTablesThatOthersWriteAreForgotten() throws SQLException {
    session.close();
    List<String> graves = new ArrayList<>();
    for (String table : List.of("stock", "elsewhere")) {
      for (int slice = 0; slice < 256; slice++) {
        graves.add("('%s', '%02x%030d', '2', 1)".formatted(table, slice, 0));
      }
    }
    execute(
        "INSERT INTO %s.pi_dts_tombstone (tab, key_hash, version, deleted_ms) VALUES %s"
            .formatted(schema(), String.join(",", graves)));
    TargetSession first = target().open();
    open.add(first);
    first.guard(
        new GuardOptions(AUTO, false, false, false, 1, table -> table.equals("stock")),
        new WriterMetrics());
    first.prepare();
    first.takeOver(SYNC, 0, 4);
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              first.tidy();
              return graves("stock") < 256;
            });
    assertThat(graves("elsewhere")).isEqualTo(256);
  }

  private int graves(String table) throws SQLException {
    return query(
            "SELECT key_hash FROM %s.pi_dts_tombstone WHERE tab = '%s'".formatted(schema(), table))
        .size();
  }

  @Test
  void keysThatMoveOrAreSpeltAnew() throws SQLException {
    TableMapping stock = stock(VERSIONS, "VARCHAR(20)", "");
    List<ChangeEvent> changes =
        List.of(
            change(stock, null, item("ab", "a", 5)),
            change(stock, item("ab", "a", 5), item("AB", "b", 6)),
            change(stock, item("AB", "b", 6), item("cd", "c", 7)),
            change(stock, null, item("ab", "d", 8)),
            change(stock, item("cd", "c", 7), null),
            change(stock, item("ab", "d", 8), item("Ab", "e", 9)));
    for (int to = 1; to <= changes.size(); to++) {
      session.apply(changes.subList(0, to));
      commit();
      session.apply(changes.subList(0, to));
      commit();
    }
    assertThat(items()).containsExactly("Ab e 9");
    for (ChangeEvent change : changes) {
      commit(change);
      assertThat(items()).containsExactly("Ab e 9");
    }
  }

  /** The same at every site, whatever comes first. */
  @Test
  void ofTwoZonesAtOneClockTheOneWithTheHigherIdWins() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    commit(change(stock, null, item(1, 1, "here", 5)));
    commit(change(stock, item(2, 1, "x", 4), item(2, 1, "there", 5)));
    assertThat(items()).containsExactly("1 there 5");
    commit(change(stock, item(1, 1, "here", 4), item(1, 1, "here", 5)));
    commit(change(stock, item(1, 1, "here", 5), null));
    assertThat(items()).containsExactly("1 there 5");
    assertThat(locks().openConflicts(SYNC, 10)).isEmpty();
  }

  /** What comes again and what is new, of one row, in one batch. */
  @Test
  void beforeImagesOfNewChangesBehindReplaysAreNoConflict() throws SQLException {
    TableMapping stock = stock(VERIFIED);
    List<ChangeEvent> old =
        List.of(
            change(stock, null, item(1, "a", 5)),
            change(stock, item(1, "a", 5), item(1, "b", 6)),
            change(stock, null, item(2, "a", 5)),
            change(stock, item(2, "a", 5), null),
            change(stock, null, item(2, "again", 7)),
            change(stock, null, item(3, "a", 5)),
            change(stock, item(3, "a", 5), item(4, "moved", 8)));
    commit(old.toArray(ChangeEvent[]::new));
    List<ChangeEvent> both = new ArrayList<>(old);
    both.add(change(stock, item(1, "b", 6), item(1, "c", 9)));
    both.add(change(stock, item(2, "again", 7), item(2, "more", 9)));
    both.add(change(stock, item(4, "moved", 8), null));
    both.add(change(stock, null, item(3, "new", 9)));
    commit(both.toArray(ChangeEvent[]::new));
    assertThat(items()).containsExactly("1 c 9", "2 more 9", "3 new 9");
    assertThat(locks().conflicts(SYNC, 10)).isEmpty();
    // A row that is not as it should be is found behind replays too.
    execute("UPDATE " + schema() + ".stock SET name = 'hand' WHERE id = 1");
    both.add(change(stock, item(1, "c", 9), item(1, "d", 10)));
    commit(both.toArray(ChangeEvent[]::new));
    assertThat(items()).contains("1 hand 9 locked");
  }

  private void settle() {
    assertThat(session.wantsSettling(lsn())).isTrue();
    session.released(lsn());
    session.settle(lsn());
    commit();
  }

  @Test
  void aRowChangedByHandIsLockedUntilItIsReleased() throws SQLException {
    TableMapping stock = stock(VERIFIED);
    ChangeEvent first = change(stock, item(1, "a", 5), item(1, "b", 6));
    commit(
        change(stock, null, item(1, "a", 5)),
        change(stock, null, item(2, "a", 5)),
        change(stock, null, item(3, "a", 5)));
    execute("UPDATE " + schema() + ".stock SET name = 'hand' WHERE id = 1");
    commit(first, change(stock, item(2, "a", 5), item(2, "b", 6)));
    assertThat(items()).containsExactly("1 hand 5 locked", "2 b 6", "3 a 5");
    commit(change(stock, item(1, "b", 6), item(1, "c", 7)), change(stock, item(3, "a", 5), null));
    commit(change(stock, item(1, "c", 7), item(1, "d", 8)));
    assertThat(items()).containsExactly("1 hand 5 locked", "2 b 6");
    assertThat(metrics.conflicts()).isEqualTo(1);
    assertThat(metrics.rowsLocked()).isEqualTo(1);
    assertThat(metrics.asideChanges()).isEqualTo(3);

    Conflict conflict = locks().openConflicts(SYNC, 10).get(0);
    assertThat(conflict.kind()).isEqualTo(ConflictKind.ROW_DIFFERS);
    assertThat(conflict.reason()).endsWith("column name");
    assertThat(conflict.lsn()).isEqualTo(first.lsn());
    assertThat(RowJson.read(stock.source(), conflict.before())).isEqualTo(item(1, "a", 5));
    assertThat(RowJson.read(stock.source(), conflict.after())).isEqualTo(item(1, "b", 6));
    assertThat(RowJson.read(stock.source(), conflict.target())).isEqualTo(item(1, "hand", 5));
    LockedRow lock = locks().locks(SYNC).get(0);
    assertThat(lock.conflict()).isEqualTo(conflict.id());
    assertThat(lock.state()).isEqualTo(LockedRow.State.HELD);
    assertThat(locks().aside(lock)).hasSize(3);

    assertThat(session.wantsSettling(lsn())).isFalse();
    locks().release(lock, Lsn.START);
    settle();
    assertThat(items()).containsExactly("1 d 8", "2 b 6");
    assertThat(locks().locks(SYNC)).isEmpty();
    assertThat(locks().aside(SYNC)).isEmpty();
    assertThat(locks().conflicts(SYNC, 10))
        .extracting(Conflict::state)
        .containsExactly(ConflictState.REPAIRED);
    commit(change(stock, item(1, "d", 8), item(1, "e", 9)));
    assertThat(items()).containsExactly("1 e 9", "2 b 6");
    assertThat(locks().countOpenConflicts(SYNC)).isZero();
  }

  @Test
  void rowsThatAreMissingOrThereAlready() throws SQLException {
    TableMapping stock = stock(VERIFIED_ONLY);
    commit(change(stock, null, item(1, "a", 5)), change(stock, null, item(2, "a", 5)));
    execute("DELETE FROM " + schema() + ".stock WHERE id IN (1, 2)");
    execute("INSERT INTO " + schema() + ".stock VALUES (3, 'hand', 0), (4, 'equal', 0)");
    commit(
        change(stock, item(1, "a", 5), item(1, "b", 6)),
        change(stock, item(2, "a", 5), null),
        change(stock, null, item(3, "new", 5)),
        change(stock, null, Row.of("4", "equal", "0")),
        change(stock, item(1, "b", 6), item(5, "moved", 7)));
    assertThat(locks().openConflicts(SYNC, 10))
        .extracting(Conflict::kind)
        .containsExactly(ConflictKind.ROW_MISSING, ConflictKind.ROW_EXISTS);
    assertThat(items()).containsExactly("3 hand 0", "4 equal 0", "5 moved 7");
    assertThat(locks().aside(SYNC))
        .extracting(change -> change.key() + change.op())
        .containsExactly("{\"id\":\"1\"}UPDATE", "{\"id\":\"3\"}INSERT", "{\"id\":\"1\"}DELETE");
    locks().locks(SYNC).forEach(lock -> locks().release(lock, Lsn.START));
    settle();
    assertThat(items()).containsExactly("3 new 5", "4 equal 0", "5 moved 7");
  }

  @Test
  void aMendedRowGetsOnlyWhatCameAfter() throws SQLException {
    TableMapping stock = stock(VERIFIED_ONLY);
    commit(change(stock, null, item(1, "a", 5)));
    execute("UPDATE " + schema() + ".stock SET name = 'hand' WHERE id = 1");
    ChangeEvent mended = change(stock, item(1, "b", 6), item(1, "c", 7));
    commit(change(stock, item(1, "a", 5), item(1, "b", 6)), mended);
    Lsn far = new Lsn("binlog.000009", 4, 1, 1);
    try (Connection connection = admin()) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.executeUpdate(
            "UPDATE " + schema() + ".stock SET name = 'c' WHERE id = 1 AND name = 'hand'");
      }
      LockedRow lock = locks().lock(connection, SYNC, stock.source(), item(1, "", 1)).orElseThrow();
      locks().release(connection, lock, far);
      connection.commit();
    }
    assertThat(session.released(lsn())).isEmpty();
    commit(change(stock, item(1, "c", 7), item(1, "d", 8)));
    assertThat(items()).containsExactly("1 c 5");
    locks().release(locks().locks(SYNC).get(0), mended.lsn());
    assertThat(locks().locks(SYNC).get(0).upTo()).isEqualTo(far);
    session.rollback();
    assertThat(session.released(far)).containsExactly(stock.source().id());
    assertThat(session.settle(far)).isZero();
    commit();
    assertThat(items()).containsExactly("1 c 5");
    assertThat(locks().aside(SYNC)).isEmpty();
  }

  @Test
  void somebodyAsksForALock() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    commit(change(stock, null, item(1, "a", 5)));
    LockedRow asked = locks().ask(SYNC, stock.source(), item(1, "", 1), "stock", 7);
    assertThat(asked.state()).isEqualTo(LockedRow.State.ASKED);
    assertThat(session.wantsSettling(lsn())).isTrue();
    session.apply(List.of(change(stock, item(1, "a", 5), item(1, "b", 6))));
    session.rollback();
    assertThat(locks().locks(SYNC).get(0).state()).isEqualTo(LockedRow.State.ASKED);
    commit(change(stock, item(1, "a", 5), item(1, "b", 6)));
    assertThat(locks().locks(SYNC).get(0).state()).isEqualTo(LockedRow.State.HELD);
    assertThat(items()).containsExactly("1 a 5");
    locks().release(asked, Lsn.START);
    settle();
    assertThat(items()).containsExactly("1 b 6");
    assertThat(session.wantsSettling(lsn())).isFalse();
  }

  private TargetSession writer(int writer, TableMapping table) {
    TargetSession opened = target().open();
    open.add(opened);
    opened.guard(VERIFIED_ONLY, new WriterMetrics());
    opened.prepare();
    opened.takeOver(SYNC, writer, 2);
    opened.map(table);
    opened.rollback();
    return opened;
  }

  private void settle(TargetSession writer, TableMapping table, RowLanes lanes) {
    assertThat(writer.wantsSettling(lsn())).isTrue();
    writer.released(lsn());
    writer.map(table);
    writer.goesBy(table.source().id(), lanes);
    writer.settle(lsn());
    writer.commit(lsn(), 1000);
  }

  /** The table's rows are sent to another writer than when one of them was locked. */
  @Test
  void aLockGoesOverToTheWriterThatIsSentTheRow() throws SQLException {
    TableMapping stock = stock(VERIFIED_ONLY);
    session.close();
    TargetSession first = writer(0, stock);
    final TargetSession second = writer(1, stock);
    first.apply(List.of(change(stock, null, item(1, "a", 5))));
    first.commit(lsn(), 1000);
    execute("UPDATE " + schema() + ".stock SET name = 'hand' WHERE id = 1");
    first.apply(List.of(change(stock, item(1, "a", 5), item(1, "b", 6))));
    first.commit(lsn(), 1000);
    locks().release(locks().locks(SYNC), Lsn.START);

    first.forget(stock.source().id());
    second.forget(stock.source().id());
    second.map(stock);
    second.apply(List.of(change(stock, item(1, "b", 6), item(1, "c", 7))));
    second.commit(lsn(), 1000);
    assertThat(second.settle(lsn())).isZero();
    second.commit(lsn(), 1000);
    assertThat(locks().aside(SYNC)).hasSize(2);
    settle(first, stock, row -> 100);
    assertThat(locks().locks(SYNC)).extracting(LockedRow::lane).containsExactly(100);
    assertThat(items()).containsExactly("1 hand 5");
    second.apply(List.of(change(stock, item(1, "c", 7), item(1, "d", 8))));
    second.commit(lsn(), 1000);
    settle(second, stock, row -> 100);
    assertThat(items()).containsExactly("1 d 8");
    assertThat(locks().locks(SYNC)).isEmpty();
    assertThat(locks().aside(SYNC)).isEmpty();
    second.apply(List.of(change(stock, item(1, "d", 8), item(1, "e", 9))));
    second.commit(lsn(), 1000);
    assertThat(items()).containsExactly("1 e 9");
    assertThat(locks().aside(SYNC)).isEmpty();
    first.settle(lsn());
    first.commit(lsn(), 1000);
    assertThat(first.wantsSettling(lsn())).isFalse();
  }

  /** Changes behind what was kept aside were missed, and the table is made anew. */
  @Test
  void aReleaseAppliesNothingOfBeforeARowWasMadeAnew() throws SQLException {
    TableMapping stock = stock(VERIFIED_ONLY);
    commit(change(stock, null, item(1, "a", 5)));
    execute("UPDATE " + schema() + ".stock SET name = 'hand' WHERE id = 1");
    commit(change(stock, item(1, "a", 5), item(1, "b", 6)));
    position = 1000;
    Lsn place = lsn();
    try (Connection connection = admin()) {
      connection.setAutoCommit(false);
      locks().dropAsideUpTo(connection, SYNC, place);
      connection.commit();
    }
    session.put(stock, PackedRows.of(List.of(item(1, "d", 8))));
    commit();
    assertThat(items()).containsExactly("1 d 8");
    assertThat(locks().locks(SYNC)).hasSize(1);
    locks().release(locks().locks(SYNC), Lsn.START);
    settle();
    assertThat(items()).containsExactly("1 d 8");
    assertThat(locks().locks(SYNC)).isEmpty();
    assertThat(locks().aside(SYNC)).isEmpty();
  }

  /** The target says nothing of a locked row but that it is locked, and hands its bit to nobody. */
  @Test
  void whatIsTriedAgainLeavesLockedRowsAlone() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    commit(change(stock, null, item(1, "a", 5)), change(stock, null, item(2, "a", 5)));
    Row locked = Row.of("2", "b", Long.toString(new RowVersion(1, 6, true).encode()));
    session.deadLetter(change(stock, item(1, "a", 5), item(1, "b", 6)), "refused");
    session.deadLetter(change(stock, item(2, "a", 5), locked), "refused");
    commit();
    execute("UPDATE " + schema() + ".stock SET pidal_c = pidal_c + 1 WHERE id = 1");
    DeadLetterRetry retry =
        new DeadLetterRetry(server(), schema(), table -> stock, ZeroDates.KEEP, AUTO);
    assertThat(retry.run(SYNC).applied()).isEqualTo(1);
    assertThat(items()).containsExactly("1 a 5 locked", "2 b 6");
    assertThat(
            query("SELECT reason FROM " + schema() + ".pi_dts_dead_letter WHERE retried IS NULL"))
        .singleElement()
        .asString()
        .contains("is locked");
    execute("UPDATE " + schema() + ".stock SET pidal_c = pidal_c - 1 WHERE id = 1");
    assertThat(retry.run(SYNC).applied()).isEqualTo(1);
    assertThat(items()).containsExactly("1 b 6", "2 b 6");
  }

  /** Before an earlier change of its row a later one would find another row than it left. */
  @Test
  void refusedChangesOfARowAreTriedAgainInOrder() throws SQLException {
    execute(
        "CREATE TABLE %s.dated (id BIGINT PRIMARY KEY, d DATE, v INT, CONSTRAINT low CHECK (v <"
                .formatted(schema())
            + " 100))");
    Column d = column("d", ColumnType.DATE, "date");
    Column v = column("v", ColumnType.INT, "int");
    TableSchema source =
        new TableSchema(
            new TableId("src", "dated"),
            List.of(ID, d, v),
            List.of("id"),
            List.of(new UniqueKey("PRIMARY", List.of("id"))),
            List.of(),
            "");
    List<MappedColumn> mapped =
        List.of(
            new MappedColumn(0, ID, "id", "bigint"),
            new MappedColumn(1, d, "d", "date"),
            new MappedColumn(2, v, "v", isPostgres() ? "integer" : "int"));
    TableMapping dated =
        new TableMapping(source, schema(), "dated", mapped, mapped.subList(0, 1), false);
    session.map(dated);
    execute(
        "INSERT INTO %s.dated VALUES (1, '2024-01-01', 1), (2, NULL, 2), (3, NULL, 33), (4, NULL, 4)"
            .formatted(schema()));
    session.deadLetter(
        change(dated, Row.of("1", "2024-01-01", "1"), Row.of("1", "2024-01-01", "1000")), "low");
    session.deadLetter(
        change(dated, Row.of("1", "2024-01-01", "1000"), Row.of("1", "2024-01-01", "2000")), "low");
    session.deadLetter(
        change(dated, Row.of("2", "0000-00-00", "2"), Row.of("2", "0000-00-00", "2000")), "low");
    session.deadLetter(
        change(dated, Row.of("3", "0000-00-00", "3"), Row.of("3", "0000-00-00", "3000")), "low");
    session.deadLetter(change(dated, Row.of("4", "2024-00-00", "4"), null), "held");
    session.deadLetter(change(dated, null, Row.of("5", null, "5000")), "low");
    session.deadLetter(change(dated, Row.of("5", null, "5000"), Row.of("5", null, "6000")), "low");
    commit();
    DeadLetterRetry retry =
        new DeadLetterRetry(
            server(), schema(), table -> dated, ZeroDates.NULL, VersionChoice.NOTHING);
    assertThat(retry.run(SYNC).applied()).isEqualTo(1);
    String open = "SELECT reason FROM " + schema() + ".pi_dts_dead_letter WHERE retried IS NULL";
    assertThat(query(open)).hasSize(6);
    execute("ALTER TABLE " + schema() + ".dated DROP CONSTRAINT low");
    assertThat(retry.run(SYNC).applied()).isEqualTo(5);
    assertThat(query("SELECT id, v FROM " + schema() + ".dated ORDER BY id"))
        .containsExactly(
            List.of("1", "2000"), List.of("2", "2000"), List.of("3", "33"), List.of("5", "6000"));
    assertThat(query(open)).singleElement().asString().contains("neither what it was before");
    execute("UPDATE " + schema() + ".dated SET v = 3000 WHERE id = 3");
    assertThat(retry.run(SYNC).applied()).isZero();
    assertThat(query(open)).isEmpty();
  }

  /** Another sync has deleted the row; only its tombstone tells. */
  @Test
  void whatIsTriedAgainBringsNoDeletedRowBack() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    session.deadLetter(change(stock, null, item(1, "old", 5)), "refused");
    session.deadLetter(change(stock, null, item(2, "new", 9)), "refused");
    commit(change(stock, null, item(3, "moves", 5)));
    session.deadLetter(change(stock, item(3, "moves", 5), item(4, "moves", 6)), "refused");
    commit();
    try (TargetSession other = target().open()) {
      other.guard(VERSIONS, new WriterMetrics());
      other.prepare();
      other.takeOver("other", 0, 1);
      other.map(stock);
      for (int id : new int[] {1, 2, 4}) {
        other.apply(
            List.of(
                change(stock, null, item(2, id, "b", 7)),
                change(stock, item(2, id, "b", 7), null)));
      }
      other.commit(lsn(), 1000);
    }
    Retried retried =
        new DeadLetterRetry(server(), schema(), table -> stock, ZeroDates.KEEP, AUTO).run(SYNC);
    assertThat(items()).containsExactly("2 new 9");
    assertThat(retried.applied()).isEqualTo(2);
    assertThat(
            query("SELECT retried FROM " + schema() + ".pi_dts_dead_letter WHERE retried IS NULL"))
        .isEmpty();
    // What was taken away leaves a tombstone as if the sync had done so.
    commit(change(stock, null, item(3, "late", 4)));
    assertThat(items()).containsExactly("2 new 9");
  }

  /** It would keep what came later for that key waiting for good. */
  @Test
  void anUpdateOfARowThatOthersHaveDeletedIsSettled() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    commit(change(stock, null, item(1, "a", 5)), change(stock, null, item(2, "a", 5)));
    session.deadLetter(change(stock, item(1, "a", 5), item(1, "b", 6)), "refused");
    session.deadLetter(change(stock, null, item(1, "again", 9)), "refused");
    session.deadLetter(change(stock, item(2, "a", 5), item(2, "b", 8)), "refused");
    commit();
    try (TargetSession other = target().open()) {
      other.guard(VERSIONS, new WriterMetrics());
      other.prepare();
      other.takeOver("other", 0, 1);
      other.map(stock);
      for (int id : new int[] {1, 2}) {
        other.apply(
            List.of(
                change(stock, item(1, id, "a", 5), item(2, id, "c", 7)),
                change(stock, item(2, id, "c", 7), null)));
      }
      other.commit(lsn(), 1000);
    }
    assertThat(items()).isEmpty();
    DeadLetterRetry retry =
        new DeadLetterRetry(server(), schema(), table -> stock, ZeroDates.KEEP, AUTO);
    assertThat(retry.run(SYNC).applied()).isEqualTo(1);
    assertThat(items()).containsExactly("1 again 9");
    // What is newer than the tombstone is not known to be gone.
    assertThat(
            query("SELECT reason FROM " + schema() + ".pi_dts_dead_letter WHERE retried IS NULL"))
        .singleElement()
        .asString()
        .contains("neither what it was before");
  }

  @Test
  void aRefusedChangeTellsWhyItWasRefusedLast() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    commit(change(stock, null, item(1, "a", 5)));
    session.deadLetter(change(stock, item(1, "a", 5), item(1, "b".repeat(60), 6)), "too long");
    commit();
    DeadLetterRetry retry =
        new DeadLetterRetry(server(), schema(), table -> stock, ZeroDates.KEEP, AUTO);
    String reason = "SELECT reason FROM " + schema() + ".pi_dts_dead_letter WHERE retried IS NULL";
    execute("UPDATE " + schema() + ".stock SET pidal_c = pidal_c + 1");
    assertThat(retry.run(SYNC).applied()).isZero();
    assertThat(query(reason)).singleElement().asString().contains("is locked");
    execute("UPDATE " + schema() + ".stock SET pidal_c = pidal_c - 1");
    assertThat(retry.run(SYNC).applied()).isZero();
    assertThat(query(reason))
        .singleElement()
        .asString()
        .contains("PI-3005 tried again: ")
        .containsIgnoringCase("too long for")
        .doesNotContain("locked");
  }

  /** Whoever unlocks the row knows nothing of this sync. */
  @Test
  void aRowThatAnotherSyncHasLockedIsLockedUntilItIsNotAnyMore() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    commit(change(stock, null, item(1, "a", 5)));
    execute("UPDATE " + schema() + ".stock SET pidal_c = pidal_c + 1");
    commit(
        change(stock, item(1, "a", 5), item(1, "b", 6)),
        change(stock, item(1, "b", 6), item(1, "c", 7)));
    commit(change(stock, item(1, "c", 7), item(1, "d", 8)));
    assertThat(items()).containsExactly("1 a 5 locked");
    Conflict conflict = locks().openConflicts(SYNC, 10).get(0);
    assertThat(locks().openConflicts(SYNC, 10)).hasSize(1);
    assertThat(conflict.kind()).isEqualTo(ConflictKind.LOCKED);
    assertThat(locks().locks(SYNC).get(0).conflict()).isEqualTo(conflict.id());
    // It goes by what is stored too.
    TableMapping mapped = stock;
    session.close();
    guarded(VERSIONS);
    session.map(mapped);
    execute("UPDATE " + schema() + ".stock SET pidal_c = pidal_c - 1");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              if (session.wantsSettling(lsn())) {
                session.released(lsn());
                session.settle(lsn());
                commit();
              }
              return items().equals(List.of("1 d 8"));
            });
    assertThat(locks().locks(SYNC)).isEmpty();
    assertThat(locks().aside(SYNC)).isEmpty();
    assertThat(locks().openConflicts(SYNC, 10)).isEmpty();
  }

  private void settleUntil(Callable<Boolean> done) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              if (session.wantsSettling(lsn())) {
                session.released(lsn());
                session.settle(lsn());
                commit();
              }
              return done.call();
            });
  }

  /** Of many rows that are locked elsewhere, apps hold some at any time. */
  @Test
  void whoHoldsARowThatIsLockedElsewhereKeepsNoOtherWaiting() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    commit(change(stock, null, item(1, "a", 5)), change(stock, null, item(2, "a", 5)));
    execute("UPDATE " + schema() + ".stock SET pidal_c = pidal_c + 1");
    commit(
        change(stock, item(1, "a", 5), item(1, "b", 6)),
        change(stock, item(2, "a", 5), item(2, "b", 6)));
    assertThat(locks().locks(SYNC)).hasSize(2);
    try (Connection app = admin();
        Statement statement = app.createStatement()) {
      app.setAutoCommit(false);
      statement.executeUpdate("UPDATE " + schema() + ".stock SET name = 'held' WHERE id = 1");
      execute("UPDATE " + schema() + ".stock SET pidal_c = pidal_c - 1 WHERE id = 2");
      settleUntil(() -> items().equals(List.of("1 a 5 locked", "2 b 6")));
      app.rollback();
    }
    execute("UPDATE " + schema() + ".stock SET pidal_c = pidal_c - 1 WHERE id = 1");
    settleUntil(() -> items().equals(List.of("1 b 6", "2 b 6")));
    assertThat(locks().locks(SYNC)).isEmpty();
  }

  @Test
  void aReleaseLeavesTheBitOfARowThatAnotherSyncHasLocked() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    commit(change(stock, null, item(1, "a", 5)));
    TargetSession other = target().open();
    open.add(other);
    other.guard(VERSIONS, new WriterMetrics());
    other.prepare();
    other.takeOver("other", 0, 1);
    other.map(stock);
    LockedRow theirs = locks().ask("other", stock.source(), item(1, "", 1), "stock", 7);
    other.settle(lsn());
    other.commit(lsn(), 1000);
    assertThat(items()).containsExactly("1 a 5 locked");
    commit(change(stock, item(1, "a", 5), item(1, "b", 6)));
    locks().release(locks().locks(SYNC).get(0), Lsn.START);
    settle();
    assertThat(locks().locks(SYNC)).isEmpty();
    assertThat(items()).containsExactly("1 b 6 locked");
    locks().release(theirs, Lsn.START);
    other.settle(lsn());
    other.commit(lsn(), 1000);
    assertThat(items()).containsExactly("1 b 6");
  }

  @Test
  void whatIsRefusedWhenAnotherSyncHasUnlockedTheRowIsMarkedAgain() throws SQLException {
    TableMapping stock = stock(VERSIONS, "BIGINT", ", UNIQUE (name)");
    commit(change(stock, null, item(1, "a", 5)), change(stock, null, item(2, "b", 5)));
    execute("UPDATE " + schema() + ".stock SET pidal_c = pidal_c + 1 WHERE id = 1");
    commit(change(stock, item(1, "a", 5), item(1, "b", 6)));
    execute("UPDATE " + schema() + ".stock SET pidal_c = pidal_c - 1 WHERE id = 1");
    settleUntil(() -> locks().openConflicts(SYNC, 10).size() == 2);
    assertThat(items()).containsExactly("1 a 5 locked", "2 b 5");
    assertThat(locks().locks(SYNC).get(0).state()).isEqualTo(LockedRow.State.HELD);
  }

  @Test
  void whatIsUndoneLocksNothing() throws SQLException {
    TableMapping stock = stock(VERIFIED_ONLY);
    commit(change(stock, null, item(1, "a", 5)), change(stock, null, item(2, "a", 5)));
    execute("UPDATE " + schema() + ".stock SET name = 'hand' WHERE id = 1");
    ChangeEvent update = change(stock, item(1, "a", 5), item(1, "b", 6));
    session.apply(List.of(update));
    session.rollback();
    assertThat(locks().locks(SYNC)).isEmpty();
    ChangeEvent bad = change(stock, item(2, "a", 5), item(2, "b".repeat(60), 6));
    DtsException refused =
        catchThrowableOfType(DtsException.class, () -> session.applyOrUndo(List.of(update, bad)));
    assertThat(refused.error()).isEqualTo(DtsError.TARGET_BAD_ROW);
    session.applyOrUndo(List.of(update));
    commit();
    assertThat(metrics.conflicts()).isEqualTo(1);
    assertThat(metrics.rowsLocked()).isEqualTo(1);
    assertThat(locks().locks(SYNC)).hasSize(1);
    assertThat(locks().aside(SYNC)).hasSize(1);
  }

  @Test
  void aRowThatIsRefusedOnReleaseKeepsNoOtherLocked() throws SQLException {
    TableMapping stock = stock(VERIFIED_ONLY, "BIGINT", ", UNIQUE (name)");
    commit(
        change(stock, null, item(1, "a", 5)),
        change(stock, null, item(2, "b", 5)),
        change(stock, null, item(3, "c", 5)),
        change(stock, null, item(4, "d", 5)));
    execute("UPDATE " + schema() + ".stock SET name = CONCAT('hand', id) WHERE id <> 2");
    commit(
        change(stock, item(1, "a", 5), item(1, "b", 6)),
        change(stock, item(3, "c", 5), item(3, "d", 6)),
        change(stock, item(4, "d", 5), item(4, "e", 6)));
    locks().locks(SYNC).forEach(lock -> locks().release(lock, Lsn.START));
    settle();
    assertThat(items()).containsExactly("1 hand1 5", "2 b 5", "3 d 6", "4 e 6");
    assertThat(locks().locks(SYNC))
        .singleElement()
        .satisfies(
            lock -> {
              assertThat(lock.key()).isEqualTo("{\"id\":\"1\"}");
              assertThat(lock.state()).isEqualTo(LockedRow.State.HELD);
            });
    assertThat(locks().openConflicts(SYNC, 10))
        .extracting(Conflict::kind)
        .containsExactly(ConflictKind.ROW_DIFFERS, ConflictKind.REFUSED);
  }

  @Test
  void whatCannotBeAppliedOnReleaseStaysLocked() throws SQLException {
    TableMapping stock = stock(VERIFIED_ONLY, "BIGINT", ", UNIQUE (name)");
    commit(change(stock, null, item(1, "a", 5)), change(stock, null, item(2, "b", 5)));
    execute("UPDATE " + schema() + ".stock SET name = 'hand' WHERE id = 1");
    commit(change(stock, item(1, "a", 5), item(1, "b", 6)));
    LockedRow lock = locks().locks(SYNC).get(0);
    locks().release(lock, Lsn.START);
    settle();
    assertThat(items()).containsExactly("1 hand 5", "2 b 5");
    assertThat(locks().locks(SYNC).get(0).state()).isEqualTo(LockedRow.State.HELD);
    assertThat(locks().aside(SYNC)).hasSize(1);
    assertThat(locks().openConflicts(SYNC, 10))
        .extracting(Conflict::kind)
        .containsExactly(ConflictKind.ROW_DIFFERS, ConflictKind.REFUSED);
    commit(change(stock, item(2, "b", 5), null));
    locks().release(lock, Lsn.START);
    settle();
    assertThat(items()).containsExactly("1 b 6");
    // The refusal too is settled with the row that it was about.
    assertThat(locks().conflicts(SYNC, 10))
        .extracting(Conflict::state)
        .containsExactly(ConflictState.REPAIRED, ConflictState.REPAIRED);
    assertThat(locks().conflict(SYNC, lock.conflict()).orElseThrow().kind())
        .isEqualTo(ConflictKind.ROW_DIFFERS);
  }

  @Test
  void copiedRowsNeverReplaceNewerDeletedOrLockedOnes() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    commit(
        change(stock, null, item(1, "newer", 9)),
        change(stock, null, item(2, "older", 4)),
        change(stock, null, item(3, "same", 5)),
        change(stock, null, item(4, "locked", 1)),
        change(stock, item(5, "deleted", 5), null));
    locks().ask(SYNC, stock.source(), item(4, "", 1), "stock", 7);
    settle();
    for (int times = 0; times < 2; times++) {
      List<Row> rows = new ArrayList<>();
      for (int id = 1; id <= 6; id++) {
        rows.add(item(id, "copy", 5));
      }
      session.load(stock, PackedRows.of(rows));
      commit();
      assertThat(items())
          .containsExactly("1 newer 9", "2 copy 5", "3 copy 5", "4 locked 1 locked", "6 copy 5");
    }
    assertThat(metrics.staleDropped()).isEqualTo(6);
    String locked = Long.toString(new RowVersion(1, 5, true).encode());
    session.load(stock, PackedRows.of(List.of(Row.of("7", "copy", locked))));
    session.load(stock, PackedRows.of(List.of(item(5, "copy", 5))));
    commit();
    assertThat(items()).hasSize(6).contains("7 copy 5").doesNotContain("5 copy 5");
  }

  @Test
  void rowsThatAreMadeAnewComeWithoutTheLockOfTheirPlace() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    session.put(
        stock,
        PackedRows.of(
            List.of(Row.of("1", "a", Long.toString(new RowVersion(1, 5, true).encode())))));
    commit();
    assertThat(items()).containsExactly("1 a 5");
  }

  @Test
  void aKeyThatCannotBeLookedForIsABadRow() throws SQLException {
    TableMapping stock = stock(VERSIONS);
    ChangeEvent bad = change(stock, null, item("no number", "a", 5));
    DtsException refused =
        catchThrowableOfType(
            DtsException.class,
            () -> session.apply(List.of(change(stock, null, item(1, "a", 5)), bad)));
    assertThat(refused.error()).isEqualTo(DtsError.TARGET_BAD_ROW);
    assertThat(refused).hasMessageContaining("src.stock").hasMessageContaining("no number");
    session.rollback();
    commit(change(stock, null, item(1, "a", 5)));
    assertThat(items()).containsExactly("1 a 5");
  }

  @Test
  void aTimeCanBeTheVersion() throws SQLException {
    session.close();
    execute(
        "CREATE TABLE %s.stock (id BIGINT PRIMARY KEY, name VARCHAR(50), at %s)"
            .formatted(schema(), isPostgres() ? "TIMESTAMPTZ(3)" : "TIMESTAMP(3) NULL"));
    guarded(options(new VersionChoice("none", Map.of("stock", "at")), true));
    Column at = column("at", ColumnType.TIMESTAMP, "timestamp(3)");
    TableSchema source =
        new TableSchema(
            new TableId("src", "stock"),
            List.of(ID, NAME, at),
            List.of("id"),
            List.of(new UniqueKey("PRIMARY", List.of("id"))),
            List.of(),
            "");
    List<MappedColumn> mapped =
        List.of(
            new MappedColumn(0, ID, "id", "bigint"),
            new MappedColumn(1, NAME, "name", "varchar"),
            new MappedColumn(2, at, "at", isPostgres() ? "timestamptz" : "timestamp"));
    TableMapping stock =
        new TableMapping(source, schema(), "stock", mapped, mapped.subList(0, 1), false);
    session.map(stock);
    Row one = Row.of("1", "a", "2026-01-02 03:04:05.100");
    Row two = Row.of("1", "b", "2026-01-02 03:04:05.100");
    Row three = Row.of("1", "c", "2026-01-02 03:04:05.250");
    ChangeEvent insert = change(stock, null, one);
    ChangeEvent same = change(stock, one, two);
    ChangeEvent later = change(stock, two, three);
    commit(insert);
    commit(same);
    commit(later);
    commit(insert, same);
    String names = "SELECT name FROM " + schema() + ".stock";
    assertThat(query(names)).containsExactly(List.of("c"));
    commit(change(stock, three, null));
    commit(insert, same);
    assertThat(query(names)).isEmpty();
    commit(change(stock, null, Row.of("1", "d", "2026-01-02 03:04:05.250")));
    assertThat(query(names)).containsExactly(List.of("d"));
    assertThat(metrics.staleDropped()).isEqualTo(4);
    assertThat(metrics.conflicts()).isZero();
  }

  /** PostgreSQL has no text with a NUL, and can't be asked for a row by such a key. */
  @Test
  void copiedRowsWithKeysThatCantBeAskedForAreRefusedAlone() throws SQLException {
    TableMapping stock = stock(VERSIONS, "VARCHAR(20)", "");
    PackedRows rows = PackedRows.of(List.of(item("a", "1", 1), item("b\0", "2", 1)));
    if (!isPostgres()) {
      session.load(stock, rows);
      return;
    }
    assertThat(catchThrowableOfType(DtsException.class, () -> session.load(stock, rows)))
        .satisfies(
            refused -> {
              assertThat(refused.error()).isEqualTo(DtsError.TARGET_BAD_ROW);
              assertThat(refused.problem()).contains("cannot be written");
            });
    session.rollback();
    session.load(stock, PackedRows.of(List.of(item("a", "1", 1))));
    commit();
    assertThat(items()).containsExactly("a 1 1");
  }
}
