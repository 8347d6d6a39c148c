package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.ChunkId;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every kind of target session must do. */
abstract class ApplyContract {
  private final List<TargetSession> open = new ArrayList<>();
  private long position = 100;
  private TargetSession session;

  abstract Target target();

  /** The database or schema that the tables are in. */
  abstract String schema();

  abstract Connection admin() throws SQLException;

  /**
   * Makes {@code table} record into {@code table_audit (seq, op, id, v)} each value a row takes,
   * and when it goes.
   */
  abstract void audit(String table) throws SQLException;

  /** Ends the connections of all sessions but the admin's. */
  abstract void killSessions() throws SQLException;

  @BeforeEach
  void openSession() throws SQLException {
    emptySchema();
    position = 100;
    session = session();
    session.prepare();
    session.takeOver("s", 0, 1);
  }

  private void emptySchema() throws SQLException {
    List<String> tables = new ArrayList<>();
    for (List<String> row :
        query(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = '"
                + schema()
                + "'")) {
      tables.add(row.get(0));
    }
    for (String table : tables) {
      // A partition goes with its table.
      execute("DROP TABLE IF EXISTS " + schema() + "." + table + (isPostgres() ? " CASCADE" : ""));
    }
  }

  @AfterEach
  void closeSessions() {
    open.forEach(TargetSession::close);
  }

  boolean isPostgres() {
    return target() instanceof PostgresTarget;
  }

