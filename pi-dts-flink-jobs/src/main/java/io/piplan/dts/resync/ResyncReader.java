package io.piplan.dts.resync;

import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.RowJson;
import io.piplan.dts.copy.ChunkColumns;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyFailure;
import io.piplan.dts.copy.KeyBound;
import io.piplan.dts.copy.RateLimit;
import io.piplan.dts.copy.RowRouter;
import io.piplan.dts.copy.SelectList;
import io.piplan.dts.copy.SnapshotSession;
import io.piplan.dts.resync.ResyncRequest.Counts;
import io.piplan.dts.resync.ResyncRequest.Phase;
import io.piplan.dts.resync.RowClaims.Rule;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.sql.ConditionSql;
import io.piplan.dts.verify.RowCheck;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads parts of resyncs, one after another: each in one consistent snapshot of the source, whose
 * place S in the binlog is known. What the target has otherwise is sent to the writer it belongs
 * to, which writes it only if nothing newer has come since S. The target may change while it is
 * looked at; a row that is sent for nothing does no harm, and one that is right already need not be
 * sent. Used by one thread; {@link #abort} may be called by another.
 */
public final class ResyncReader implements AutoCloseable {
  private final ResyncOptions options;
  private final SnapshotSession session;
  private final RateLimit limit;
  private final ArrayDeque<StreamElement> ready = new ArrayDeque<>();
  private ResyncPart part;
  private CopiedTable table;
  private SelectList select;
  private PartPackers packers;
  private RowCheck check;
  private RowClaims.Claims claims;
  private Statement statement;
  private ResultSet rows;
  private ArrayDeque<Row> lookups;
  private boolean reading;
  private long checked;
  private long mended;
  private long removed;

  /**
   * @param keep how long a snapshot may serve several parts where taking one needs a lock
   */
  public ResyncReader(ResyncOptions options, Duration keep, RateLimit limit) {
    this.options = options;
    this.session = new SnapshotSession(options.source(), keep);
    this.limit = limit;
  }

  /**
   * Begins a part. The one before must be at its end.
   *
   * @throws DtsException if it cannot be read; then another can be begun
   */
  public void open(ResyncPart next) {
    part = next;
    checked = 0;
    mended = 0;
    removed = 0;
    ready.clear();
    try {
      table = options.tables().table(part.chunk().table());
      select = new SelectList(table.schema());
      claims = options.claims().of(table.schema());
      check = check(options, table.schema(), part.where());
      begin();
      reading = true;
    } catch (SQLException e) {
      end(true);
      throw CopyFailure.of(part.chunk().table(), "reading", e);
    } catch (DtsException e) {
      end(true);
      throw e;
    }
  }

  /** What the target has of a table's rows. */
  static RowCheck check(ResyncOptions options, TableSchema schema, Optional<String> where) {
    return new RowCheck(
        options.sourceOf(schema.id()),
        options.targetOf(schema.id()),
        schema,
        options.names().target(schema.id()).table(),
        where.map(text -> ConditionSql.parse("where", text)),
        options.zeroDateIsNull());
  }

  private void begin() throws SQLException {
    TableSchema schema = table.schema();
    if (part.phase() == Phase.KEYS) {
      lookups = new ArrayDeque<>();
      part.keys().forEach(key -> lookups.add(RowJson.read(schema, key)));
    } else if (part.phase() == Phase.EXTRA) {
      // The target first: a row that came there before the snapshot is in it, or is gone.
      lookups = new ArrayDeque<>();
      check
          .keys(part.after().map(ResyncReader::key), part.upTo().map(ResyncReader::key))
          .forEach(key -> lookups.add(CanonicalKey.row(schema, key)));
    }
    session.open(schema.id());
    packers =
        new PartPackers(
            part.chunk(),
            session.boundary(),
            new RowRouter(schema, options.lanes(), options.writers()),
            schema.columns().size(),
            ready);
    if (part.phase() == Phase.ROWS) {
      statement =
          session
              .connection()
              .createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
      statement.setFetchSize(Integer.MIN_VALUE);
      rows = statement.executeQuery(rangeSql());
    }
  }

  private static Row key(KeyBound bound) {
    return new Row(bound.values().toArray(byte[][]::new));
  }

  private String rangeSql() {
    Optional<ChunkColumns> columns = ChunkColumns.of(table.schema());
    boolean whole = part.after().isEmpty() && part.upTo().isEmpty();
    String where = check.whereA() == null ? "" : " AND " + check.whereA();
    return "SELECT "
        + select.sql()
        + " FROM "
        + MySqlNames.quote(table.schema().id())
        + (whole ? "" : columns.orElseThrow().indexHint())
        + " WHERE "
        + (whole ? "TRUE" : columns.orElseThrow().inRange(part.after(), part.upTo()))
        + where;
  }

  /**
   * The next element of the part; empty after the last.
   *
   * @throws DtsException if it cannot be read on; then another part can be begun
   */
  public Optional<StreamElement> next() throws InterruptedException {
    try {
      while (ready.isEmpty() && reading) {
        boolean more = part.phase() == Phase.ROWS ? compareRows() : lookUp();
        if (!more) {
          packers.end();
          end(false);
        }
      }
    } catch (SQLException e) {
      end(true);
      throw CopyFailure.of(part.chunk().table(), "reading", e);
    } catch (DtsException e) {
      end(true);
      throw e;
    }
    return Optional.ofNullable(ready.poll());
  }

  /** What was found in the part, complete at its end. */
  public Counts counts() {
    return new Counts(checked, mended, removed, 0);
  }

  private boolean compareRows() throws SQLException, InterruptedException {
    List<Row> some = new ArrayList<>(RowCheck.ROWS);
    boolean more = true;
    while (some.size() < RowCheck.ROWS && more) {
      more = rows.next();
      if (more) {
        Row row = new Row(select.read(rows));
        if (table.rows().test(row) && claims.isOurs(row)) {
          some.add(row);
        }
      }
    }
    count(some);
    if (!some.isEmpty()) {
      check.different(some).forEach(this::put);
    }
    return more;
  }

  private boolean lookUp() throws SQLException, InterruptedException {
    List<Row> some = new ArrayList<>(RowCheck.ROWS);
    while (some.size() < RowCheck.ROWS && !lookups.isEmpty()) {
      some.add(lookups.poll());
    }
    if (some.isEmpty()) {
      return false;
    }
    count(some);
    boolean compared = part.where().isPresent() || part.phase() == Phase.KEYS;
    boolean whole = compared || claims.rule() != Rule.SOURCE;
    KeyLookup found = KeyLookup.of(session.connection(), table, some, whole);
    List<Row> there = new ArrayList<>();
    List<Row> missing = new ArrayList<>();
    for (Row key : some) {
      Optional<Row> exact = found.exactly(key);
      Optional<Row> alike = exact.isPresent() ? exact : found.alike(key);
      if (alike.isEmpty() || (exact.isEmpty() && check.bComparesTextExactly())) {
        missing.add(key);
      }
      // A row of the condition that is not so at the source is not among the rows of the source.
      if (compared || exact.isEmpty()) {
        alike.filter(row -> !whole || claims.isOurs(row)).ifPresent(there::add);
      }
    }
    gone(missing);
    // A row that somebody names is sent whatever the target has: it may be locked there.
    (part.phase() == Phase.KEYS ? there : check.different(there)).forEach(this::put);
    return true;
  }

  /** Rows of the target that the source does not have; those that are its to delete. */
  private void gone(List<Row> keys) {
    if (claims.rule() == Rule.SOURCE || claims.rule() == Rule.UNKNOWN) {
      removed += keys.size();
      keys.forEach(packers::gone);
      return;
    }
    Map<Row, Row> there = check.rowsB(keys);
    for (Row key : keys) {
      Row row = there.get(check.key(key));
      if (row != null && claims.isOurs(row)) {
        removed++;
        packers.gone(row);
      }
    }
  }

  private void count(List<Row> more) throws InterruptedException {
    checked += more.size();
    limit.took(more.size(), more.stream().mapToLong(Row::bytes).sum());
  }

  private void put(Row row) {
    mended++;
    packers.put(row);
  }

  private void end(boolean failed) {
    reading = false;
    lookups = null;
    if (check != null) {
      check.close();
      check = null;
    }
    try {
      if (rows != null && failed) {
        session.reset();
      } else if (rows != null) {
        rows.close();
        statement.close();
      }
      rows = null;
      if (failed) {
        ready.clear();
        session.reset();
      } else {
        session.read();
      }
    } catch (SQLException e) {
      rows = null;
      session.reset();
    }
  }

  /** Cuts a read off; it then fails. */
  public void abort() {
    session.abort();
  }

  @Override
  public void close() {
    end(reading);
    session.close();
  }
}
