package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.RowPacker;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What stands between a session's changes and its target: reads the rows that are about to change,
 * locking them, lets {@link BatchGuard} decide, and applies what goes ahead. Where a table has
 * neither versions nor verification nor locked rows it costs nothing but a look at the generation
 * of the locks once a transaction. Used by the session's thread, in its transaction.
 */
final class Guard {
  private static final long FORGET_NANOS = 10_000_000_000L;
  private static final long LOOK_NANOS = 2_000_000_000L;

  /** How many times as long as a look took the next one is away at least. */
  private static final int LOOK_PART = 10;

  private final Dialect dialect;
  private final TombstoneTable tombstones;
  private final FinishedCopies copies;
  private final HeldLocks locks;
  private final ConflictRecorder recorder;
  private final LockTable lockTable;
  private CopiesOfOthers copiesOfOthers;
  private final Map<TableId, GuardedTable> tables = new HashMap<>();
  private final Map<TableId, RowLanes> lanes = new HashMap<>();

  /** Tables that are other ones by now, and to be mapped again. */
  private final Set<TableId> forgotten = new HashSet<>();

  /** The conflicts of rows that another sync has locked. */
  private final Set<Long> elsewhere = new HashSet<>();

  /** When it was looked whether they are still locked. */
  private long lookedAt = System.nanoTime();

  private long lookAfter = LOOK_NANOS;

  private GuardOptions options = GuardOptions.OFF;
  private WriterMetrics metrics = new WriterMetrics();
  private GuardTally tally = GuardTally.NOTHING;
  private String sync;
  private boolean forgets;
  private long forgotAt = System.nanoTime();
  private int part = ThreadLocalRandom.current().nextInt(256);

  Guard(ControlTables controlTables, Dialect dialect) {
    this.dialect = dialect;
    this.tombstones = new TombstoneTable(controlTables, dialect);
    this.copies = new FinishedCopies(controlTables);
    this.lockTable = new LockTable(controlTables, dialect);
    this.locks = new HeldLocks(lockTable);
    this.recorder = new ConflictRecorder(controlTables, dialect, locks);
  }

  /** Before any table is mapped. */
  void configure(GuardOptions newOptions, WriterMetrics newMetrics) {
    options = newOptions;
    metrics = newMetrics;
  }

  /** Has copied rows keep off the rows of zones that the source's is not. */
  void comesBy(OwnerGate gate) {
    copiesOfOthers = new CopiesOfOthers(gate, dialect, recorder);
  }

  void become(ProgressTable.Owner owner) {
    sync = owner.sync();
    forgets = owner.writer() == 0;
    locks.become(owner);
  }

  void map(AppliedTable table) {
    TableId id = table.mapping().source().id();
    tables.put(id, GuardedTable.of(table, options));
    lanes.remove(id);
    forgotten.remove(id);
  }

  /** By which lanes a table's rows go. */
  void goesBy(TableId table, RowLanes rowLanes) {
    lanes.put(table, rowLanes);
  }

  /**
   * A table is another one from here on. Its rows may have been sent to other writers before, and
   * been locked by them.
   */
  void forget(TableId table) {
    forgotten.add(table);
    locks.undone();
    copies.forget();
  }

  /** The transaction was committed. */
  void committed() {
    metrics.guarded(tally);
    tally = GuardTally.NOTHING;
    locks.ended(false);
  }

  /** The transaction was undone. */
  void undone() {
    tally = GuardTally.NOTHING;
    locks.ended(true);
  }

  GuardTally tally() {
    return tally;
  }

  /** The transaction was undone back to where the tally was this. */
  void undoneTo(GuardTally before) {
    tally = before;
    locks.undone();
  }

  /** Applies what may be applied of a batch. */
  void apply(
      Connection on, ChangeApplier applier, List<ChangeEvent> changes, VersionRule.Origin origin)
      throws SQLException {
    refresh(on);
    if (changes.stream().noneMatch(change -> isGuarded(change.table()))) {
      applier.apply(changes);
      return;
    }
    BatchGuard.Outcome outcome;
    Savepoint before = on.setSavepoint();
    try {
      outcome = decide(on, changes, origin, true);
    } catch (SQLException | BadValueException e) {
      if (e instanceof SQLException failure && !SqlErrors.isRowFault(failure)) {
        throw failure;
      }
      on.rollback(before);
      oneByOne(on, applier, changes, origin, e);
      return;
    }
    on.releaseSavepoint(before);
    applier.apply(outcome.applied);
    record(on, outcome, origin);
  }