  TargetSession session() {
    TargetSession opened = target().open();
    open.add(opened);
    return opened;
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = admin();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  List<List<String>> query(String sql) throws SQLException {
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

  static Column column(String name, ColumnType type) {
    return Column.of(name, type, type.name().toLowerCase(java.util.Locale.ROOT), true);
  }

  /** A table of the source mapped to one of the same name; the first {@code keys} columns name. */
  TableMapping mapping(
      String table,
      int keys,
      boolean otherUnique,
      List<ForeignKey> foreignKeys,
      Column... columns) {
    List<String> key = Arrays.stream(columns).limit(keys).map(Column::name).toList();
    TableSchema source =
        new TableSchema(
            new TableId("src", table),
            List.of(columns),
            key,
            keys == 0 ? List.of() : List.of(new UniqueKey("PRIMARY", key)),
            foreignKeys,
            "");
    List<MappedColumn> mapped = new ArrayList<>();
    for (int i = 0; i < columns.length; i++) {
      mapped.add(new MappedColumn(i, columns[i], columns[i].name(), targetType(columns[i])));
    }
    return new TableMapping(source, schema(), table, mapped, mapped.subList(0, keys), otherUnique);
  }

  private String targetType(Column column) {
    return switch (column.type()) {
      case INT -> isPostgres() ? "integer" : "int";
      case VARBINARY -> isPostgres() ? "bytea" : "varbinary";
      case TEXT -> "text";
      default -> "varchar";
    };
  }

  static DtsException refusal(ThrowingCallable call) {
    return catchThrowableOfType(DtsException.class, call);
  }

  private static final Column ID = column("id", ColumnType.INT);
  private static final Column V = column("v", ColumnType.INT);
  private static final Column NAME = column("name", ColumnType.VARCHAR);

  private TableMapping counters() throws SQLException {
    execute("CREATE TABLE " + schema() + ".counters (id INT PRIMARY KEY, v INT, name VARCHAR(20))");
    TableMapping mapping = mapping("counters", 1, false, List.of(), ID, V, NAME);
    session.map(mapping);
    return mapping;
  }

  private TableMapping named() throws SQLException {
    execute(
        "CREATE TABLE "
            + schema()
            + ".named (id INT PRIMARY KEY, v INT, name VARCHAR(20), CONSTRAINT by_name UNIQUE"
            + " (name))");
    TableMapping mapping = mapping("named", 1, true, List.of(), ID, V, NAME);
    session.map(mapping);
    return mapping;
  }

  ChangeEvent insert(TableMapping table, String... after) {
    return change(table, Op.INSERT, null, Row.of(after));
  }

  ChangeEvent update(TableMapping table, Row before, Row after) {
    return change(table, Op.UPDATE, before, after);
  }

  ChangeEvent delete(TableMapping table, String... before) {
    return change(table, Op.DELETE, Row.of(before), null);
  }

  private ChangeEvent change(TableMapping table, Op op, Row before, Row after) {
    position += 10;
    return new ChangeEvent(
        table.source().id(), 0, op, before, after, lsn(), new Lsn("binlog.000001", 1, 1, 1), 1000);
  }

  private Lsn lsn() {
    return new Lsn("binlog.000001", position, 1, 1);
  }

  void applyAll(ChangeEvent... changes) {
    session.apply(List.of(changes));
    session.commit(lsn(), 1000);
  }

  List<List<String>> rows(String table) throws SQLException {
    return query("SELECT * FROM " + schema() + "." + table + " ORDER BY 1");
  }

  @Test
  void appliesEveryChangeOfAKeyInOrder() throws SQLException {
    TableMapping table = counters();
    audit("counters");
    List<ChangeEvent> changes = new ArrayList<>();
    for (int id = 0; id < 3; id++) {
      changes.add(insert(table, "" + id, "0", "a'\\b"));
    }
    for (int v = 1; v <= 200; v++) {
      for (int id = 0; id < 3; id++) {
        changes.add(
            update(table, Row.of("" + id, "" + (v - 1), "x"), Row.of("" + id, "" + v, "x")));
      }
    }
    changes.add(delete(table, "1", "200", "x"));
    changes.add(insert(table, "1", "201", null));
    session.apply(changes);
    session.commit(lsn(), 1000);

    assertThat(rows("counters"))
        .containsExactly(
            List.of("0", "200", "x"), Arrays.asList("1", "201", null), List.of("2", "200", "x"));
    List<String> taken = new ArrayList<>();
    for (List<String> row :
        query(
            "SELECT v FROM "
                + schema()
                + ".counters_audit WHERE id = 1 AND op <> 'DELETE' ORDER BY seq")) {
      taken.add(row.get(0));
    }
    List<String> expected = new ArrayList<>();
    for (int v = 0; v <= 201; v++) {
      expected.add("" + v);
    }
    assertThat(taken).isEqualTo(expected);
  }

  @Test
  void putsMissingRowsAndOverwritesExistingOnes() throws SQLException {
    TableMapping table = counters();
    execute("INSERT INTO " + schema() + ".counters VALUES (1, 1, 'old')");
    applyAll(
        insert(table, "1", "2", "new"),
        update(table, Row.of("2", "1", "a"), Row.of("2", "2", "b")),
        delete(table, "3", "1", "gone"));
    assertThat(rows("counters")).containsExactly(List.of("1", "2", "new"), List.of("2", "2", "b"));
  }

  @Test
  void putsMissingRowsAndOverwritesExistingOnesWithOtherUniqueKeys() throws SQLException {
    TableMapping table = named();
    execute("INSERT INTO " + schema() + ".named VALUES (1, 1, 'old')");
    applyAll(
        insert(table, "1", "2", "new"),
        update(table, Row.of("2", "1", "a"), Row.of("2", "2", "b")),
        delete(table, "3", "1", "gone"));
    assertThat(rows("named")).containsExactly(List.of("1", "2", "new"), List.of("2", "2", "b"));
  }

  @Test
  void aRowThatNoPartitionTakesIsABadRow() throws SQLException {
    execute(
        "CREATE TABLE %s.parted (id INT PRIMARY KEY, v INT, name VARCHAR(20)) PARTITION BY RANGE (id)"
                .formatted(schema())
            + (isPostgres() ? "" : " (PARTITION low VALUES LESS THAN (100))"));
    if (isPostgres()) {
      execute(
          "CREATE TABLE %1$s.parted_low PARTITION OF %1$s.parted FOR VALUES FROM (0) TO (100)"
              .formatted(schema()));
    }
    TableMapping table = mapping("parted", 1, false, List.of(), ID, V, NAME);
    session.map(table);
    ChangeEvent beyond = insert(table, "100", "1", "a");
    assertThat(refusal(() -> session.apply(List.of(beyond))).error())
        .isEqualTo(DtsError.TARGET_BAD_ROW);
    session.rollback();
    PackedRows copied = PackedRows.of(List.of(Row.of("1", "1", "a"), Row.of("100", "1", "a")));
    assertThat(refusal(() -> session.load(table, copied)).error())
        .isEqualTo(DtsError.TARGET_BAD_ROW);
    session.rollback();
    applyAll(insert(table, "1", "1", "a"));
    assertThat(
            refusal(
                    () ->
                        session.apply(
                            List.of(update(table, Row.of("1", "1", "a"), Row.of("100", "1", "a")))))
                .error())
        .isEqualTo(DtsError.TARGET_BAD_ROW);
    session.rollback();
    assertThat(rows("parted")).containsExactly(List.of("1", "1", "a"));
  }

  @Test
  void movesAUniqueValueBetweenRows() throws SQLException {
    TableMapping table = named();
    applyAll(insert(table, "1", "1", "a"), insert(table, "2", "1", "b"));
    applyAll(
        delete(table, "1", "1", "a"),
        update(table, Row.of("2", "1", "b"), Row.of("2", "2", "a")),
        insert(table, "3", "1", "b"));
    assertThat(rows("named")).containsExactly(List.of("2", "2", "a"), List.of("3", "1", "b"));
    applyAll(
        update(table, Row.of("2", "2", "a"), Row.of("2", "2", "tmp")),
        update(table, Row.of("3", "1", "b"), Row.of("3", "1", "a")),
        update(table, Row.of("2", "2", "tmp"), Row.of("2", "2", "b")));
    assertThat(rows("named")).containsExactly(List.of("2", "2", "b"), List.of("3", "1", "a"));
  }

  @Test
  void neverChangesAnotherRowByASecondaryKey() throws SQLException {
    TableMapping table = named();
    execute("INSERT INTO " + schema() + ".named VALUES (9, 9, 'mine')");
    DtsException refused = refusal(() -> session.apply(List.of(insert(table, "1", "1", "mine"))));
    assertThat(refused.error()).isEqualTo(DtsError.TARGET_BAD_ROW);
    assertThat(refused)
        .hasMessageContaining("by_name")
        .hasMessageContaining("id=1")
        .hasMessageContaining("src.named")
        .hasMessageContaining("binlog.000001:110");
    session.rollback();
    assertThat(rows("named")).containsExactly(List.of("9", "9", "mine"));
  }

  @Test
  void changesKeysInPlace() throws SQLException {
    execute("CREATE TABLE " + schema() + ".words (w VARCHAR(20) PRIMARY KEY, v INT)");
    TableMapping table = mapping("words", 1, false, List.of(), column("w", ColumnType.VARCHAR), V);
    session.map(table);
    applyAll(
        insert(table, "a", "1"),
        update(table, Row.of("a", "1"), Row.of("A", "2")),
        insert(table, "b", "1"),
        update(table, Row.of("b", "1"), Row.of("c", "2")),
        insert(table, "b", "3"),
        delete(table, "c", "2"),
        insert(table, "X", "1"),
        delete(table, "X", "1"),
        insert(table, "x", "2"));
    assertThat(query("SELECT w, v FROM " + schema() + ".words ORDER BY lower(w)"))
        .containsExactly(List.of("A", "2"), List.of("b", "3"), List.of("x", "2"));
  }

  @Test
  void keysOfSeveralColumns() throws SQLException {
    execute("CREATE TABLE " + schema() + ".pairs (id INT, v INT, name TEXT, PRIMARY KEY (id, v))");
    TableMapping table = mapping("pairs", 2, false, List.of(), ID, V, NAME);
    session.map(table);
    applyAll(
        insert(table, "1", "1", "a"), insert(table, "1", "2", "b"), insert(table, "2", "1", "c"));
    applyAll(
        delete(table, "1", "1", "a"),
        delete(table, "2", "1", "c"),
        update(table, Row.of("1", "2", "b"), Row.of("1", "2", "d")));
    assertThat(rows("pairs")).containsExactly(List.of("1", "2", "d"));
  }

  @Test
  void tablesWithoutUniqueIndexOnTheKey() throws SQLException {
    execute("CREATE TABLE " + schema() + ".loose (id INT NOT NULL, v INT, name VARCHAR(20))");
    TableMapping table = mapping("loose", 1, false, List.of(), ID, V, NAME);
    session.map(table);
    applyAll(
        insert(table, "1", "1", "a"),
        update(table, Row.of("1", "1", "a"), Row.of("1", "2", "b")),
        update(table, Row.of("2", "1", "a"), Row.of("2", "2", "b")),
        delete(table, "2", "2", "b"));
    assertThat(rows("loose")).containsExactly(List.of("1", "2", "b"));
  }

  @Test
  void appendOnlyTablesTakeInsertsOnly() throws SQLException {
    execute("CREATE TABLE " + schema() + ".log (id INT, v INT)");
    TableMapping table = mapping("log", 0, false, List.of(), ID, V);
    session.map(table);
    applyAll(insert(table, "1", "1"), insert(table, "1", "1"));
    session.load(table, PackedRows.of(List.of(Row.of("2", "2"))));
    session.commit(lsn(), 0);
    assertThat(rows("log")).hasSize(3);
    DtsException refused = refusal(() -> session.apply(List.of(delete(table, "1", "1"))));
    assertThat(refused.error()).isEqualTo(DtsError.TARGET_BAD_ROW);
    session.rollback();
    session.clear(table);
    session.commit(lsn(), 0);
    assertThat(rows("log")).isEmpty();
  }

  @Test
  void namesTheBadRow() throws SQLException {
    TableMapping table = counters();
    DtsException refused =
        refusal(
            () ->
                session.apply(
                    List.of(
                        insert(table, "1", "1", "fine"),
                        insert(table, "2", "1", "far too long for twenty characters"),
                        insert(table, "3", "1", "fine"))));
    assertThat(refused.error()).isEqualTo(DtsError.TARGET_BAD_ROW);
    assertThat(refused).hasMessageContaining("id=2").hasMessageContaining("binlog.000001:120");
    session.rollback();
    applyAll(insert(table, "1", "1", "fine"));
    ChangeEvent bad = insert(table, "2", "1", "far too long for twenty characters");
    session.deadLetter(bad, refused.getMessage());
    session.commit(lsn(), 1000);
    assertThat(query("SELECT tab, op, after_row FROM " + schema() + ".pi_dts_dead_letter"))
        .containsExactly(
            List.of(
                "counters",
                "INSERT",
                "{\"id\":\"2\",\"v\":\"1\",\"name\":\"far too long for twenty characters\"}"));
  }

  /** Tried again, an older change would move the row back, or bring back one that is gone. */
  @Test
  void laterChangesOfARowSettleWhatWasRefusedOfIt() throws SQLException {
    TableMapping table = counters();
    String tooLong = "far too long for twenty characters";
    List<ChangeEvent> refused =
        List.of(
            insert(table, "1", "1", tooLong),
            insert(table, "2", "1", tooLong),
            insert(table, "3", "1", tooLong),
            update(table, Row.of("4", "1", "a"), Row.of("5", "1", tooLong)));
    refused.forEach(change -> session.deadLetter(change, "too long"));
    session.commit(lsn(), 0);
    session.apply(List.of(delete(table, "1", "1", tooLong)));
    session.rollback();
    assertThat(openLetters()).containsExactly("1", "2", "3", "4");
    session.apply(
        List.of(
            delete(table, "1", "1", tooLong),
            update(table, Row.of("2", "1", tooLong), Row.of("2", "2", "b")),
            insert(table, "5", "2", "c")));
    session.commit(lsn(), 0);
    assertThat(openLetters()).containsExactly("3");
    // What comes again from before it changes nothing.
    session.apply(
        List.of(
            new ChangeEvent(
                table.source().id(),
                0,
                Op.INSERT,
                null,
                Row.of("3", "0", "x"),
                Lsn.START,
                Lsn.START,
                0)));
    session.commit(lsn(), 0);
    assertThat(openLetters()).containsExactly("3");
    TargetSession next = session();
    next.takeOver("s", 0, 1);
    next.map(table);
    next.apply(List.of(delete(table, "3", "1", tooLong)));
    next.commit(lsn(), 0);
    assertThat(openLetters()).isEmpty();
    assertThat(rows("counters")).containsExactly(List.of("2", "2", "b"), List.of("5", "2", "c"));
  }

  private List<String> openLetters() throws SQLException {
    return query(
            "SELECT COALESCE(before_row, after_row) FROM "
                + schema()
                + ".pi_dts_dead_letter WHERE retried IS NULL ORDER BY id")
        .stream()
        .map(row -> row.get(0).replaceAll("^\\{\"id\":\"(\\d+)\".*", "$1"))
        .toList();
  }

  @Test
  void loadsOverExistingRowsOfATableWithOtherUniqueKeys() throws SQLException {
    TableMapping table = named();
    applyAll(
        insert(table, "1", "1", "a"), insert(table, "3", "1", "c"), insert(table, "9", "1", "z"));
    for (int time = 0; time < 2; time++) {
      session.load(
          table,
          PackedRows.of(
              List.of(Row.of("1", "2", "c"), Row.of("2", "2", "b"), Row.of("3", "2", "a"))));
      session.commit(lsn(), 0);
    }
    assertThat(rows("named"))
        .containsExactly(
            List.of("1", "2", "c"),
            List.of("2", "2", "b"),
            List.of("3", "2", "a"),
            List.of("9", "1", "z"));
    DtsException refused =
        refusal(() -> session.load(table, PackedRows.of(List.of(Row.of("4", "2", "z")))));
    assertThat(refused.error()).isEqualTo(DtsError.TARGET_BAD_ROW);
    session.rollback();
    assertThat(rows("named")).hasSize(4).contains(List.of("9", "1", "z"));
  }

  @Test
  void loadsIntoAnEmptyTableAndOverExistingRows() throws SQLException {
    TableMapping table = counters();
    List<Row> rows = new ArrayList<>();
    for (int id = 0; id < 3000; id++) {
      rows.add(Row.of("" + id, "1", id % 7 == 0 ? null : "tab\tline\nback\\"));
    }
    session.load(table, PackedRows.of(rows));
    session.commit(lsn(), 0);
    rows.replaceAll(row -> Row.of(row.text(0), "2", "nul-free 😀 ''"));
    rows.add(Row.of("3000", "2", "new"));
    session.load(table, PackedRows.of(rows));
    session.load(table, PackedRows.of(rows));
    session.commit(lsn(), 0);
    assertThat(query("SELECT COUNT(*), SUM(v), COUNT(name) FROM " + schema() + ".counters"))
        .containsExactly(List.of("3001", "6002", "3001"));
    assertThat(rows("counters").get(5)).containsExactly("5", "2", "nul-free 😀 ''");
  }

  @Test
  void loadsUpdateTheRowsThatExist() throws SQLException {
    loadOverSome(counters());
  }

  @Test
  void loadsUpdateTheRowsThatExistWithOtherUniqueKeys() throws SQLException {
    loadOverSome(named());
  }

  /** Rows 1 to 600 exist; then 401 to 1000 are copied, and once more as they are. */
  private void loadOverSome(TableMapping table) throws SQLException {
    String name = table.targetTable();
    session.load(table, numbered(1, 600, "1"));
    session.commit(lsn(), 0);
    audit(name);
    for (int time = 0; time < 2; time++) {
      session.load(table, numbered(401, 1000, "2"));
      session.commit(lsn(), 0);
    }
    String audit = " FROM " + schema() + "." + name + "_audit WHERE op = ";
    assertThat(query("SELECT COUNT(*), COUNT(DISTINCT id), MIN(id), MAX(id)" + audit + "'INSERT'"))
        .containsExactly(List.of("400", "400", "601", "1000"));
    assertThat(query("SELECT COUNT(DISTINCT id), MIN(v)" + audit + "'UPDATE' AND id <= 600"))
        .containsExactly(List.of("200", "2"));
    assertThat(query("SELECT id" + audit + "'DELETE'")).isEmpty();
    assertThat(query("SELECT COUNT(*), SUM(v) FROM " + schema() + "." + name))
        .containsExactly(List.of("1000", "1600"));
  }

  private static PackedRows numbered(int from, int to, String v) {
    return PackedRows.of(
        IntStream.rangeClosed(from, to).mapToObj(id -> Row.of("" + id, v, "n" + id)).toList());
  }

  @Test
  void loadsFindRowsByKeysThatAreSpeltOtherwise() throws SQLException {
    execute(
        "CREATE TABLE "
            + schema()
            + ".spelt (w VARCHAR(20), d "
            + (isPostgres() ? "TIMESTAMP(3)" : "DATETIME(3)")
            + ", v INT, PRIMARY KEY (w, d))");
    Column word = column("w", ColumnType.VARCHAR);
    Column date = column("d", ColumnType.DATETIME);
    TableMapping plain = mapping("spelt", 2, false, List.of(), word, date, V);
    List<MappedColumn> columns = new ArrayList<>(plain.columns());
    columns.set(1, new MappedColumn(1, date, "d", isPostgres() ? "timestamp" : "datetime"));
    TableMapping table =
        new TableMapping(plain.source(), schema(), "spelt", columns, columns.subList(0, 2), false);
    session.map(table);
    execute(
        "INSERT INTO "
            + schema()
            + ".spelt VALUES ('a', '2024-01-02 03:04:05', 1), ('b', '2024-01-02 03:04:05.678', 1)");
    session.load(
        table,
        PackedRows.of(
            List.of(
                Row.of("a", "2024-01-02 03:04:05.000", "2"),
                Row.of(isPostgres() ? "b" : "B", "2024-01-02 03:04:05.678", "2"),
                Row.of("c", "2024-01-02 03:04:05.000", "2"))));
    session.commit(lsn(), 0);
    assertThat(query("SELECT LOWER(w), v FROM " + schema() + ".spelt ORDER BY 1"))
        .containsExactly(List.of("a", "2"), List.of("b", "2"), List.of("c", "2"));
  }

  @Test
  void aLoadThatDoesNotFitNamesTheRowAndCutsNothing() throws SQLException {
    TableMapping table = counters();
    DtsException refused =
        refusal(
            () ->
                session.load(
                    table,
                    PackedRows.of(
                        List.of(
                            Row.of("1", "1", "fine"),
                            Row.of("2", "1", "far too long for twenty characters")))));
    assertThat(refused.error()).isEqualTo(DtsError.TARGET_BAD_ROW);
    assertThat(refused).hasMessageContaining("id=2").hasMessageContaining("copied row");
    session.rollback();
    assertThat(rows("counters")).isEmpty();
  }

  @Test
  void textAndBytesComeOutAsTheyWentIn() throws SQLException {
    execute(
        "CREATE TABLE "
            + schema()
            + ".bytes (id INT PRIMARY KEY, t TEXT"
            + (isPostgres() ? "" : " CHARACTER SET utf8mb4")
            + ", b "
            + (isPostgres() ? "BYTEA" : "VARBINARY(600)")
            + ")");
    TableMapping table =
        mapping(
            "bytes",
            1,
            false,
            List.of(),
            ID,
            column("t", ColumnType.TEXT),
            column("b", ColumnType.VARBINARY));
    session.map(table);
    StringBuilder text = new StringBuilder("😀漢字'\"\\%_{d '2020-01-01'};--?:x $1 \u001a\uFFFD");
    byte[] bytes = new byte[256];
    for (int i = 0; i < 256; i++) {
      bytes[i] = (byte) i;
      text.append(i == 0 && isPostgres() ? "" : String.valueOf((char) i));
    }
    byte[] utf8 = text.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
    List<Row> rows = new ArrayList<>();
    for (int id = 1; id <= 4; id++) {
      byte[] raw = id % 2 == 0 ? new byte[0] : bytes;
      rows.add(
          new Row(
              new byte[][] {
                ("" + id).getBytes(java.nio.charset.StandardCharsets.US_ASCII), utf8, raw
              }));
    }
    session.load(table, PackedRows.of(rows.subList(0, 2)));
    session.apply(
        List.of(
            change(table, Op.INSERT, null, rows.get(2)),
            change(table, Op.UPDATE, rows.get(3), rows.get(3))));
    session.commit(lsn(), 0);
    List<Row> found = new ArrayList<>();
    try (Connection connection = admin();
        Statement statement = connection.createStatement();
        ResultSet read =
            statement.executeQuery("SELECT id, t, b FROM " + schema() + ".bytes ORDER BY id")) {
      while (read.next()) {
        found.add(
            new Row(
                new byte[][] {
                  TableSql.utf8(read.getString(1)),
                  TableSql.utf8(read.getString(2)),
                  read.getBytes(3)
                }));
      }
    }
    assertThat(found).isEqualTo(rows);
  }

  @Test
  void fencesAZombieWithAnOpenTransaction() throws Exception {
    TableMapping table = counters();
    session.apply(List.of(insert(table, "1", "1", "zombie")));
    TargetSession next = session();
    LaneProgress found = next.takeOver("s", 0, 1);
    assertThat(found.highest()).isEqualTo(Lsn.START);
    next.map(table);
    DtsException refused = refusal(() -> session.commit(lsn(), 0));
    assertThat(refused.error()).isIn(DtsError.TARGET_FENCED, DtsError.TARGET_UNREACHABLE);
    next.apply(List.of(insert(table, "2", "1", "next")));
    next.commit(lsn(), 0);
    assertThat(rows("counters")).containsExactly(List.of("2", "1", "next"));
    session.rollback();
    session.apply(List.of(insert(table, "1", "1", "zombie")));
    refused = refusal(() -> session.commit(lsn(), 0));
    assertThat(refused.error()).isEqualTo(DtsError.TARGET_FENCED);
    assertThat(rows("counters")).containsExactly(List.of("2", "1", "next"));
  }

  @Test
  void aNewNumberOfWritersInheritsProgressByLane() {
    session.commit(Lsn.boundary("binlog.000002", 4), 0);
    TargetSession half = session();
    assertThat(half.takeOver("s", 1, 2).lowest()).isEqualTo(Lsn.boundary("binlog.000002", 4));
    half.commit(Lsn.boundary("binlog.000010", 4), 0);
    DtsException refused =
        refusal(
            () -> {
              session.commit(Lsn.boundary("binlog.000011", 4), 0);
            });
    assertThat(refused.error()).isIn(DtsError.TARGET_FENCED, DtsError.TARGET_UNREACHABLE);
    LaneProgress middle = session().takeOver("s", 1, 3);
    assertThat(middle.lowest()).isEqualTo(Lsn.boundary("binlog.000002", 4));
    assertThat(middle.highest()).isEqualTo(Lsn.boundary("binlog.000010", 4));
    assertThat(session().takeOver("other", 0, 1).highest()).isEqualTo(Lsn.START);
  }

  /** Else nobody hears of a writer that gets nothing through after a restart. */
  @Test
  void whoTakesOverIsToldHowOldTheTargetIs() {
    assertThat(session().takeOver("none", 0, 1).freshMillis()).isZero();
    Lsn place = Lsn.boundary("binlog.000002", 4);
    session.commit(new WriterProgress(place, 0, 5_000, 4_000, null));
    TargetSession half = session();
    LaneProgress found = half.takeOver("s", 1, 2);
    assertThat(found.freshMillis()).isEqualTo(5_000);
    assertThat(found.heartbeatMillis()).isEqualTo(4_000);
    half.commit(new WriterProgress(place, 0, 9_000, 8_000, null));
    assertThat(session().takeOver("s", 1, 2).freshMillis()).isEqualTo(9_000);
    // What all of its lanes have.
    LaneProgress whole = session().takeOver("s", 0, 1);
    assertThat(whole.freshMillis()).isEqualTo(5_000);
    assertThat(whole.heartbeatMillis()).isEqualTo(4_000);
  }

  @Test
  void writersPrepareAndTakeOverAtTheSameTime() throws Exception {
    closeSessions();
    emptySchema();
    List<CompletableFuture<LaneProgress>> all = new ArrayList<>();
    List<TargetSession> sessions = new ArrayList<>();
    for (int w = 0; w < 4; w++) {
      sessions.add(session());
    }
    for (int w = 0; w < 4; w++) {
      int writer = w;
      all.add(
          CompletableFuture.supplyAsync(
              () -> {
                sessions.get(writer).prepare();
                return sessions.get(writer).takeOver("s", writer, 4);
              }));
    }
    for (CompletableFuture<LaneProgress> one : all) {
      assertThat(one.get(60, TimeUnit.SECONDS).highest()).isEqualTo(Lsn.START);
    }
    sessions.forEach(one -> one.commit(Lsn.boundary("binlog.000001", 4), 0));
  }

  @Test
  void goesOnAfterItsConnectionWasKilled() throws SQLException {
    TableMapping table = counters();
    session.apply(List.of(insert(table, "1", "1", "a")));
    killSessions();
    DtsException lost = refusal(() -> session.apply(List.of(insert(table, "2", "1", "b"))));
    assertThat(lost.error()).isEqualTo(DtsError.TARGET_UNREACHABLE);
    session.rollback();
    assertThat(rows("counters")).isEmpty();
    applyAll(insert(table, "1", "1", "a"), insert(table, "2", "1", "b"));
    assertThat(rows("counters")).hasSize(2);
  }

  @Test
  void recordsChunkParts() throws SQLException {
    CopyEnd end =
        new CopyEnd(
            new ChunkId(new TableId("src", "t"), 7),
            0,
            1,
            Lsn.boundary("binlog.000001", 4),
            Lsn.boundary("binlog.000001", 4),
            42);
    session.chunkPartDone(end);
    session.rollback();
    session.chunkPartDone(end);
    session.commit(lsn(), 0);
    session.chunkPartDone(end);
    session.commit(lsn(), 0);
    assertThat(query("SELECT sync, tab, chunk, copied_rows FROM " + schema() + ".pi_dts_copy"))
        .containsExactly(List.of("s", "t", "7", "42"));
  }

  /** A type of the source, the target's type for it, values, and how the target shows them. */
  record TypeCase(
      Column source, String targetType, String ddl, List<byte[]> values, List<String> shown) {
    static TypeCase of(ColumnType type, int length, String target, String ddl, String... values) {
      List<byte[]> bytes = Arrays.stream(values).map(TableSql::utf8).toList();
      return new TypeCase(typed(type, length), target, ddl, bytes, List.of(values));
    }

    TypeCase shownAs(String... texts) {
      return new TypeCase(source, targetType, ddl, values, List.of(texts));
    }

    static TypeCase raw(
        ColumnType type, int length, String target, String ddl, String hex, String shown) {
      byte[] bytes = java.util.HexFormat.of().parseHex(hex);
      return new TypeCase(typed(type, length), target, ddl, List.of(bytes), List.of(shown));
    }

    private static Column typed(ColumnType type, int length) {
      return new Column(
          "c", type, "x", false, length, 0, null, null, true, null, false, false, false, List.of(),
          "");
    }
  }

  abstract List<TypeCase> typeCases();

  /** An expression that shows the column {@code c} as text. */
  abstract String shown(TypeCase type);

  @Test
  void valuesOfEveryTypeArriveByEveryWay() throws SQLException {
    int number = 0;
    for (TypeCase type : typeCases()) {
      String name = "t" + number++;
      execute(
          "CREATE TABLE " + schema() + "." + name + " (id INT PRIMARY KEY, c " + type.ddl() + ")");
      TableMapping table = typed(name, type, false);
      session.map(table);
      List<String> expected = new ArrayList<>();
      List<Row> rows = new ArrayList<>();
      for (int way = 0; way < 8; way++) {
        for (int v = 0; v < type.values().size(); v++) {
          rows.add(row(rows.size(), type.values().get(v)));
          expected.add(type.shown().get(v));
        }
      }
      int third = type.values().size();
      session.load(table, PackedRows.of(rows.subList(0, third)));
      session.load(table, PackedRows.of(List.of(row(-1, null))));
      session.apply(changes(table, rows.subList(third, 7 * third)));
      session.map(typed(name, type, true));
      session.apply(changes(table, rows.subList(7 * third, 8 * third)));
      session.commit(lsn(), 0);
      List<String> found = new ArrayList<>();
      for (List<String> row :
          query("SELECT " + shown(type) + " FROM " + schema() + "." + name + " ORDER BY id")) {
        found.add(row.get(0));
      }
      assertThat(found.remove(0)).isNull();
      assertThat(found).as("%s as %s", type.source().type(), type.ddl()).isEqualTo(expected);
    }
  }

  /** Under each way the values also have to be found again, as keys. */
  @Test
  void valuesOfEveryTypeAreFoundAsKeys() throws SQLException {
    int number = 0;
    for (TypeCase type : typeCases()) {
      if (!canBeKey(type)) {
        continue;
      }
      String name = "k" + number++;
      execute("CREATE TABLE " + schema() + "." + name + " (c " + type.ddl() + ", v INT)");
      Column key = type.source();
      TableMapping plain = mapping(name, 1, true, List.of(), key, V);
      MappedColumn mapped = new MappedColumn(0, key, "c", type.targetType());
      TableMapping table =
          new TableMapping(
              plain.source(),
              schema(),
              name,
              List.of(mapped, plain.columns().get(1)),
              List.of(mapped),
              true);
      session.map(table);
      for (byte[] value : type.values()) {
        Row before = new Row(new byte[][] {value, TableSql.utf8("1")});
        Row after = new Row(new byte[][] {value, TableSql.utf8("2")});
        session.apply(List.of(change(table, Op.INSERT, null, before)));
        session.apply(List.of(change(table, Op.UPDATE, before, after)));
        session.commit(lsn(), 0);
        assertThat(query("SELECT v FROM " + schema() + "." + name))
            .as("%s as %s", type.source().type(), type.ddl())
            .containsExactly(List.of("2"));
        session.apply(List.of(change(table, Op.DELETE, after, null)));
        session.commit(lsn(), 0);
        assertThat(rows(name)).as("%s as %s", type.source().type(), type.ddl()).isEmpty();
      }
    }
  }

  private boolean canBeKey(TypeCase type) {
    return type.source().type() != ColumnType.GEOMETRY && !type.targetType().equals("json");
  }

  private TableMapping typed(String name, TypeCase type, boolean otherUnique) {
    TableMapping plain = mapping(name, 1, otherUnique, List.of(), ID, type.source());
    MappedColumn column = new MappedColumn(1, type.source(), "c", type.targetType());
    return new TableMapping(
        plain.source(),
        schema(),
        name,
        List.of(plain.columns().get(0), column),
        plain.key(),
        otherUnique);
  }

  private static Row row(int id, byte[] value) {
    return new Row(new byte[][] {TableSql.utf8("" + id), value});
  }

  private List<ChangeEvent> changes(TableMapping table, List<Row> rows) {
    List<ChangeEvent> changes = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      changes.add(
          i % 2 == 0 ? change(table, Op.INSERT, null, row) : change(table, Op.UPDATE, row, row));
    }
    return changes;
  }

  @Test
  void repeatsWhatCascadesDid() throws SQLException {
    execute("CREATE TABLE " + schema() + ".parent (id INT PRIMARY KEY, v INT)");
    execute("CREATE TABLE " + schema() + ".child (id INT PRIMARY KEY, v INT)");
    execute("CREATE TABLE " + schema() + ".grandchild (id INT PRIMARY KEY, v INT)");
    TableMapping parent = mapping("parent", 1, false, List.of(), ID, V);
    TableMapping child =
        mapping(
            "child",
            1,
            false,
            List.of(
                new ForeignKey(
                    "fk",
                    List.of("v"),
                    parent.source().id(),
                    List.of("id"),
                    ForeignKey.Action.CASCADE,
                    ForeignKey.Action.CASCADE)),
            ID,
            V);
    TableMapping grandchild =
        mapping(
            "grandchild",
            1,
            false,
            List.of(
                new ForeignKey(
                    "fk",
                    List.of("v"),
                    child.source().id(),
                    List.of("id"),
                    ForeignKey.Action.SET_NULL,
                    ForeignKey.Action.RESTRICT)),
            ID,
            V);
    session.map(child);
    session.map(grandchild);
    session.map(parent);
    applyAll(
        insert(parent, "1", "0"),
        insert(parent, "2", "0"),
        insert(child, "10", "1"),
        insert(child, "20", "2"),
        insert(grandchild, "100", "10"),
        insert(grandchild, "200", "20"),
        update(parent, Row.of("2", "0"), Row.of("3", "0")),
        delete(parent, "1", "0"),
        insert(parent, "1", "0"),
        insert(child, "11", "1"));
    assertThat(rows("parent")).containsExactly(List.of("1", "0"), List.of("3", "0"));
    assertThat(rows("child")).containsExactly(List.of("11", "1"), List.of("20", "3"));
    assertThat(rows("grandchild"))
        .containsExactly(Arrays.asList("100", null), List.of("200", "20"));
  }
}
