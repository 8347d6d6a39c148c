package io.piplan.dts.job;

import io.piplan.dts.CopyLimits;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.LockedRow;
import io.piplan.dts.apply.RowIdentity;
import io.piplan.dts.apply.RowJson;
import io.piplan.dts.apply.RowLocks;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyFailure;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.resync.CanonicalKey;
import io.piplan.dts.resync.JdbcResyncLedger;
import io.piplan.dts.resync.KeyLookup;
import io.piplan.dts.resync.RowClaims;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.TargetTables;
import io.piplan.dts.sql.ConditionSql;
import io.piplan.dts.sql.RowCondition;
import io.piplan.dts.sql.RowFilter;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.DiffReport;
import io.piplan.dts.verify.DifferenceSink;
import io.piplan.dts.verify.TablePair;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Repairs through the running sync: what is wrong is found by a diff, and asked for in {@code
 * pi_dts_resync}. Nothing here writes to the user's tables.
 */
public final class FlinkSyncRepair implements SyncRepair {
  private static final int NEWEST = 20;
  private static final int REFUSED_SHOWN = 20;
  private static final long POLL_MILLIS = 200;

  /** How long a sync that has just been started may take to be seen as running. */
  private static final Duration START = Duration.ofSeconds(5);

  private final SyncPlans plans;
  private final Clock clock;

  public FlinkSyncRepair(Path stateDirectory, SecretLookup secrets, Clock clock) {
    this.plans = new SyncPlans(stateDirectory, secrets);
    this.clock = clock;
  }

  /** A table of a sync, and how its rows are compared. */
  private record Repaired(SyncPlan plan, TableSchema schema, TablePair pair) {
    DatabaseRef source() {
      return new DatabaseRef(plan.source(), schema.id().database());
    }

    DatabaseRef target() {
      return new DatabaseRef(plan.target(), plan.targetSchema());
    }

    /** With the test for rows that are meant for the target. */
    CopiedTable copied() {
      return new CopiedTable(schema, new ConditionTests(plan.conditions()).of(schema), 0, 0);
    }

    RowLocks locks() {
      return new RowLocks(plan.target(), plan.targetSchema());
    }

    JdbcResyncLedger ledger() {
      return new JdbcResyncLedger(plan.target(), plan.targetSchema(), plan.name(), CopyLimits.NONE);
    }
  }