  private void refresh(Connection on) throws SQLException {
    if (locks.refresh(on)) {
      copies.forget();
      elsewhere.clear();
      if (!locks.isEmpty()) {
        elsewhere.addAll(recorder.conflicts().lockedElsewhere(on, sync));
      }
    }
  }

  /** A key that the target can't even look for: finds the change that is at fault. */
  private void oneByOne(
      Connection on,
      ChangeApplier applier,
      List<ChangeEvent> changes,
      VersionRule.Origin origin,
      Exception failure)
      throws SQLException {
    if (changes.size() == 1) {
      throw badRow(failure, changes.get(0));
    }
    for (ChangeEvent change : changes) {
      apply(on, applier, List.of(change), origin);
    }
  }

  private boolean isGuarded(TableId id) {
    GuardedTable table = tables.get(id);
    return table.hasKey() && (table.hasVersion() || options.verifies() || locks.any(id));
  }

  /**
   * What of copied rows may be written.
   *
   * @param existing whether some of them are known to be on the target; if not, the bulk load that
   *     follows finds out
   */
  PackedRows admit(Connection on, AppliedTable table, PackedRows rows, boolean existing)
      throws SQLException {
    TableId id = table.mapping().source().id();
    GuardedTable guarded = tables.get(id);
    refresh(on);
    boolean judged =
        guarded.hasKey()
            && (locks.any(id)
                || judgesCopies(on, guarded, existing)
                || (guarded.hasVersion()
                    && (existing || tombstones.any(on, table.mapping().targetTable()))));
    if (!judged && !hasLockBits(guarded, rows)) {
      return rows;
    }
    List<ChangeEvent> inserts = inserts(id, rows);
    BatchGuard.Outcome outcome =
        judged(on, inserts, some -> decide(on, some, VersionRule.Origin.COPY, existing));
    record(on, outcome, VersionRule.Origin.COPY);
    List<ChangeEvent> admitted = admitOfOthers(on, id, outcome.applied);
    RowPacker kept = new RowPacker(rows.columns(), rows.data().length);
    admitted.forEach(insert -> kept.add(insert.after()));
    return kept.take();
  }

  /** Reads by the keys of rows what decides about them. */
  private interface Judging<T> {
    T of(List<ChangeEvent> changes) throws SQLException;
  }

  /**
   * @throws io.piplan.dts.DtsException {@code TARGET_BAD_ROW} for a row with a key that the target
   *     can't even look for
   */
  private <T> T judged(Connection on, List<ChangeEvent> changes, Judging<T> judging)
      throws SQLException {
    Savepoint before = on.setSavepoint();
    Exception failure;
    try {
      T result = judging.of(changes);
      on.releaseSavepoint(before);
      return result;
    } catch (SQLException e) {
      if (!SqlErrors.isRowFault(e)) {
        throw e;
      }
      failure = e;
    } catch (BadValueException e) {
      failure = e;
    }
    on.rollback(before);
    if (changes.size() > 1) {
      for (ChangeEvent change : changes) {
        judged(on, List.of(change), judging);
      }
    }
    throw badRow(failure, changes.get(0));
  }

  private DtsException badRow(Exception failure, ChangeEvent change) {
    TableMapping mapping = tables.get(change.table()).mapping();
    return failure instanceof SQLException e
        ? SqlErrors.translate(e, mapping, change)
        : SqlErrors.badValue((BadValueException) failure, mapping, change);
  }

  private boolean judgesCopies(Connection on, GuardedTable table, boolean existing)
      throws SQLException {
    return copiesOfOthers != null && copiesOfOthers.judges(on, sync, table, existing);
  }

