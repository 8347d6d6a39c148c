package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Secret;
import io.piplan.dts.StartPosition;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableFilter;
import io.piplan.dts.TableId;
import io.piplan.dts.TableTracking;
import io.piplan.dts.binlog.OwnTransactions;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.LiveSchemaProvider;
import io.piplan.embedded.EmbeddedMySql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Reads a server's binlog for a test, without Flink around it. */
final class BinlogTap implements AutoCloseable {
  private static final AtomicInteger SERVER_IDS = new AtomicInteger(71_000);
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private final ElementBuffer buffer = new ElementBuffer();
  private final BinlogStream stream;

  BinlogTap(BinlogOptions options) {
    this(options, null);
  }

  /**
   * @param tracking null for tables as the server has them now
   */
  private BinlogTap(BinlogOptions options, TableTracking.Session tracking) {
    stream =
        new BinlogStream(
            options,
            options.start(),
            tracking,
            buffer,
            new OwnTransactions(options.leavesOutSyncs()));
    stream.start();
  }

  /** Rows are gone past and not decoded. */
  static BinlogTap counting(EmbeddedMySql database, String schema, StartPosition start) {
    return new BinlogTap(
        options(database, schema, start),
        new BinlogPlaces.Counting(new Databases(schema)::includes));
  }

  record Databases(String only) implements TableFilter {
    @Override
    public boolean includes(TableId table) {
      return table.database().equals(only);
    }

    @Override
    public boolean includesDatabase(String database) {
      return database.equals(only);
    }
  }

  static MySqlServer server(EmbeddedMySql database) {
    return new MySqlServer(
        database.host(),
        database.port(),
        database.user(),
        new Secret.LiteralSecret(database.password()));
  }

  static BinlogOptions options(EmbeddedMySql database, String schema, StartPosition start) {
    MySqlServer server = server(database);
    return new BinlogOptions(
        server,
        SERVER_IDS.incrementAndGet(),
        start,
        new Databases(schema),
        new LiveSchemaProvider(server, Map.of()));
  }

  static BinlogTap from(EmbeddedMySql database, String schema, StartPosition start) {
    return new BinlogTap(options(database, schema, start));
  }

  /** The server's end now. */
  static StartPosition.FileAndPosition now(EmbeddedMySql database) {
    BinlogOptions options = options(database, "", new StartPosition.Latest());
    return (StartPosition.FileAndPosition) new BinlogStarts(options).pin(options.start());
  }

  static Lsn end(EmbeddedMySql database) {
    StartPosition.FileAndPosition now = now(database);
    return Lsn.boundary(now.file(), now.position());
  }

  static void run(EmbeddedMySql database, String... statements) throws SQLException {
    try (Connection connection = server(database).connect(Side.SOURCE);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  static List<List<String>> query(EmbeddedMySql database, String sql) throws SQLException {
    try (Connection connection = server(database).connect(Side.SOURCE);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<List<String>> all = new ArrayList<>();
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          row.add(rows.getString(i));
        }
        all.add(row);
      }
      return all;
    }
  }

  /** What has come by now, perhaps nothing. */
  List<StreamElement> next() throws InterruptedException {
    List<StreamElement> all = new ArrayList<>();
    BinlogRecords batch = buffer.take(100);
    StreamElement element;
    while ((element = batch.nextRecordFromSplit()) != null) {
      all.add(element);
    }
    return all;
  }

  /** Elements up to and with the first that matches. */
  List<StreamElement> until(Predicate<StreamElement> last) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    List<StreamElement> all = new ArrayList<>();
    while (System.nanoTime() < deadline) {
      BinlogRecords batch = buffer.take(100);
      StreamElement element;
      while ((element = batch.nextRecordFromSplit()) != null) {
        all.add(element);
        if (last.test(element)) {
          return all;
        }
      }
    }
    throw new AssertionError("nothing matched among " + all.size() + " elements");
  }

  /** The changes up to the server's end at this moment. */
  List<ChangeEvent> changesUntil(Lsn end) throws InterruptedException {
    return changes(
        until(element -> element instanceof PositionMark mark && mark.lsn().compareTo(end) >= 0));
  }

  static List<ChangeEvent> changes(List<StreamElement> elements) {
    List<ChangeEvent> changes = new ArrayList<>();
    for (StreamElement element : elements) {
      if (element instanceof ChangeEvent change) {
        changes.add(change);
      }
    }
    return changes;
  }

  /** What the stream fails with. */
  DtsException failure() throws InterruptedException {
    try {
      until(element -> false);
    } catch (DtsException e) {
      return e;
    }
    throw new AssertionError("not reached");
  }

  @Override
  public void close() {
    buffer.close();
    try {
      stream.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
