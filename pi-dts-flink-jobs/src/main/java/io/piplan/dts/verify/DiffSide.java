package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableCondition;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.value.Family;
import io.piplan.dts.value.Meaning;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * One database of a diff, with a connection that scans and one that looks up rows meanwhile. Each
 * is used by one thread at a time.
 */
final class DiffSide implements AutoCloseable {
  /** Sorting or digesting a large table may take a server long before it says anything. */
  private static final Duration ANSWER = Duration.ofHours(1);

  private final DatabaseRef database;
  private final Side side;
  private final SideDialect dialect;
  private final Connection connection;
  private final Connection lookup;

  DiffSide(DatabaseRef database, Side side) {
    this.database = database;
    this.side = side;
    this.dialect = SideDialect.of(database.server());
    this.connection = connect();
    try {
      this.lookup = connect();
    } catch (DtsException e) {
      close(connection);
      throw e;
    }
  }

  private Connection connect() {
    // Rows are read through the text protocols, whose bytes are what is compared.
    DatabaseServer server = database.server();
    if (server instanceof PostgresServer postgres) {
      server = postgres.with(Map.of("binaryTransfer", "false"));
    } else if (server instanceof MySqlServer mySql) {
      server = mySql.with(Map.of("useServerPrepStmts", "false"));
    }
    Connection opened = server.connect(side, ANSWER);
    try {
      dialect.prepare(opened);
      return opened;
    } catch (SQLException e) {
      close(opened);
      throw failed("prepare the session", e);
    }
  }

  DatabaseRef database() {
    return database;
  }

  SideDialect dialect() {
    return dialect;
  }

  /** The connection for small questions while the other one scans. */
  Connection lookup() {
    return lookup;
  }

  boolean sameDialect(DiffSide other) {
    return dialect.getClass() == other.dialect.getClass();
  }

  boolean isPostgres() {
    return dialect instanceof PostgresSide;
  }

  boolean isHive() {
    return dialect instanceof HiveSide;
  }

  List<String> tableNames() {
    try {
      return dialect.tableNames(connection, database.schema());
    } catch (SQLException e) {
      throw failed("list the tables", e);
    }
  }

  Optional<DiffTable> table(String name) {
    try {
      return dialect.table(connection, database.schema(), name);
    } catch (SQLException e) {
      throw failed("read the columns of " + name, e);
    }
  }

  /** The quoted name of one of our own tables. */
  String controlTable(String table) {
    return dialect.quote(database.schema()) + "." + dialect.quote(table);
  }

  boolean hasTable(String name) {
    String sql =
        "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?";
    try (PreparedStatement query = lookup.prepareStatement(sql)) {
      query.setString(1, database.schema());
      query.setString(2, name);
      try (ResultSet rows = query.executeQuery()) {
        return rows.next();
      }
    } catch (SQLException e) {
      throw failed("look for " + name, e);
    } finally {
      endTransaction(lookup);
    }
  }

  /** The hash to use with the other side. */
  RowHash hashWith(DiffSide other) {
    return has(RowHash.MD5) && other.has(RowHash.MD5) ? RowHash.MD5 : RowHash.SHA256;
  }

  private boolean has(RowHash hash) {
    try {
      return dialect.has(connection, hash);
    } catch (SQLException e) {
      throw failed("ask for " + hash, e);
    }
  }