  /**
   * Leaves out copied rows of a zone that the source's is not, where the target has rows of their
   * keys; those that differ are recorded as conflicts.
   */
  List<ChangeEvent> admitOfOthers(Connection on, TableId id, List<ChangeEvent> inserts)
      throws SQLException {
    if (copiesOfOthers == null) {
      return inserts;
    }
    CopiesOfOthers.Outcome outcome =
        judged(on, inserts, some -> copiesOfOthers.admit(on, sync, tables.get(id), some));
    tally = tally.plus(new GuardTally(outcome.conflicts(), 0, 0, outcome.left()));
    return outcome.admitted();
  }

  /**
   * Which of these rows may be deleted: none that is newer on the target than here.
   *
   * @param rows with key and version
   */
  List<Row> admitDeletes(Connection on, AppliedTable table, List<Row> rows) throws SQLException {
    TableId id = table.mapping().source().id();
    refresh(on);
    List<ChangeEvent> deletes = new ArrayList<>(rows.size());
    for (Row row : rows) {
      deletes.add(new ChangeEvent(id, 0, Op.DELETE, row, null, Lsn.START, Lsn.START, 0));
    }
    BatchGuard.Outcome outcome = decide(on, deletes, VersionRule.Origin.COPY, true);
    record(on, outcome, VersionRule.Origin.COPY);
    return outcome.applied.stream().map(ChangeEvent::before).toList();
  }

  /** The same changes without lock bits. */
  List<ChangeEvent> unlocked(TableId id, List<ChangeEvent> changes) {
    GuardedTable table = tables.get(id);
    return changes.stream().map(change -> BatchGuard.clean(table, change)).toList();
  }

  static List<ChangeEvent> inserts(TableId table, PackedRows rows) {
    List<ChangeEvent> inserts = new ArrayList<>(rows.rows());
    for (Row row : rows.unpack()) {
      inserts.add(new ChangeEvent(table, 0, Op.INSERT, null, row, Lsn.START, Lsn.START, 0));
    }
    return inserts;
  }

  private static boolean hasLockBits(GuardedTable table, PackedRows rows) {
    if (!table.hasVersion() || !table.version().isRowVersion()) {
      return false;
    }
    int column = table.version().column().sourceIndex();
    PackedRows.Cursor row = rows.cursor();
    while (row.next()) {
      int length = row.length(column);
      if (length > 0 && (row.data()[row.offset(column) + length - 1] & 1) != 0) {
        return true;
      }
    }
    return false;
  }

  private BatchGuard.Outcome decide(
      Connection on, List<ChangeEvent> changes, VersionRule.Origin origin, boolean reading)
      throws SQLException {
    Map<TableId, Seen> seen = new HashMap<>();
    for (Map.Entry<TableId, List<ChangeEvent>> ofTable : byTable(changes).entrySet()) {
      GuardedTable table = tables.get(ofTable.getKey());
      boolean verifies = origin == VersionRule.Origin.BINLOG && verifies(on, ofTable.getKey());
      if (table.hasKey() && (table.hasVersion() || verifies)) {
        seen.put(ofTable.getKey(), see(on, table, ofTable.getValue(), verifies, reading));
      }
    }
    return new BatchGuard(origin, new Looks(seen)).decide(changes);
  }

  private static Map<TableId, List<ChangeEvent>> byTable(List<ChangeEvent> changes) {
    Map<TableId, List<ChangeEvent>> byTable = new LinkedHashMap<>();
    for (ChangeEvent change : changes) {
      byTable.computeIfAbsent(change.table(), id -> new ArrayList<>()).add(change);
    }
    return byTable;
  }

  private boolean verifies(Connection on, TableId table) throws SQLException {
    return options.verifies() && (!options.copies() || copies.isDone(on, sync, table));
  }

  /** What was read of one table. */
  private record Seen(boolean verifies, Map<RowKey, FoundRow> rows) {}

