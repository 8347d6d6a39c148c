package io.piplan.dts.ddl;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.TargetTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the target's tables to where a statement of the source has brought the source's: when
 * every writer has committed all that came before, once, and by one reader of the binlog at a time.
 * Used by one thread; {@link #abort} may be called by any.
 */
final class TargetDdlRunner implements DdlRunner {
  private static final Logger LOG = LoggerFactory.getLogger(TargetDdlRunner.class);
  private static final long ASK_MILLIS = 20;
  private static final long TELL_NANOS = 30_000_000_000L;

  private final JdbcSchemaStore store;
  private final TableRules rules;
  private final int writers;
  private final boolean copies;
  private final String systemZone;
  private final Integer origin;
  private final String token;
  private final DdlLog log;
  private volatile Connection connection;
  private volatile boolean aborted;

  TargetDdlRunner(
      JdbcSchemaStore store, TableTrackingOptions options, String systemZone, String token) {
    this.store = store;
    this.rules = options.rules();
    this.writers = options.writers();
    this.copies = options.copies();
    this.systemZone = systemZone;
    this.origin = options.origin();
    this.token = token;
    this.log = new DdlLog(store.controlTables(), store.sync());
  }

  @Override
  public void run(TargetWork work) throws InterruptedException {
    StatementTime time = StatementTime.of(work.statement(), systemZone);
    TargetDdl ddl =
        store.target() instanceof PostgresServer
            ? new PostgresDdl(store.schema(), store.sync(), work, time)
            : new MySqlDdl(store.schema(), log, work, time, origin);
    try (Connection on = connect()) {
      awaitWriters(on, work);
      ddl.prepare(on);
      awaitTurn(on, ddl, work);
      try {
        doOnce(on, ddl, work);
      } finally {
        unlock(on, ddl);
      }
    } catch (SQLException e) {
      throw failed(e, ddl, work);
    } catch (DdlException e) {
      throw unsupported(e, work);
    }
  }

  private Connection connect() throws SQLException {
    // Changing a large table takes as long as it takes.
    Connection on = store.target().connect(Side.TARGET, Duration.ZERO);
    connection = on;
    if (aborted) {
      abort();
    }
    return on;
  }

  /** The server may go on with it to its end. */
  @Override
  public void abort() {
    aborted = true;
    Connection cut = connection;
    if (cut != null) {
      try {
        cut.abort(Runnable::run);
      } catch (SQLException e) {
        LOG.info("cutting off a connection to the target failed: {}", e.getMessage());
      }
    }
  }

  private void awaitWriters(Connection on, TargetWork work)
      throws SQLException, InterruptedException {
    long told = System.nanoTime();
    while (!log.isReached(on, work.lsn(), writers)) {
      Thread.sleep(ASK_MILLIS);
      if (System.nanoTime() - told > TELL_NANOS) {
        told = System.nanoTime();
        LOG.info(
            "{}: waiting for the writers to commit what came before {} at {}",
            store.sync(),
            work.statement().shortened(),
            work.lsn());
      }
    }
  }

  private void awaitTurn(Connection on, TargetDdl ddl, TargetWork work)
      throws SQLException, InterruptedException {
    long told = 0;
    while (!ddl.lock(on)) {
      Thread.sleep(ASK_MILLIS);
      if (System.nanoTime() - told > TELL_NANOS) {
        told = System.nanoTime();
        LOG.info(
            "{}: an earlier run still changes the target's tables; {} at {} waits for it",
            store.sync(),
            work.statement().shortened(),
            work.lsn());
      }
    }
  }

  private static void unlock(Connection on, TargetDdl ddl) {
    try {
      ddl.unlock(on);
    } catch (SQLException e) {
      // The lock goes with the connection.
      LOG.debug("releasing a lock failed", e);
    }
  }

  private void doOnce(Connection on, TargetDdl ddl, TargetWork work)
      throws SQLException, InterruptedException {
    on.setAutoCommit(false);
    log.requireClaim(on, token);
    Optional<DdlLog.State> state = log.state(on, work.lsn());
    on.commit();
    if (state.equals(Optional.of(DdlLog.State.DONE))) {
      on.setAutoCommit(true);
      ddl.cleanUp(on, work.changes());
      return;
    }
    if (!ddl.isTransactional()) {
      log.record(on, work, DdlLog.State.BEGUN, "", work.note());
      on.commit();
      on.setAutoCommit(true);
    }
    List<String> statements = retrying(on, ddl, work);
    if (ddl.isTransactional()) {
      // Whoever took over meanwhile has changed the claim, and then this commits nothing.
      log.requireClaim(on, token);
    }
    check(on, work);
    on.setAutoCommit(false);
    beginCopies(on, work);
    log.record(on, work, DdlLog.State.DONE, String.join(";\n", statements), work.note());
    on.commit();
    on.setAutoCommit(true);
    ddl.cleanUp(on, work.changes());
    LOG.info(
        "{}: the target has followed {} at {}: {}",
        store.sync(),
        work.statement().shortened(),
        work.lsn(),
        statements.isEmpty() ? "nothing to do" : String.join("; ", statements));
  }

  /** A lock that others hold for long holds up the sync, not its end. */
  private List<String> retrying(Connection on, TargetDdl ddl, TargetWork work)
      throws SQLException, InterruptedException {
    while (true) {
      try {
        List<String> statements = new ArrayList<>();
        for (TargetChange change : work.changes()) {
          statements.addAll(ddl.run(on, change));
        }
        return statements;
      } catch (SQLException e) {
        if (!ddl.isContention(e) || aborted) {
          throw e;
        }
        if (ddl.isTransactional()) {
          on.rollback();
        }
        LOG.info(
            "{}: {} at {} waits for a lock on the target: {}",
            store.sync(),
            work.statement().shortened(),
            work.lsn(),
            e.getMessage());
        Thread.sleep(500);
      }
    }
  }

  /**
   * A table that holds something else from here on is not copied, even if one was that had its name
   * before. The copy finds out by itself, but rows behind the statement come before that.
   */
  private void beginCopies(Connection on, TargetWork work) throws SQLException {
    String sql =
        "UPDATE "
            + store.controlTables().name(ControlTables.TABLE)
            + " SET done = FALSE, rows_per_second = 0, updated_ms = ?"
            + " WHERE sync = ? AND db = ? AND tab = ?";
    for (TableVersion version : work.mapped()) {
      if (copies && version.born().equals(work.lsn())) {
        try (PreparedStatement update = on.prepareStatement(sql)) {
          update.setLong(1, System.currentTimeMillis());
          update.setString(2, store.sync());
          update.setString(3, version.table().database());
          update.setString(4, version.table().table());
          update.executeUpdate();
        }
      }
    }
  }

  /** Whether rows behind the statement will have their place. */
  private void check(Connection on, TargetWork work) {
    if (work.statement().bySync()) {
      // The target is where it was done first, and may be further by now; rows are mapped if any
      // come.
      return;
    }
    TargetTables tables = TargetTables.on(on);
    for (TableVersion version : work.mapped()) {
      TableId id = new TableId(rules.target(version.table()).database(), version.target());
      if (version.definition() != null && tables.exists(id)) {
        try {
          tables.map(rules.keyed(version.definition()).schema(), id, version.divergence());
        } catch (DtsException e) {
          throw new DtsException(
              e.error(),
              "rows behind the statement at "
                  + work.lsn()
                  + " ("
                  + work.statement().shortened()
                  + ") have no place: "
                  + e.problem(),
              e.remedy());
        }
      }
    }
  }

  @Override
  public void recordFailure(TargetWork work, DtsException failure) {
    try (Connection on = store.target().connect(Side.TARGET)) {
      on.setAutoCommit(false);
      log.requireClaim(on, token);
      log.record(on, work, DdlLog.State.FAILED, "", failure.problem());
      on.commit();
    } catch (SQLException | DtsException e) {
      LOG.info("{}: a failure could not be recorded: {}", store.sync(), e.getMessage());
    }
  }

  private DtsException unsupported(DdlException e, TargetWork work) {
    return new DtsException(
        DtsError.SOURCE_DDL_UNSUPPORTED,
        "the statement at "
            + work.lsn()
            + " can't be repeated on the target: "
            + work.statement().shortened()
            + " ("
            + e.getMessage()
            + ")",
        "change the target's table by hand so that it has what the source's has, rows included, and"
            + " start the sync again: what is there already is not done again; or start it anew"
            + " from a snapshot (--fresh)");
  }

  private DtsException failed(SQLException e, TargetDdl ddl, TargetWork work) {
    String what =
        "the target does not follow the statement at "
            + work.lsn()
            + ": "
            + work.statement().shortened()
            + ": "
            + e.getMessage();
    boolean lost =
        String.valueOf(e.getSQLState()).startsWith("08")
            || String.valueOf(e.getSQLState()).startsWith("57P0")
            || e instanceof SQLRecoverableException
            || aborted;
    if (lost) {
      return new DtsException(
          DtsError.TARGET_UNREACHABLE,
          what,
          "nothing, if the target comes back: what is done is not done again",
          e);
    }
    if (ddl.isDenied(e)) {
      return new DtsException(
          DtsError.TARGET_ACCESS_DENIED,
          what,
          "GRANT ALTER, CREATE, DROP, INDEX on the target's database (PostgreSQL: make the user the"
              + " owner of the tables), and start the sync again",
          e);
    }
    return new DtsException(
        DtsError.TARGET_DDL_FAILED,
        what,
        "remove what is in the way on the target, or make the change there by hand, and start the"
            + " sync again: it goes on at this statement, and what is there is not done again",
        e);
  }
}