  /** The texts whose digest stands for a row, or nothing if a column has none. */
  Optional<List<String>> digestTexts(
      List<DiffColumn> mine,
      List<DiffColumn> others,
      List<Meaning> meanings,
      boolean same,
      RowHash hash) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < mine.size(); i++) {
      String text =
          meanings.get(i).isEven()
              ? dialect.digestTextOfEven(mine.get(i))
              : dialect.digestText(
                  mine.get(i), others.get(i), meanings.get(i).family(), same, hash);
      if (text == null) {
        return Optional.empty();
      }
      texts.add(text);
    }
    return Optional.of(texts);
  }

  /**
   * Rows in key order (any order if the plan has no key). The caller closes it.
   *
   * @param condition one more, in this server's SQL; null for none
   */
  RowCursor rows(Selection selection, KeyRange range, String condition) {
    StringBuilder sql = new StringBuilder(selectRows(selection));
    where(sql, selection, range, condition);
    StringJoiner order = new StringJoiner(", ", " ORDER BY ", "").setEmptyValue("");
    for (int k : selection.key()) {
      order.add(dialect.order(selection.columns().get(k), selection.meanings().get(k).family()));
    }
    sql.append(order);
    try {
      return new RowCursor(this, dialect.streaming(connection), sql.toString());
    } catch (SQLException e) {
      throw failed("read " + selection.table().name(), e);
    }
  }

  private String selectRows(Selection selection) {
    StringJoiner list = new StringJoiner(", ", "SELECT ", " FROM ");
    selection.columns().forEach(column -> list.add(dialect.select(column)));
    return list + from(selection);
  }

  private String from(Selection selection) {
    DiffTable table = selection.table();
    return dialect.quote(table.schema()) + "." + dialect.quote(table.name());
  }

  private void where(StringBuilder sql, Selection selection, KeyRange range, String condition) {
    StringJoiner conditions = new StringJoiner(" AND ", " WHERE ", "").setEmptyValue("");
    TableCondition.Spelling spelling = dialect.spelling(selection.table());
    selection.conditions().forEach(one -> conditions.add(one.sql(spelling)));
    if (range != null) {
      conditions.add(inRange(selection, range));
    }
    if (condition != null) {
      conditions.add(condition);
    }
    sql.append(conditions);
  }

  private String inRange(Selection selection, KeyRange range) {
    return firstKey(selection) + " BETWEEN " + range.low() + " AND " + range.high();
  }

  private String firstKey(Selection selection) {
    return dialect.quote(selection.columns().get(selection.key()[0]).name());
  }

  /** The lowest and the highest key, or null if there are no rows. */
  KeyRange extent(Selection selection) {
    String key = firstKey(selection);
    StringBuilder sql = new StringBuilder("SELECT MIN(" + key + "), MAX(" + key + ") FROM ");
    sql.append(from(selection));
    where(sql, selection, null, null);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql.toString())) {
      row.next();
      String low = row.getString(1);
      return low == null
          ? null
          : new KeyRange(new BigInteger(low), new BigInteger(row.getString(2)));
    } catch (SQLException e) {
      throw failed("read the keys of " + selection.table().name(), e);
    } finally {
      endTransaction(connection);
    }
  }

  /** How many rows the server thinks that a range has. */
  long estimate(Selection selection, KeyRange range) {
    try {
      return dialect.estimate(connection, from(selection), inRange(selection, range));
    } catch (SQLException e) {
      throw failed("estimate the rows of " + selection.table().name(), e);
    } finally {
      endTransaction(connection);
    }
  }

  /** Count, digest and extent of a range. */
  RangeDigest digest(Selection selection, List<String> texts, RowHash hash, KeyRange range) {
    String key = firstKey(selection);
    StringBuilder sql = new StringBuilder("SELECT COUNT(*), MIN(" + key + "), MAX(" + key + "), ");
    sql.append(dialect.rowDigest(texts, hash));
    sql.append(" FROM ").append(from(selection));
    where(sql, selection, range, null);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql.toString())) {
      row.next();
      String low = row.getString(2);
      KeyRange extent =
          low == null ? null : new KeyRange(new BigInteger(low), new BigInteger(row.getString(3)));
      return new RangeDigest(row.getLong(1), new BigInteger(row.getString(4)).longValue(), extent);
    } catch (SQLException e) {
      throw failed("digest " + selection.table().name(), e);
    } finally {
      endTransaction(connection);
    }
  }

  /** Count and digest of each bucket. */
  BucketDigests buckets(Selection selection, List<String> texts, RowHash hash, String bucket) {
    StringBuilder sql = new StringBuilder("SELECT ").append(bucket).append(", COUNT(*), ");
    sql.append(dialect.rowDigest(texts, hash)).append(" FROM ").append(from(selection));
    where(sql, selection, null, null);
    sql.append(" GROUP BY 1");
    BucketDigests buckets = new BucketDigests(Digests.BUCKETS);
    try (Statement statement = dialect.streaming(connection);
        ResultSet rows = statement.executeQuery(sql.toString())) {
      while (rows.next()) {
        long digest = new BigInteger(rows.getString(3)).longValue();
        buckets.put(rows.getInt(1), rows.getLong(2), digest);
      }
      return buckets;
    } catch (SQLException e) {
      throw failed("digest " + selection.table().name(), e);
    } finally {
      endTransaction(connection);
    }
  }

  /**
   * The rows that now have these keys, whether the diff's condition holds for them or not: a row
   * may meet it on one side only.
   */
  Map<Row, List<byte[][]>> fetch(Selection of, List<Row> keys) {
    Selection selection = new Selection(of.plan(), of.isA(), Optional.empty());
    StringBuilder sql = byKeys(selection, keys);
    TableCondition.Spelling spelling = dialect.spelling(selection.table());
    selection.conditions().forEach(c -> sql.append(" AND ").append(c.sql(spelling)));
    Map<Row, List<byte[][]>> found = new HashMap<>();
    try (RowCursor cursor = new RowCursor(this, lookup.createStatement(), sql.toString())) {
      for (byte[][] row = cursor.next(); row != null; row = cursor.next()) {
        found.computeIfAbsent(selection.keyOf(row), key -> new ArrayList<>(1)).add(row);
      }
    } catch (SQLException e) {
      throw failed("read rows of " + selection.table().name(), e);
    }
    return found;
  }

  /**
   * Keys of rows.
   *
   * @param conditions besides those of the selection, in this server's SQL
   * @param end what follows the conditions
   */
  List<Row> keys(Selection selection, List<String> conditions, String end) {
    StringJoiner list = new StringJoiner(", ", "SELECT ", " FROM ");
    for (int k : selection.key()) {
      list.add(dialect.select(selection.columns().get(k)));
    }
    StringJoiner all = new StringJoiner(" AND ", " WHERE ", "").setEmptyValue("");
    TableCondition.Spelling spelling = dialect.spelling(selection.table());
    selection.conditions().forEach(one -> all.add(one.sql(spelling)));
    conditions.forEach(all::add);
    List<Row> keys = new ArrayList<>();
    String sql = list + from(selection) + all + end;
    try (RowCursor cursor = new RowCursor(this, dialect.streaming(connection), sql)) {
      for (byte[][] row = cursor.next(); row != null; row = cursor.next()) {
        keys.add(selection.normalKey(row));
      }
    } catch (SQLException e) {
      throw failed("read keys of " + selection.table().name(), e);
    }
    return keys;
  }

  private StringBuilder byKeys(Selection selection, List<Row> keys) {
    return new StringBuilder(selectRows(selection))
        .append(" WHERE (")
        .append(withKeys(selection, keys))
        .append(')');
  }

  /** The rows with this key, locked until the transaction of the lookup connection ends. */
  List<byte[][]> lock(Selection selection, Row key) throws SQLException {
    String sql = byKeys(selection, List.of(key)).append(" FOR UPDATE").toString();
    List<byte[][]> found = new ArrayList<>();
    try (Statement statement = lookup.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        byte[][] values = new byte[columns][];
        for (int i = 0; i < columns; i++) {
          values[i] = rows.getBytes(i + 1);
        }
        found.add(values);
      }
    }
    return found;
  }

  /** A condition for the rows with these keys. */
  String withKeys(Selection selection, List<Row> keys) {
    int[] key = selection.key();
    StringJoiner tests = new StringJoiner(key.length == 1 ? ", " : " OR ");
    for (Row values : keys) {
      StringJoiner test = new StringJoiner(" AND ");
      for (int k = 0; k < key.length; k++) {
        DiffColumn column = selection.columns().get(key[k]);
        Family family = selection.meanings().get(key[k]).family();
        String literal = dialect.literal(column, family, values.value(k));
        test.add(key.length == 1 ? literal : dialect.quote(column.name()) + " = " + literal);
      }
      tests.add(key.length == 1 ? test.toString() : "(" + test + ")");
    }
    return key.length == 1 ? firstKey(selection) + " IN (" + tests + ")" : tests.toString();
  }

  /** Runs a statement of a person's making on the connection for small questions. */
  void execute(String sql) throws SQLException {
    try (Statement statement = lookup.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    }
  }

  /** A snapshot must not outlive its query: the next one has to see what was written since. */
  void endTransaction(Connection of) {
    try {
      if (!of.getAutoCommit()) {
        of.commit();
      }
    } catch (SQLException e) {
      throw failed("end a transaction", e);
    }
  }

  DtsException failed(String what, SQLException e) {
    return new DtsException(
        side == Side.SOURCE ? DtsError.SOURCE_SNAPSHOT : DtsError.TARGET_FAILED,
        "diff could not " + what + " on " + database + ": " + e.getMessage(),
        "check that the server runs and that its user may read the tables, then run diff again",
        e);
  }

  @Override
  public void close() {
    close(connection);
    close(lookup);
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // Nothing was written; the server drops what is left of the session.
      return;
    }
  }
}