  private Seen see(
      Connection on,
      GuardedTable table,
      List<ChangeEvent> changes,
      boolean verifies,
      boolean reading)
      throws SQLException {
    TableMapping mapping = table.mapping();
    Map<RowKey, TargetRows.Wanted> wanted = new LinkedHashMap<>();
    for (ChangeEvent change : changes) {
      Row before = verifies ? change.before() : null;
      Row after = verifies ? change.after() : null;
      want(
          wanted,
          TargetRows.exact(mapping, change.keyRow()),
          new TargetRows.Wanted(change.keyRow(), before, after));
      if (change.op() == Op.UPDATE
          && !table.table().sql().sameKey(change.before(), change.after())) {
        want(
            wanted,
            TargetRows.exact(mapping, change.after()),
            new TargetRows.Wanted(change.after(), null, after));
      }
    }
    Map<RowKey, FoundRow> rows;
    if (reading) {
      rows = new TargetRows(dialect, table, verifies).lock(on, wanted);
    } else {
      rows = new HashMap<>();
      wanted.keySet().forEach(key -> rows.put(key, FoundRow.missing()));
    }
    if (table.hasVersion()) {
      dig(on, table, wanted, rows);
    }
    return new Seen(verifies, rows);
  }

  private static void want(
      Map<RowKey, TargetRows.Wanted> wanted, RowKey key, TargetRows.Wanted row) {
    wanted.merge(key, row, (first, next) -> first.followed());
  }

  /** Looks for tombstones of the rows that are not there. */
  private void dig(
      Connection on,
      GuardedTable table,
      Map<RowKey, TargetRows.Wanted> wanted,
      Map<RowKey, FoundRow> rows)
      throws SQLException {
    String targetTable = table.mapping().targetTable();
    boolean missing = rows.values().stream().anyMatch(row -> !row.isPresent());
    if (!missing || !tombstones.any(on, targetTable)) {
      return;
    }
    Map<String, FoundRow> graves = new HashMap<>();
    for (Map.Entry<RowKey, FoundRow> row : rows.entrySet()) {
      if (!row.getValue().isPresent()) {
        Row key = wanted.get(row.getKey()).key();
        graves.put(RowIdentity.exact(table.mapping().source(), key), row.getValue());
      }
    }
    tombstones
        .find(on, targetTable, graves.keySet())
        .forEach((key, version) -> graves.get(key).buried(version));
  }

  private final class Looks implements BatchGuard.Looks {
    private final Map<TableId, Seen> seen;

    Looks(Map<TableId, Seen> seen) {
      this.seen = seen;
    }

    @Override
    public GuardedTable table(TableId table) {
      return tables.get(table);
    }

    @Override
    public boolean reads(GuardedTable table) {
      return seen.containsKey(table.mapping().source().id());
    }

    @Override
    public boolean verifies(GuardedTable table) {
      return seen.get(table.mapping().source().id()).verifies();
    }

    @Override
    public boolean isLocked(GuardedTable table, Row row) {
      return locks.has(table, row);
    }

    @Override
    public FoundRow found(GuardedTable table, Row row) {
      return seen.get(table.mapping().source().id())
          .rows()
          .get(TargetRows.exact(table.mapping(), row));
    }
  }

  private void record(Connection on, BatchGuard.Outcome outcome, VersionRule.Origin origin)
      throws SQLException {
    // A copied row that may not be written can be read again, and its lane is not known here: it is
    // neither kept nor does it lock anything.
    boolean keeps = origin != VersionRule.Origin.COPY;
    long locked = 0;
    for (BatchGuard.Refusal refusal : outcome.refused) {
      GuardedTable table = tables.get(refusal.change().table());
      long id = recorder.record(on, sync, table, refusal.change(), refusal.kind(), null);
      locked += keeps && recorder.lock(on, sync, table, refusal.change(), id) ? 1 : 0;
    }
    List<ChangeEvent> foundLocked = keeps ? outcome.foundLocked : List.of();
    for (ChangeEvent change : foundLocked) {
      GuardedTable table = tables.get(change.table());
      long id = recorder.record(on, sync, table, change, ConflictKind.LOCKED, null);
      elsewhere.add(id);
      locked += recorder.lock(on, sync, table, change, id) ? 1 : 0;
    }
    for (ChangeEvent change : keeps ? outcome.aside : List.<ChangeEvent>of()) {
      recorder.keepAside(on, sync, tables.get(change.table()), change);
    }
    for (Map.Entry<GuardedTable, Map<String, String>> graves : outcome.buried.entrySet()) {
      tombstones.put(on, graves.getKey().mapping().targetTable(), graves.getValue());
    }
    int aside = outcome.aside.size();
    tally =
        tally.plus(
            new GuardTally(
                outcome.refused.size() + foundLocked.size(),
                locked,
                keeps ? aside : 0,
                outcome.stale + (keeps ? 0 : aside)));
  }

