package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.Lsn;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.loopback.SiteLink;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What sessions on MySQL and PostgreSQL have in common: all but how rows get in. */
abstract class JdbcSession implements TargetSession {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcSession.class);
  private static final int TAKEOVER_ATTEMPTS = 12;
  private static final int TAKING_OVER_SECONDS = 5;
  private static final int WAIT_SECONDS = 30;
  private static final int TIDYING_SECONDS = 1;

  private final Dialect dialect;
  private final ControlTables controlTables;
  private final ProgressTable progress;
  private final DeadLetters deadLetters;
  private final ChunkParts chunkParts;
  private final ActivityTable activity;
  private final Guard guard;
  private final RefusedRows refusedRows;
  private final Transactions transactions;
  private final String controlSchema;
  private final Map<TableId, TableMapping> mappings = new HashMap<>();
  private final Map<TableId, AppliedTable> tables = new HashMap<>();
  private volatile Connection connection;
  private volatile boolean aborted;
  private ChangeApplier applier;
  private Consumer<Cascade> watcher = cascade -> {};
  private ProgressTable.Owner owner;
  private long epoch;
  private long changes;
  private boolean outcomeUnknown;
  private boolean writing;
  private OriginMark originMark;
  private OwnerGate ownerGate;
  private boolean marked;

  /**
   * @param transactions how transactions end, given what names them if they are prepared
   */
  JdbcSession(
      Dialect dialect,
      String controlSchema,
      Function<Supplier<String>, Transactions> transactions) {
    this.dialect = dialect;
    this.controlSchema = controlSchema;
    this.transactions = transactions.apply(() -> TransactionId.next(idPrefix(owner.sync()), owner));
    this.controlTables =
        new ControlTables(dialect instanceof PostgresDialect, controlSchema, dialect::quote);
    this.progress = new ProgressTable(controlTables, dialect);
    this.deadLetters = new DeadLetters(controlTables);
    this.guard = new Guard(controlTables, dialect);
    this.chunkParts = new ChunkParts(controlTables);
    this.activity = new ActivityTable(controlTables, dialect instanceof PostgresDialect);
    this.refusedRows = new RefusedRows(controlTables);
  }

  /** A new connection, its session set up, not in auto-commit mode. */
  abstract Connection connect() throws SQLException;

  /** The target's unique index on just the key's columns, if there is one. */
  abstract Optional<String> uniqueKey(Connection on, TableMapping mapping) throws SQLException;

  abstract BulkLoad bulkLoad(Connection on) throws SQLException;

  /** Limits how long statements wait for a lock, so that a left-over writer can't hold us up. */
  abstract void limitLockWait(Connection on, int seconds) throws SQLException;

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
    if (aborted) {
      throw new DtsException(
          DtsError.TARGET_UNREACHABLE, doing + ": the writer was told to end", "nothing");
    }
    if (outcomeUnknown) {
      throw new DtsException(
          DtsError.TARGET_UNREACHABLE,
          doing + ": the connection was lost during the last commit, which may have taken effect",
          "take the lanes over again, which shows what was applied");
    }
    try {
      if (connection == null) {
        connection = connect();
        if (aborted) {
          // The abort may have come before there was anything to cut off.
          abort();
        }
      }
      return work.run(connection);
    } catch (SQLException e) {
      throw SqlErrors.translate(e, doing);
    }
  }

  /** Has every transaction marked that writes rows. Before the first one. */
  void markOrigin(int zone) {
    originMark = new OriginMark(controlTables, zone);
  }

  /** Work that is part of the open transaction, or opens one. */
  private <T> T write(String doing, Work<T> work) {
    return run(
        doing,
        on -> {
          transactions.begin(on);
          writing = true;
          if (originMark != null && !marked) {
            originMark.write(on, owner.sync());
            marked = true;
          }
          return work.run(on);
        });
  }

  /** The same for what no sync sends on: it needs no mark. */
  private void writeProgress(Work<Void> work) {
    run(
        "storing progress",
        on -> {
          transactions.begin(on);
          writing = true;
          return work.run(on);
        });
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
            if (originMark != null) {
              originMark.clean(on);
            }
          } finally {
            on.setAutoCommit(false);
          }
          return null;
        });
  }

  @Override
  public LaneProgress takeOver(String sync, int writer, int writers, Set<String> prepared) {
    rollback();
    outcomeUnknown = false;
    owner = new ProgressTable.Owner(sync, writers, writer);
    guard.become(owner);
    DtsException last = null;
    for (int attempt = 1; attempt <= TAKEOVER_ATTEMPTS; attempt++) {
      evictOthers(attempt == 1);
      try {
        settle(prepared);
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

  /**
   * Ends what earlier runs left prepared: commits what belongs to the state that we go on from.
   * Those of all writers, since their locks are in our way too. The writers that start beside us
   * have prepared nothing yet: no checkpoint begins before all of them run.
   */
  private void settle(Set<String> prepared) {
    run(
        "ending prepared transactions of earlier runs",
        on -> {
          for (String id : transactions.find(on, idPrefix(owner.sync()))) {
            transactions.end(on, id, prepared.contains(id));
          }
          return null;
        });
  }

  private String idPrefix(String sync) {
    return TransactionId.prefix(controlSchema, sync);
  }

  private LaneProgress takeOver(Connection on) throws SQLException {
    progress.prepareGate(on, owner.sync());
    on.commit();
    limitLockWait(on, TAKING_OVER_SECONDS);
    ProgressTable.TakenOver taken = progress.takeOver(on, owner);
    on.commit();
    epoch = taken.epoch();
    changes = 0;
    deadLetters.read(on, owner.sync());
    limitLockWait(on, WAIT_SECONDS);
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
          String index = mapping.appendOnly() ? "" : uniqueKey(on, mapping).orElse("");
          TableSql sql = new TableSql(dialect, mapping, !index.isEmpty());
          AppliedTable applied = new AppliedTable(mapping, sql, index);
          mappings.put(mapping.source().id(), mapping);
          tables.put(mapping.source().id(), applied);
          guard.map(applied);
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

  @Override
  public void goesBy(TableId table, RowLanes lanes) {
    guard.goesBy(table, lanes);
  }

  @Override
  public void forget(TableId table) {
    mappings.remove(table);
    tables.remove(table);
    guard.forget(table);
    closeApplier();
  }

  @Override
  public void watch(Consumer<Cascade> cascades) {
    watcher = cascades;
  }

  private ChangeApplier applier(Connection on) throws SQLException {
    if (applier == null) {
      applier =
          new ChangeApplier(
              on, dialect, tables, new CascadeStatements(on, dialect, mappings.values(), watcher));
    }
    return applier;
  }

  @Override
  public void comesBy(SiteLink link) {
    ownerGate = new OwnerGate(link);
    guard.comesBy(ownerGate);
  }

  @Override
  public void apply(List<ChangeEvent> batch) {
    List<ChangeEvent> owned = ownerGate == null ? batch : owned(batch);
    if (!owned.isEmpty()) {
      applyOwned(owned);
    }
  }

  @Override
  public boolean isConflict(ChangeEvent change) {
    return ownerGate != null && refusal(change).isPresent();
  }

  private Optional<String> refusal(ChangeEvent change) {
    TableMapping mapping = mappings.get(change.table());
    return mapping == null ? Optional.empty() : ownerGate.refusal(mapping.source(), change);
  }

  /** Rows that a copy has read have no place in the binlog; whose they are is asked later. */
  private static boolean isCopied(ChangeEvent change) {
    return change.lsn().equals(Lsn.START);
  }

  /** Those that the source's site may make; the others are recorded. */
  private List<ChangeEvent> owned(List<ChangeEvent> batch) {
    List<ChangeEvent> owned = new ArrayList<>(batch.size());
    for (ChangeEvent change : batch) {
      Optional<String> refusal = isCopied(change) ? Optional.empty() : refusal(change);
      if (refusal.isPresent()) {
        conflict(change, ConflictKind.NOT_OWNER, refusal.get());
      } else {
        owned.add(change);
      }
    }
    return owned;
  }

  private void applyOwned(List<ChangeEvent> batch) {
    for (ChangeEvent change : batch) {
      if (!tables.containsKey(change.table())) {
        throw new IllegalStateException("a change of " + change.table() + ", which is not mapped");
      }
    }
    write(
        "applying " + batch.size() + " changes from " + batch.get(0).lsn(),
        on -> {
          deadLetters.settle(on, owner.sync(), id -> mappings.get(id).source(), batch);
          List<ChangeEvent> open =
              isCopied(batch.get(0)) ? guard.admitOfOthers(on, batch.get(0).table(), batch) : batch;
          if (!open.isEmpty()) {
            guard.apply(on, applier(on), open, VersionRule.Origin.BINLOG);
          }
          return null;
        });
    changes += batch.size();
  }

  @Override
  public void applyOrUndo(List<ChangeEvent> batch) {
    Savepoint before = write("beginning a part of a transaction", on -> on.setSavepoint());
    long applied = changes;
    GuardTally guarded = guard.tally();
    try {
      apply(batch);
    } catch (DtsException e) {
      if (e.error() == DtsError.TARGET_BAD_ROW) {
        changes = applied;
        run(
            "undoing a part of a transaction",
            on -> {
              on.rollback(before);
              guard.undoneTo(guarded);
              return null;
            });
      }
      throw e;
    }
    run(
        "ending a part of a transaction",
        on -> {
          on.releaseSavepoint(before);
          return null;
        });
  }

  @Override
  public void load(TableMapping mapping, PackedRows rows) {
    if (rows.isEmpty()) {
      return;
    }
    AppliedTable table = tables.get(mapping.source().id());
    write(
        "loading " + rows.rows() + " rows into " + table.sql().name(),
        on -> {
          PackedRows open = guard.admit(on, table, rows, false);
          if (!open.isEmpty()) {
            loader(on).load(table, open);
          }
          return null;
        });
  }

  private CopyLoader loader(Connection on) throws SQLException {
    ExistingKeys existing = new ExistingKeys(on, dialect);
    return new CopyLoader(
        on,
        bulkLoad(on),
        applier(on),
        existing,
        !foreignKeysAct(),
        (table, rows) -> guard.admit(on, table, rows, true));
  }

  @Override
  public List<AgainBatch.Refused> put(TableMapping mapping, PackedRows rows) {
    if (rows.isEmpty()) {
      return List.of();
    }
    TableId id = mapping.source().id();
    return write(
        "writing " + rows.rows() + " rows of " + id + " again",
        on -> {
          AppliedTable table = tables.get(id);
          return goesByVersion(mapping)
              ? putNewest(on, table, rows)
              : putOrLeaveOut(on, table, guard.unlocked(id, Guard.inserts(id, rows)));
        });
  }

  private List<AgainBatch.Refused> putNewest(Connection on, AppliedTable table, PackedRows rows)
      throws SQLException {
    TableId id = table.mapping().source().id();
    Savepoint before = on.setSavepoint();
    GuardTally guarded = guard.tally();
    PackedRows open;
    try {
      open = guard.admit(on, table, rows, true);
    } catch (DtsException e) {
      if (e.error() != DtsError.TARGET_BAD_ROW) {
        throw e;
      }
      on.rollback(before);
      guard.undoneTo(guarded);
      List<AgainBatch.Refused> refused = new ArrayList<>();
      for (Row row : rows.unpack()) {
        refused.addAll(
            rows.rows() == 1
                ? List.of(new AgainBatch.Refused(row, e.problem()))
                : putNewest(on, table, PackedRows.of(List.of(row))));
      }
      return refused;
    }
    on.releaseSavepoint(before);
    return open.isEmpty() ? List.of() : putOrLeaveOut(on, table, Guard.inserts(id, open));
  }

  /** Whether other sites write the same rows, so that the newest version counts. */
  private boolean goesByVersion(TableMapping mapping) {
    return ownerGate != null && ownerGate.goesByVersion(mapping.source());
  }

  private List<AgainBatch.Refused> putOrLeaveOut(
      Connection on, AppliedTable table, List<ChangeEvent> puts) throws SQLException {
    Savepoint before = on.setSavepoint();
    try {
      applier(on).apply(puts);
      on.releaseSavepoint(before);
      return List.of();
    } catch (DtsException e) {
      if (e.error() != DtsError.TARGET_BAD_ROW) {
        throw e;
      }
      on.rollback(before);
      if (puts.size() == 1) {
        removeOrLeave(on, table, List.of(puts.get(0).after()));
        return List.of(new AgainBatch.Refused(puts.get(0).after(), e.problem()));
      }
    }
    List<AgainBatch.Refused> refused = new ArrayList<>();
    for (ChangeEvent put : puts) {
      refused.addAll(putOrLeaveOut(on, table, List.of(put)));
    }
    return refused;
  }

  /** What is in the way of another row; a foreign key may hold it. */
  private void removeOrLeave(Connection on, AppliedTable table, List<Row> rows)
      throws SQLException {
    Savepoint before = on.setSavepoint();
    try {
      applier(on).delete(table, rows);
      on.releaseSavepoint(before);
      return;
    } catch (SQLException e) {
      if (!SqlErrors.isRowFault(e)) {
        throw e;
      }
      on.rollback(before);
    } catch (BadValueException e) {
      on.rollback(before);
    }
    if (rows.size() > 1) {
      for (Row row : rows) {
        removeOrLeave(on, table, List.of(row));
      }
    }
  }

  @Override
  public void remove(TableMapping mapping, PackedRows keys) {
    if (keys.isEmpty()) {
      return;
    }
    AppliedTable table = tables.get(mapping.source().id());
    write(
        "deleting " + keys.rows() + " rows of " + table.sql().name(),
        on -> {
          List<Row> rows =
              goesByVersion(mapping) ? guard.admitDeletes(on, table, keys.unpack()) : keys.unpack();
          if (!rows.isEmpty()) {
            removeOrLeave(on, table, rows);
          }
          return null;
        });
  }

  @Override
  public void refusedAgain(CopyBatch batch, List<AgainBatch.Refused> refused) {
    if (!refused.isEmpty()) {
      write(
          "recording refused rows",
          on -> {
            refusedRows.add(
                on, owner.sync(), mappings.get(batch.chunk().table()).source(), batch, refused);
            return null;
          });
    }
  }

  @Override
  public void clear(TableMapping mapping) {
    write(
        "clearing " + mapping.targetTable(),
        on -> {
          int answer = on.getNetworkTimeout();
          DatabaseServer.answerWithin(on, Duration.ZERO);
          try (Statement statement = on.createStatement()) {
            statement.executeUpdate(
                "DELETE FROM "
                    + dialect.quote(mapping.targetSchema())
                    + "."
                    + dialect.quote(mapping.targetTable()));
          }
          DatabaseServer.answerWithin(on, Duration.ofMillis(answer));
          return null;
        });
  }

  @Override
  public void chunkPartDone(CopyEnd end) {
    write(
        "recording a chunk as done",
        on -> {
          chunkParts.done(on, owner, end);
          return null;
        });
  }

  @Override
  public void deadLetter(ChangeEvent change, String reason) {
    write(
        "recording a refused change",
        on -> {
          deadLetters.add(on, owner.sync(), mappings.get(change.table()).source(), change, reason);
          return null;
        });
  }

  @Override
  public void conflict(ChangeEvent change, ConflictKind kind, String reason) {
    write(
        "recording a conflict",
        on -> {
          guard.conflict(on, change, kind, reason);
          return null;
        });
  }

  @Override
  public void activity(Map<TableId, TableActivity.Count> counts, long millis) {
    write(
        "storing the changes by table",
        on -> {
          activity.add(on, owner, counts, millis);
          return null;
        });
  }

  @Override
  public void guard(GuardOptions options, WriterMetrics metrics) {
    guard.configure(options, metrics);
  }

  @Override
  public boolean wantsSettling(Lsn position) {
    return run(
        "looking for released rows",
        on -> {
          boolean wants = guard.wantsAttention(on, position);
          if (!writing) {
            // Else an idle session would hold a transaction open.
            on.rollback();
          }
          return wants;
        });
  }

  @Override
  public List<TableId> released(Lsn position) {
    return write("reading locks", on -> guard.released(on, position));
  }

  @Override
  public long settle(Lsn position) {
    return write("applying what was kept aside", on -> guard.settle(on, applier(on), position));
  }

  @Override
  public void unmark(List<LockedRow> rows) {
    write(
        "unlocking rows",
        on -> {
          guard.unmark(on, rows);
          return null;
        });
  }

  @Override
  public void commit(WriterProgress applied) {
    if (owner == null) {
      throw new IllegalStateException("commit without takeOver");
    }
    try {
      writeProgress(
          on -> {
            progress.store(on, owner, epoch, applied, changes);
            return null;
          });
    } catch (DtsException e) {
      rollback();
      throw e;
    }
    try {
      transactions.commit(connection);
      marked = false;
      changes = 0;
      writing = false;
      guard.committed();
    } catch (SQLException e) {
      outcomeUnknown = SqlErrors.isConnectionLost(e);
      rollback();
      throw SqlErrors.translate(e, "committing up to " + applied.position());
    }
    forgetTombstones(connection);
  }

  @Override
  public void tidy() {
    if (connection != null) {
      forgetTombstones(connection);
    }
  }

  /**
   * In a transaction of its own: nobody waits for its locks until a checkpoint is complete. Nor
   * does it wait for those of others for long, which may only be over when a checkpoint is.
   */
  private void forgetTombstones(Connection on) {
    if (writing || transactions.prepared() != null || !guard.forgetsNow()) {
      return;
    }
    try {
      try {
        limitLockWait(on, TIDYING_SECONDS);
        guard.forgetTombstones(on);
        on.commit();
      } catch (SQLException e) {
        LOG.info("old tombstones are left for the next time: {}", e.getMessage());
        on.rollback();
      }
      limitLockWait(on, WAIT_SECONDS);
      on.commit();
    } catch (SQLException e) {
      LOG.info("dropping a broken connection to the target: {}", e.getMessage());
      drop();
    }
  }

  @Override
  public Optional<String> prepared() {
    return Optional.ofNullable(transactions.prepared());
  }

  @Override
  public void commitPrepared() {
    run(
        "committing " + transactions.prepared(),
        on -> {
          transactions.commitPrepared(on);
          return null;
        });
  }

  @Override
  public void rollback() {
    changes = 0;
    writing = false;
    marked = false;
    guard.undone();
    if (connection == null) {
      return;
    }
    try {
      transactions.rollback(connection);
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
    transactions.lost();
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

  @Override
  public void close() {
    // Else pgjdbc and Connector/J differ in what becomes of an open transaction.
    rollback();
    drop();
  }
}