  private Repaired table(String sync, String name) {
    SyncPlan plan = plans.plan(sync);
    TableId id = new TableId(plan.names().sourceDatabase(), name);
    if (!plan.names().includes(id)) {
      throw new DtsException(
          DtsError.DEFINITION_UNKNOWN_OBJECT,
          "sync " + sync + " does not take a table " + name,
          "name one of "
              + plan.tables().stream().map(table -> table.schema().id().table()).toList());
    }
    try (Connection connection = plan.source().connect(Side.SOURCE)) {
      TableSchema schema = plan.names().keyed(new MySqlSchemaReader(connection).read(id)).schema();
      RowCondition condition = plan.conditions().get(name);
      TablePair pair =
          new TablePair(
              name,
              plan.names().target(id).table(),
              schema.key(),
              Optional.ofNullable(condition).map(ConditionSql::new));
      return new Repaired(plan, schema, pair);
    } catch (SQLException e) {
      // Only closing is left to fail; what was read is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
  }

  @Override
  public DiffReport compare(String sync, Rows rows, DiffProgress progress) {
    return compare(table(sync, rows.table()), rows, progress, DifferenceSink.NONE);
  }

  private static DiffReport compare(
      Repaired table, Rows rows, DiffProgress progress, DifferenceSink sink) {
    DiffOptions options =
        DiffOptions.defaults()
            .withTables(List.of(table.pair()))
            .withWhere(rows.where().map(text -> ConditionSql.parse("--where", text)));
    Diff diff = new Diff(table.source(), table.target(), options);
    if (rows.keys().isEmpty()) {
      return diff.run(progress, sink);
    }
    List<Row> keys = new ArrayList<>();
    for (Row row : typed(table.schema(), rows)) {
      byte[][] values = new byte[table.schema().key().size()][];
      int[] places = table.schema().keyIndexes();
      for (int k = 0; k < values.length; k++) {
        values[k] = row.value(places[k]);
      }
      keys.add(new Row(values));
    }
    return diff.run(table.pair(), keys, sink);
  }

  private static List<Row> typed(TableSchema schema, Rows rows) {
    return rows.keys().stream().map(key -> CanonicalKey.typed(schema, key)).toList();
  }

  @Override
  public RepairReport repair(
      String sync, Rows rows, DiffProgress progress, Consumer<ResyncStatus> waiting) {
    HiveTargets.refuseMending(sync, plans.target(sync));
    Repaired table = table(sync, rows.table());
    TableSchema schema = table.schema();
    requireKey(schema);
    try (JdbcResyncLedger ledger = table.ledger()) {
      requireOwners(table, rows);
      OwnKeys asked =
          new OwnKeys(table.plan(), table.copied(), table.pair().b(), new Asked(table, ledger));
      typed(schema, rows).forEach(asked::add);
      DiffReport before =
          compare(
              table,
              rows,
              progress,
              row -> {
                if (rows.keys().isEmpty()) {
                  asked.add(CanonicalKey.row(schema, row.key()));
                }
              });
      LockedRows lockedRows =
          new LockedRows(
              table.plan(),
              table.copied(),
              table.pair().b(),
              () -> plans.runs(sync),
              () -> plans.isPaused(sync));
      LockedRows.Done unlocked = lockedRows.mend(locked(table, rows));
      lockedRows.awaitDrained(unlocked.unlocked());
      // The sync leaves rows that stay locked alone.
      List<LockedRow> left = locked(table, rows);
      Stream.concat(unlocked.mended().stream(), left.stream())
          .forEach(lock -> asked.leaveOut(lock.key()));
      unlocked.released().forEach(lock -> asked.add(RowJson.read(schema, lock.key())));
      List<ResyncStatus> done = new ArrayList<>();
      for (long id : asked.send()) {
        done.add(await(sync, ledger, id, waiting));
      }
      List<String> refused = new ArrayList<>(unlocked.refused());
      refused.addAll(lockedRows.refused(unlocked.unlocked()));
      refused.addAll(refused(table, ledger, done));
      return new RepairReport(
          before,
          unlocked.unlocked().size(),
          done.stream().mapToLong(ResyncStatus::mendedRows).sum(),
          done.stream().mapToLong(ResyncStatus::removedRows).sum(),
          refused,
          asked.notOurs(),
          compare(table, rows, progress, DifferenceSink.NONE));
    }
  }

  private static void requireKey(TableSchema schema) {
    List<String> unknown = CanonicalKey.unknown(schema);
    if (schema.key().isEmpty() || !unknown.isEmpty()) {
      throw new DtsException(
          DtsError.SOURCE_NO_KEY,
          schema.key().isEmpty()
              ? "table " + schema.id() + " has no key, so that a row of it cannot be mended alone"
              : "rows of "
                  + schema.id()
                  + " cannot be named by columns "
                  + unknown
                  + ", whose types servers print differently",
          schema.key().isEmpty()
              ? "copy it anew: bin/pi sync start --fresh"
              : "use bin/pi sync resync");
    }
  }

  /** A table of which nobody says whose rows are whose cannot be mended as a whole. */
  private static void requireOwners(Repaired table, Rows rows) {
    TableId id = table.schema().id();
    boolean unknown =
        table.plan().sites().claims().of(table.schema()).rule() == RowClaims.Rule.UNKNOWN;
    if (unknown && rows.keys().isEmpty()) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "sync "
              + table.plan().name()
              + " goes between sites, and nobody says which zone owns which rows of "
              + id
              + ": rows of the target's own would be overwritten",
          "give the table a ZSKey in 'metadata.file', or name the rows with --key");
    }
  }

  /** Puts keys into requests, so that none is too large. */
  private static final class Asked implements OwnKeys.Sink {
    private final Repaired table;
    private final JdbcResyncLedger ledger;

    Asked(Repaired table, JdbcResyncLedger ledger) {
      this.table = table;
      this.ledger = ledger;
    }

    @Override
    public long send(List<String> keys) {
      return ledger.ask(table.schema().id(), keys, Optional.empty());
    }
  }

  /** Rows that are locked, of those that are meant. */
  private static List<LockedRow> locked(Repaired table, Rows rows) {
    TableSchema schema = table.schema();
    List<LockedRow> locked =
        table.locks().locks(table.plan().name()).stream()
            .filter(lock -> lock.table().equals(schema.id()))
            .toList();
    if (!rows.keys().isEmpty()) {
      Set<String> hashes = new LinkedHashSet<>();
      typed(schema, rows).forEach(r -> hashes.add(RowIdentity.lock(schema, r)));
      return locked.stream().filter(lock -> hashes.contains(lock.keyHash())).toList();
    }
    return rows.where().isEmpty() || locked.isEmpty()
        ? locked
        : locked.stream().filter(matching(table, locked, rows.where().get())).toList();
  }

  /** Whether the source's row is one that is meant. */
  private static Predicate<LockedRow> matching(
      Repaired table, List<LockedRow> locked, String where) {
    TableSchema schema = table.schema();
    RowFilter filter = ConditionSql.parse("--where", where).condition().bind(schema);
    List<Row> keys = locked.stream().map(lock -> RowJson.read(schema, lock.key())).toList();
    try (Connection source = table.plan().source().connect(Side.SOURCE)) {
      KeyLookup found = KeyLookup.of(source, CopiedTable.of(schema), keys, true);
      return lock -> found.alike(RowJson.read(schema, lock.key())).filter(filter::test).isPresent();
    } catch (SQLException e) {
      throw CopyFailure.of(schema.id(), "reading", e);
    }
  }

  @Override
  public ResyncStatus awaitResync(String sync, long id, Consumer<ResyncStatus> waiting) {
    try (JdbcResyncLedger ledger = ledger(sync)) {
      return await(sync, ledger, id, waiting);
    }
  }

  private ResyncStatus await(
      String sync, JdbcResyncLedger ledger, long id, Consumer<ResyncStatus> waiting) {
    long deadline = System.nanoTime() + START.toNanos();
    while (true) {
      ResyncStatus status = status(ledger, id);
      waiting.accept(status);
      if (!status.isOpen()) {
        return status;
      }
      if (System.nanoTime() > deadline) {
        if (!plans.runs(sync)) {
          throw notRunning(sync, id);
        }
        if (plans.isPaused(sync)) {
          throw SyncPlans.paused(sync, "request " + id + " is kept and done when it goes on");
        }
        deadline = System.nanoTime() + START.toNanos();
      }
      pause();
    }
  }

  private static DtsException notRunning(String sync, long id) {
    return new DtsException(
        DtsError.SYNC_NO_STATE,
        "sync " + sync + " does not run; request " + id + " is kept and done when it does",
        "start it: bin/pi sync start; or take the request back: bin/pi sync resync "
            + sync
            + " --cancel "
            + id);
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.INTERNAL, "interrupted while waiting for a repair", "it goes on by itself", e);
    }
  }

  private ResyncStatus status(JdbcResyncLedger ledger, long id) {
    return ledger
        .find(id)
        .map(request -> ResyncStatus.of(request, clock.millis()))
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.DEFINITION_UNKNOWN_OBJECT,
                    "there is no resync " + id,
                    "see bin/pi sync resync SYNC --list"));
  }

  private static List<String> refused(
      Repaired table, JdbcResyncLedger ledger, List<ResyncStatus> done) {
    boolean any = done.stream().anyMatch(status -> status.refusedRows() > 0);
    return any
        ? ledger.refusedRows(table.schema().id(), done.get(0).id(), REFUSED_SHOWN)
        : List.of();
  }

  @Override
  public long resync(String sync, String name, Optional<String> where) {
    HiveTargets.refuseMending(sync, plans.target(sync));
    Repaired table = table(sync, name);
    if (table.schema().key().isEmpty()) {
      requireKey(table.schema());
    }
    where.ifPresent(text -> check(table, text));
    requireOwners(table, new Rows(name, List.of(), where));
    try (JdbcResyncLedger ledger = table.ledger()) {
      return ledger.ask(table.schema().id(), List.of(), where);
    }
  }

  /** Asks for all tables of a sync that is about to start, unless that has been asked for. */
  static void askForAll(SyncPlan plan) {
    Set<TableId> ofCopy = plan.copy() ? neverCopied(plan) : Set.of();
    try (JdbcResyncLedger ledger =
        new JdbcResyncLedger(plan.target(), plan.targetSchema(), plan.name(), CopyLimits.NONE)) {
      ledger.prepare();
      for (TableDefinition table : plan.tables()) {
        if (!ofCopy.contains(table.schema().id())) {
          long unused = ledger.ask(table.schema().id(), List.of(), Optional.empty());
        }
      }
    }
  }

  /** Tables that the target does not have, and that are new to the sync, so that it copies them. */
  private static Set<TableId> neverCopied(SyncPlan plan) {
    Set<String> copied =
        TargetState.of(plan.target(), plan.targetSchema()).tables(plan.name(), 0).stream()
            .filter(TableProgress::hasCopy)
            .map(TableProgress::table)
            .collect(Collectors.toSet());
    Set<TableId> missing = new LinkedHashSet<>();
    try (Connection target = plan.target().connect(Side.TARGET)) {
      TargetTables tables = TargetTables.on(target);
      for (TableDefinition table : plan.tables()) {
        TableId id = table.schema().id();
        if (!copied.contains(id.toString()) && !tables.exists(plan.names().target(id))) {
          missing.add(id);
        }
      }
    } catch (SQLException e) {
      // Only closing is left to fail; what was read is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
    return missing;
  }

  /**
   * Asks, when a copy begins, for what it cannot see: rows that a cascade over two foreign keys has
   * deleted or changed while the row between them had not been copied yet.
   */
  static void askForGrandchildren(SyncPlan plan) {
    Set<TableId> children = new LinkedHashSet<>();
    Set<TableId> grandchildren = new LinkedHashSet<>();
    for (TableDefinition table : plan.tables()) {
      if (!parents(plan, table.schema()).isEmpty()) {
        children.add(table.schema().id());
      }
    }
    for (TableDefinition table : plan.tables()) {
      if (!table.schema().key().isEmpty()
          && parents(plan, table.schema()).stream().anyMatch(children::contains)) {
        grandchildren.add(table.schema().id());
      }
    }
    if (grandchildren.isEmpty()) {
      return;
    }
    try (JdbcResyncLedger ledger =
        new JdbcResyncLedger(plan.target(), plan.targetSchema(), plan.name(), CopyLimits.NONE)) {
      ledger.prepare();
      for (TableId table : grandchildren) {
        long unused = ledger.askAfterCopy(table);
      }
    }
  }

  /** The tables of the sync whose rows change rows of a table by a foreign key. */
  private static List<TableId> parents(SyncPlan plan, TableSchema schema) {
    return schema.foreignKeys().stream()
        .filter(ForeignKey::cascades)
        .map(ForeignKey::parent)
        .filter(plan.names()::includes)
        .toList();
  }

  /** What is wrong with a condition is better said now than found by the sync. */
  private static void check(Repaired table, String where) {
    RowFilter unused = ConditionSql.parse("--where", where).condition().bind(table.schema());
  }

  @Override
  public ResyncStatus resync(String sync, long id) {
    try (JdbcResyncLedger ledger = ledger(sync)) {
      return status(ledger, id);
    }
  }

  private JdbcResyncLedger ledger(String sync) {
    HiveTargets.refuseMending(sync, plans.target(sync));
    SyncPlan plan = plans.plan(sync);
    JdbcResyncLedger ledger =
        new JdbcResyncLedger(plan.target(), plan.targetSchema(), plan.name(), CopyLimits.NONE);
    ledger.prepare();
    return ledger;
  }

  @Override
  public List<ResyncStatus> resyncs(String sync) {
    try (JdbcResyncLedger ledger = ledger(sync)) {
      return ledger.newest(NEWEST).stream()
          .map(request -> ResyncStatus.of(request, clock.millis()))
          .toList();
    }
  }

  @Override
  public boolean cancelResync(String sync, long id) {
    try (JdbcResyncLedger ledger = ledger(sync)) {
      return ledger.cancel(id);
    }
  }

  @Override
  public RowHistory why(
      String sync,
      String name,
      List<String> key,
      LogRange range,
      Consumer<RowLog.Progress> progress) {
    Repaired table = table(sync, name);
    requireKey(table.schema());
    Row row = CanonicalKey.typed(table.schema(), key);
    DiffReport diff =
        compare(
            table,
            new Rows(name, List.of(key), Optional.empty()),
            DiffProgress.NONE,
            DifferenceSink.NONE);
    RowLog log = RowLogReader.of(table.plan(), table.schema()).read(row, range, progress);
    return new RowHistoryReader(table.plan(), table.schema(), table.pair().b())
        .read(row, diff.tables().get(0), log);
  }
}