  /** Whether it is time to look for old tombstones; one writer of a sync does it. */
  boolean forgetsNow() {
    return forgets && System.nanoTime() - forgotAt >= FORGET_NANOS;
  }

  /** Of all tables of the sync, whatever lane they are in and whoever deletes rows there. */
  void forgetTombstones(Connection on) throws SQLException {
    part++;
    long before = System.currentTimeMillis() - options.tombstoneMillis();
    try {
      for (String table : tombstones.tables(on)) {
        if (options.forgets().includes(table)) {
          tombstones.forget(on, table, before, part);
        }
      }
    } finally {
      // However long it took.
      forgotAt = System.nanoTime();
    }
  }

  /** Records a change that somebody else decided not to apply. */
  void conflict(Connection on, ChangeEvent change, ConflictKind kind, String reason)
      throws SQLException {
    recorder.record(on, sync, tables.get(change.table()), change, kind, reason);
    tally = tally.plus(new GuardTally(1, 0, 0, 0));
  }

  /**
   * The tables that have to be mapped for {@link #settle}; empty if there is nothing to do for it.
   */
  List<TableId> released(Connection on, Lsn position) throws SQLException {
    refresh(on);
    Set<TableId> wanted = new LinkedHashSet<>();
    locks.unmarked().forEach(lock -> wanted.add(lock.table()));
    locks.due(position).forEach(lock -> wanted.add(lock.table()));
    locks.unplaced().stream().filter(id -> !isMapped(id)).forEach(wanted::add);
    if (looksElsewhere()) {
      locks.heldBy(elsewhere).forEach(lock -> wanted.add(lock.table()));
    }
    return List.copyOf(wanted);
  }

  private boolean isMapped(TableId table) {
    return tables.containsKey(table) && !forgotten.contains(table);
  }

  /** A table that is gone keeps its locks. */
  private void place(Connection on) throws SQLException {
    for (TableId table : locks.unplaced()) {
      if (isMapped(table)) {
        locks.place(on, tables.get(table).mapping().source(), lanes.get(table));
      } else {
        locks.placed(table);
      }
    }
  }

  /** Takes the lock bit from rows that no other sync has locked too. */
  void unmark(Connection on, List<LockedRow> rows) throws SQLException {
    Map<TableId, List<LockedRow>> byTable = new LinkedHashMap<>();
    rows.forEach(lock -> byTable.computeIfAbsent(lock.table(), id -> new ArrayList<>()).add(lock));
    for (Map.Entry<TableId, List<LockedRow>> ofTable : byTable.entrySet()) {
      GuardedTable table = tables.get(ofTable.getKey());
      Set<LockedRow> theirs = recorder.lockedByOthers(on, table, ofTable.getValue(), lockTable);
      for (LockedRow lock : ofTable.getValue()) {
        if (!theirs.contains(lock)) {
          Row key = RowJson.read(table.mapping().source(), lock.key());
          recorder.setLockBit(on, table, key, false);
        }
      }
    }
  }

  /** Whether others changed something about the locks, or a released row is due. */
  boolean wantsAttention(Connection on, Lsn position) throws SQLException {
    return locks.wantsAttention(on, position) || looksElsewhere();
  }

  private boolean looksElsewhere() {
    return !elsewhere.isEmpty() && System.nanoTime() - lookedAt > lookAfter;
  }

