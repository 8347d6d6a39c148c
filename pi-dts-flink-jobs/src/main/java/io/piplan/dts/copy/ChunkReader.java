package io.piplan.dts.copy;

import io.piplan.dts.CopyEnd;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.StreamElement;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.schema.MySqlNames;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * Reads chunks, one after another: each in one consistent snapshot, its rows packed per writer.
 * After the rows every writer that shares the chunk is sent its {@link CopyEnd}. Used by one
 * thread; {@link #abort} may be called by another.
 */
public final class ChunkReader implements AutoCloseable {
  private final SnapshotSession session;
  private final RateLimit limit;
  private final ArrayDeque<StreamElement> ready = new ArrayDeque<>();
  private Chunk chunk;
  private CopiedTable table;
  private RowRouter router;
  private SelectList select;
  private Look look;
  private BatchPacker[] packers;
  private Statement statement;
  private ResultSet rows;

  /**
   * @param keep how long a snapshot may serve several chunks where taking one needs a lock
   */
  public ChunkReader(MySqlServer source, Duration keep, RateLimit limit) {
    this.session = new SnapshotSession(source, keep);
    this.limit = limit;
  }

  /** What a table is like, and where its rows go. */
  public record Looked(CopiedTable table, RowRouter router) {}

  /** Finds that out for a table that cannot be changed meanwhile. */
  public interface Look {
    /**
     * @param created how the server says that it was made; the same text means the same table
     */
    Looked at(String created);
  }

  /** Begins a chunk of a table that stays as it is. The one before must be at its end. */
  public void open(Chunk next, CopiedTable from, RowRouter to) {
    Looked looked = new Looked(from, to);
    begin(next, created -> looked, false);
  }

  /**
   * Begins a chunk. The one before must be at its end.
   *
   * @throws DtsException {@code SOURCE_SCHEMA_CHANGED} if the chunk was planned by another key,
   *     {@code SOURCE_MISSING_TABLE} if the table is gone
   */
  public void open(Chunk next, Look from) {
    begin(next, from, true);
  }

  private void begin(Chunk next, Look from, boolean looks) {
    if (rows != null || !ready.isEmpty()) {
      throw new IllegalStateException("chunk " + chunk.id() + " is not at its end");
    }
    chunk = next;
    look = from;
    try {
      begin(looks);
    } catch (SQLException first) {
      // The connection was lost or the table altered since the snapshot: one more, with a new one.
      session.reset();
      try {
        begin(looks);
      } catch (SQLException e) {
        throw failed(e);
      }
    }
  }

  private void begin(boolean looks) throws SQLException {
    session.open(chunk.id().table());
    Looked looked = look.at(looks ? session.created() : "");
    table = looked.table();
    router = looked.router();
    select = new SelectList(table.schema());
    String key = ChunkColumns.signature(table.schema());
    if (!chunk.key().isEmpty() && !chunk.key().equals(key)) {
      throw new DtsException(
          DtsError.SOURCE_SCHEMA_CHANGED,
          "chunk " + chunk.id() + " was planned by (" + chunk.key() + "), the key is (" + key + ")",
          "nothing: the table is split anew");
    }
    statement =
        session
            .connection()
            .createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
    // Connector/J's way of saying: row by row, as the server sends them.
    statement.setFetchSize(Integer.MIN_VALUE);
    rows = statement.executeQuery(sql());
    packers = new BatchPacker[router.writers()];
    for (int writer = 0; writer < packers.length; writer++) {
      packers[writer] =
          new BatchPacker(
              chunk.id(),
              writer,
              session.boundary(),
              table.schema().columns().size(),
              router.layout());
    }
  }

  private String sql() {
    Optional<ChunkColumns> columns = ChunkColumns.of(table.schema());
    boolean whole = chunk.after().isEmpty() && chunk.upTo().isEmpty();
    return "SELECT "
        + select.sql()
        + " FROM "
        + MySqlNames.quote(chunk.id().table())
        + (whole ? "" : columns.orElseThrow().indexHint())
        + " WHERE "
        + (whole ? "TRUE" : columns.orElseThrow().inRange(chunk.after(), chunk.upTo()));
  }

  /** The next batch or end of the chunk; empty after the last. */
  public Optional<StreamElement> next() throws InterruptedException {
    while (ready.isEmpty() && rows != null) {
      try {
        if (rows.next()) {
          add(select.read(rows));
        } else {
          finish();
        }
      } catch (SQLException e) {
        throw failed(e);
      }
    }
    return Optional.ofNullable(ready.poll());
  }

  private void add(byte[][] values) throws InterruptedException {
    Row row = new Row(values);
    if (!table.rows().test(row)) {
      return;
    }
    BatchPacker packer = packers[router.writer(row)];
    packer.add(values);
    if (packer.isFull(limit)) {
      take(packer);
    }
  }

  private void take(BatchPacker packer) throws InterruptedException {
    var batch = packer.take();
    limit.took(batch.rows(), batch.bytes());
    ready.add(batch);
  }

  private void finish() throws SQLException, InterruptedException {
    closeStatement();
    session.read();
    for (BatchPacker packer : packers) {
      if (!packer.isEmpty()) {
        take(packer);
      }
    }
    int only = router.onlyWriter();
    int sharing = only >= 0 ? 1 : packers.length;
    for (int writer = 0; writer < packers.length; writer++) {
      if (only < 0 || writer == only) {
        ready.add(
            new CopyEnd(
                chunk.id(),
                writer,
                sharing,
                session.boundary(),
                session.boundary(),
                packers[writer].total(),
                router.layout()));
      }
    }
  }

  private void closeStatement() throws SQLException {
    ResultSet closedRows = rows;
    rows = null;
    closedRows.close();
    statement.close();
  }

  private DtsException failed(SQLException e) {
    rows = null;
    ready.clear();
    session.reset();
    return CopyFailure.of(chunk.id().table(), "reading", e);
  }

  /** Cuts a read off; it then fails. */
  public void abort() {
    session.abort();
  }

  @Override
  public void close() {
    if (rows != null) {
      // Closing a result that is being streamed would read it to its end.
      session.abort();
    }
    session.close();
  }
}
