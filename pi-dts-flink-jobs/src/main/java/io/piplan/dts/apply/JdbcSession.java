package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What sessions on MySQL and PostgreSQL have in common: all but how rows get in. */
abstract class JdbcSession implements TargetSession {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcSession.class);
  private static final int TAKEOVER_ATTEMPTS = 12;

  private final Dialect dialect;
  private final ControlTables controlTables;
  private final ProgressTable progress;
  private final DeadLetters deadLetters;
  private final Map<TableId, TableMapping> mappings = new HashMap<>();
  private final Map<TableId, AppliedTable> tables = new HashMap<>();
  private Connection connection;
  private ChangeApplier applier;
  private ProgressTable.Owner owner;
  private long epoch;
  private long changes;
  private boolean outcomeUnknown;

  JdbcSession(Dialect dialect, String controlSchema) {
    this.dialect = dialect;
    this.controlTables =
        new ControlTables(dialect instanceof PostgresDialect, controlSchema, dialect::quote);
    this.progress = new ProgressTable(controlTables, dialect);
    this.deadLetters = new DeadLetters(controlTables);
  }

  /** A new connection, its session set up, not in auto-commit mode. */
  abstract Connection connect() throws SQLException;

  /** Whether the target has a unique index on just the key's columns. */
  abstract boolean hasUniqueKey(Connection on, TableMapping mapping) throws SQLException;

  abstract BulkLoad bulkLoad(Connection on) throws SQLException;

  /** Limits how long statements wait for a lock, so that a left-over writer can't hold us up. */
  abstract void limitLockWait(Connection on, boolean takingOver) throws SQLException;

  /**
   * Ends the connection that last claimed the owner's name, as far as this user may, and with
   * {@code claim} claims the name. Only speeds things up: the epoch is what keeps others out.
   */
  abstract void evict(Connection on, String name, boolean claim) throws SQLException;

  /** Whether foreign keys of the target act, so that the order between tables counts. */
  abstract boolean foreignKeysAct();

  private interface Work<T> {
    T run(Connection on) throws SQLException;
  }

  private <T> T run(String doing, Work<T> work) {
    if (outcomeUnknown) {
      throw new DtsException(
          DtsError.TARGET_UNREACHABLE,
          doing + ": the connection was lost during the last commit, which may have taken effect",
          "take the lanes over again, which shows what was applied");
    }
    try {
      if (connection == null) {
        connection = connect();
      }
      return work.run(connection);
    } catch (SQLException e) {
      throw SqlErrors.translate(e, doing);
    }
  }

  @Override
  public void prepare() {
    run(
        "creating the pi_dts tables",
        on -> {
          // PostgreSQL ends a transaction at the first error, and errors are expected here.
          on.rollback();
          on.setAutoCommit(true);
          try {
            controlTables.create(on);
          } finally {
            on.setAutoCommit(false);
          }
          return null;
        });
  }

  @Override
  public LaneProgress takeOver(String sync, int writer, int writers) {
    rollback();
    outcomeUnknown = false;
    owner = new ProgressTable.Owner(sync, writers, writer);
    DtsException last = null;
    for (int attempt = 1; attempt <= TAKEOVER_ATTEMPTS; attempt++) {
      evictOthers(attempt == 1);
      try {
        return run("taking over as " + owner, this::takeOver);
      } catch (DtsException e) {
        rollback();
        if (e.error() != DtsError.TARGET_FAILED) {
          throw e;
        }
        last = e;
      }
    }
    throw new DtsException(
        DtsError.TARGET_FAILED,
        owner + " could not take over: its progress row stays locked",
        "find and end the connection that holds it, perhaps of an earlier run of the sync",
        last);
  }

  private LaneProgress takeOver(Connection on) throws SQLException {
    progress.prepareGate(on, owner.sync());
    on.commit();
    limitLockWait(on, true);
    ProgressTable.TakenOver taken = progress.takeOver(on, owner);
    on.commit();
    epoch = taken.epoch();
    changes = 0;
    limitLockWait(on, false);
    on.commit();
    return taken.progress();
  }

  private void evictOthers(boolean first) {
    try {
      run(
          "ending left-over writers",
          on -> {
            for (ProgressTable.Owner other : progress.overlapping(on, owner)) {
              if (!other.equals(owner)) {
                evict(on, other.toString(), false);
              }
            }
            evict(on, owner.toString(), true);
            on.commit();
            return null;
          });
    } catch (DtsException e) {
      if (e.error() == DtsError.TARGET_UNREACHABLE || e.error() == DtsError.TARGET_MISSING_TABLE) {
        throw e;
      }
      if (first) {
        LOG.info("left-over writers of {} are not ended but fenced: {}", owner, e.getMessage());
      }
      rollback();
    }
  }

  @Override
  public void map(TableMapping mapping) {
    run(
        "reading the indexes of " + mapping.targetSchema() + "." + mapping.targetTable(),
        on -> {
          boolean unique = !mapping.appendOnly() && hasUniqueKey(on, mapping);
          mappings.put(mapping.source().id(), mapping);
          tables.put(
              mapping.source().id(),
              new AppliedTable(mapping, new TableSql(dialect, mapping, unique)));
          Predicate<ForeignKey> counts = key -> foreignKeysAct() || key.cascades();
          for (AppliedTable table : tables.values()) {
            if (CascadeStatements.ties(table.mapping(), mappings.values(), counts)) {
              table.orderByGroup();
            }
          }
          closeApplier();
          return null;
        });
  }

  private ChangeApplier applier(Connection on) throws SQLException {
    if (applier == null) {
      applier =
          new ChangeApplier(
              on, dialect, tables, new CascadeStatements(on, dialect, mappings.values()));
    }
    return applier;
  }

  @Override
  public void apply(List<ChangeEvent> batch) {
    if (batch.isEmpty()) {
      return;
    }
    for (ChangeEvent change : batch) {
      if (!tables.containsKey(change.table())) {
        throw new IllegalStateException("a change of " + change.table() + ", which is not mapped");
      }
    }
    run(
        "applying " + batch.size() + " changes from " + batch.get(0).lsn(),
        on -> {
          applier(on).apply(batch);
          return null;
        });
    changes += batch.size();
  }

  @Override
  public void load(TableMapping mapping, List<Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    AppliedTable table = tables.get(mapping.source().id());
    run(
        "loading " + rows.size() + " rows into " + table.sql().name(),
        on -> {
          if (!table.triesBulk() || !loadedInBulk(on, table, rows)) {
            TableId id = mapping.source().id();
            List<ChangeEvent> inserts = new ArrayList<>(rows.size());
            for (Row row : rows) {
              inserts.add(new ChangeEvent(id, 0, Op.INSERT, null, row, Lsn.START, Lsn.START, 0));
            }
            applier(on).apply(inserts);
          }
          return null;
        });
  }

  private boolean loadedInBulk(Connection on, AppliedTable table, List<Row> rows)
      throws SQLException {
    Savepoint before = on.setSavepoint();
    boolean loaded;
    try {
      loaded = bulkLoad(on).load(table, rows);
    } catch (SQLException e) {
      if (!SqlErrors.isRowFault(e)) {
        throw e;
      }
      loaded = false;
    } catch (BadValueException e) {
      loaded = false;
    }
    if (!loaded) {
      on.rollback(before);
      table.bulkRefused();
    }
    on.releaseSavepoint(before);
    return loaded;
  }

  @Override
  public void clear(TableMapping mapping) {
    run(
        "clearing " + mapping.targetTable(),
        on -> {
          try (Statement statement = on.createStatement()) {
            statement.executeUpdate(
                "DELETE FROM "
                    + dialect.quote(mapping.targetSchema())
                    + "."
                    + dialect.quote(mapping.targetTable()));
          }
          return null;
        });
  }

  @Override
  public void chunkPartDone(CopyEnd end) {
    String table = controlTables.name(ControlTables.COPY);
    run(
        "recording a chunk as done",
        on -> {
          try (PreparedStatement delete =
              on.prepareStatement(
                  "DELETE FROM "
                      + table
                      + " WHERE sync = ? AND db = ? AND tab = ? AND chunk = ? AND writers = ?"
                      + " AND writer = ?")) {
            chunkKey(delete, end);
            delete.executeUpdate();
          }
          try (PreparedStatement insert =
              on.prepareStatement(
                  "INSERT INTO "
                      + table
                      + " (sync, db, tab, chunk, writers, writer, copied_rows, file, pos, done_ms)"
                      + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            chunkKey(insert, end);
            insert.setLong(7, end.rows());
            insert.setString(8, end.snapshot().file());
            insert.setLong(9, end.snapshot().position());
            insert.setLong(10, System.currentTimeMillis());
            insert.executeUpdate();
          }
          return null;
        });
  }

  private void chunkKey(PreparedStatement statement, CopyEnd end) throws SQLException {
    statement.setString(1, owner.sync());
    statement.setString(2, end.chunk().table().database());
    statement.setString(3, end.chunk().table().table());
    statement.setInt(4, end.chunk().number());
    statement.setInt(5, end.writers());
    statement.setInt(6, end.writer());
  }

  @Override
  public void deadLetter(ChangeEvent change, String reason) {
    run(
        "recording a refused change",
        on -> {
          deadLetters.add(on, owner.sync(), mappings.get(change.table()).source(), change, reason);
          return null;
        });
  }

  @Override
  public void commit(Lsn applied, long sourceMillis) {
    if (owner == null) {
      throw new IllegalStateException("commit without takeOver");
    }
    try {
      run(
          "storing progress",
          on -> {
            progress.store(on, owner, epoch, applied, changes, sourceMillis);
            return null;
          });
    } catch (DtsException e) {
      rollback();
      throw e;
    }
    try {
      connection.commit();
      changes = 0;
    } catch (SQLException e) {
      outcomeUnknown = SqlErrors.isConnectionLost(e);
      rollback();
      throw SqlErrors.translate(e, "committing up to " + applied);
    }
  }

  @Override
  public void rollback() {
    changes = 0;
    if (connection == null) {
      return;
    }
    try {
      connection.rollback();
    } catch (SQLException e) {
      LOG.info("dropping a broken connection to the target: {}", e.getMessage());
      drop();
    }
  }

  private void closeApplier() {
    if (applier != null) {
      try {
        applier.close();
      } catch (SQLException e) {
        LOG.debug("closing a statement failed", e);
      }
      applier = null;
    }
  }

  private void drop() {
    closeApplier();
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        LOG.debug("closing a connection failed", e);
      }
      connection = null;
    }
  }

  @Override
  public void close() {
    // Else pgjdbc and Connector/J differ in what becomes of an open transaction.
    rollback();
    drop();
  }
}