  /** Releases rows that another sync had locked and that it has unlocked since. */
  private void releaseUnlocked(Connection on) throws SQLException {
    if (!looksElsewhere()) {
      return;
    }
    long began = System.nanoTime();
    Map<TableId, List<LockedRow>> held = new LinkedHashMap<>();
    for (LockedRow lock : locks.heldBy(elsewhere)) {
      held.computeIfAbsent(lock.table(), id -> new ArrayList<>()).add(lock);
    }
    if (held.isEmpty()) {
      elsewhere.clear();
    }
    for (Map.Entry<TableId, List<LockedRow>> ofTable : held.entrySet()) {
      if (isMapped(ofTable.getKey())) {
        releaseUnlocked(on, tables.get(ofTable.getKey()), ofTable.getValue());
      }
    }
    lookedAt = System.nanoTime();
    lookAfter = Math.max(LOOK_NANOS, LOOK_PART * (lookedAt - began));
  }

  private void releaseUnlocked(Connection on, GuardedTable table, List<LockedRow> held)
      throws SQLException {
    TargetRows rows = new TargetRows(dialect, table, false);
    Map<RowKey, LockedRow> locked = new LinkedHashMap<>();
    Map<RowKey, TargetRows.Wanted> wanted = new LinkedHashMap<>();
    for (LockedRow lock : held) {
      Row key = RowJson.read(table.mapping().source(), lock.key());
      RowKey exact = TargetRows.exact(table.mapping(), key);
      locked.put(exact, lock);
      wanted.put(exact, new TargetRows.Wanted(key, null, null));
    }
    // Most are locked still, and an app may hold any of them: only the others are waited for.
    Map<RowKey, FoundRow> seen = rows.look(on, wanted);
    wanted.keySet().removeIf(key -> isMarked(table, seen.get(key)));
    Map<RowKey, FoundRow> found = rows.lock(on, wanted);
    for (RowKey key : wanted.keySet()) {
      if (!isMarked(table, found.get(key))) {
        LockedRow lock = locked.get(key);
        // If what was kept aside is refused, the row stays locked for that.
        elsewhere.remove(lock.conflict());
        locks.release(on, lock);
      }
    }
  }

  /** Whether a row has the lock bit; one that is gone has none. */
  private static boolean isMarked(GuardedTable table, FoundRow found) {
    return found.isPresent() && table.hasVersion() && table.version().isLocked(found.version());
  }

  private void markAsked(Connection on) throws SQLException {
    for (LockedRow lock : locks.unmarked()) {
      GuardedTable table = tables.get(lock.table());
      if (table != null) {
        Row key = RowJson.read(table.mapping().source(), lock.key());
        recorder.setLockBit(on, table, key, true);
        tally = tally.plus(new GuardTally(0, 1, 0, 0));
      }
    }
    locks.unmarked().clear();
  }

  /**
   * Applies what was kept aside for rows that others released and that are due, and unlocks them.
   *
   * @return how many changes were applied or dropped
   */
  long settle(Connection on, ChangeApplier applier, Lsn position) throws SQLException {
    refresh(on);
    place(on);
    markAsked(on);
    releaseUnlocked(on);
    LockSettling settling =
        new LockSettling(
            on,
            sync,
            lockTable,
            locks,
            recorder,
            changes -> apply(on, applier, changes, VersionRule.Origin.ASIDE));
    long settled = 0;
    Map<TableId, List<LockedRow>> due = new LinkedHashMap<>();
    for (LockedRow lock : locks.due(position)) {
      due.computeIfAbsent(lock.table(), id -> new ArrayList<>()).add(lock);
    }
    for (Map.Entry<TableId, List<LockedRow>> ofTable : due.entrySet()) {
      GuardedTable table = tables.get(ofTable.getKey());
      if (table != null) {
        settled += settle(settling, table, ofTable.getValue());
      }
    }
    return settled;
  }

  /** One row that the target refuses shall not keep the others locked. */
  private long settle(LockSettling settling, GuardedTable table, List<LockedRow> released)
      throws SQLException {
    GuardTally before = tally;
    LockSettling.Settled together = settling.settle(table, released);
    if (together.ok()) {
      return together.changes();
    }
    if (released.size() == 1) {
      tally = before.plus(new GuardTally(1, 0, 0, 0));
      return 0;
    }
    tally = before;
    long settled = 0;
    for (LockedRow row : released) {
      settled += settle(settling, table, List.of(row));
    }
    return settled;
  }
}
