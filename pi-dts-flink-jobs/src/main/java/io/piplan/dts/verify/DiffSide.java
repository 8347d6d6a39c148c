package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.value.Family;
import io.piplan.dts.value.Meaning;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
  private final DatabaseRef database;
  private final Side side;
  private final SideDialect dialect;
  private final Connection connection;
  private final Connection lookup;

  DiffSide(DatabaseRef database, Side side) {
    this.database = database;
    this.side = side;
    this.dialect =
        database.server() instanceof PostgresServer ? new PostgresSide() : new MySqlSide();
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
    DatabaseServer server =
        database.server() instanceof PostgresServer postgres
            ? postgres.with(Map.of("binaryTransfer", "false"))
            : ((MySqlServer) database.server()).with(Map.of("useServerPrepStmts", "false"));
    Connection opened = server.connect(side);
    try {
      dialect.prepare(opened);
      return opened;
    } catch (SQLException e) {
      close(opened);
      throw failed("prepare the session", e);
    }
  }

  boolean sameDialect(DiffSide other) {
    return dialect.getClass() == other.dialect.getClass();
  }

  boolean isPostgres() {
    return dialect instanceof PostgresSide;
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
          dialect.digestText(mine.get(i), others.get(i), meanings.get(i).family(), same, hash);
      if (text == null) {
        return Optional.empty();
      }
      texts.add(text);
    }
    return Optional.of(texts);
  }

  /** Rows in key order (any order if the plan has no key). The caller closes it. */
  RowCursor rows(Selection selection, KeyRange range) {
    StringBuilder sql = new StringBuilder(selectRows(selection));
    where(sql, selection, range);
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

  private void where(StringBuilder sql, Selection selection, KeyRange range) {
    StringJoiner conditions = new StringJoiner(" AND ", " WHERE ", "").setEmptyValue("");
    if (selection.where() != null) {
      conditions.add("(" + selection.where() + ")");
    }
    if (range != null) {
      String key = dialect.quote(selection.columns().get(selection.key()[0]).name());
      conditions.add(key + " BETWEEN " + range.low() + " AND " + range.high());
    }
    sql.append(conditions);
  }

  /** Count, digest and extent of a range; without texts count and extent only. */
  RangeDigest digest(Selection selection, List<String> texts, RowHash hash, KeyRange range) {
    String key = dialect.quote(selection.columns().get(selection.key()[0]).name());
    StringBuilder sql = new StringBuilder("SELECT COUNT(*), MIN(" + key + "), MAX(" + key + ")");
    if (!texts.isEmpty()) {
      sql.append(", ").append(dialect.rowDigest(texts, hash));
    }
    sql.append(" FROM ").append(from(selection));
    where(sql, selection, range);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql.toString())) {
      row.next();
      String low = row.getString(2);
      KeyRange extent =
          low == null ? null : new KeyRange(new BigInteger(low), new BigInteger(row.getString(3)));
      long digest = texts.isEmpty() ? 0 : new BigInteger(row.getString(4)).longValue();
      return new RangeDigest(row.getLong(1), digest, !texts.isEmpty(), extent);
    } catch (SQLException e) {
      throw failed("digest " + selection.table().name(), e);
    } finally {
      endTransaction(connection);
    }
  }

  /** The rows that now have these keys. */
  Map<Row, List<byte[][]>> fetch(Selection selection, List<Row> keys) {
    StringBuilder sql = new StringBuilder(selectRows(selection)).append(" WHERE (");
    for (int i = 0; i < keys.size(); i++) {
      sql.append(i == 0 ? "" : " OR ");
      for (int k = 0; k < selection.key().length; k++) {
        DiffColumn column = selection.columns().get(selection.key()[k]);
        Family family = selection.meanings().get(selection.key()[k]).family();
        sql.append(k == 0 ? "(" : " AND ").append(dialect.quote(column.name())).append(" = ");
        sql.append(dialect.literal(column, family, keys.get(i).value(k)));
      }
      sql.append(')');
    }
    sql.append(')');
    if (selection.where() != null) {
      sql.append(" AND (").append(selection.where()).append(')');
    }
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
