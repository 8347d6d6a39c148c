package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.PackedRows;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Row;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one writer's share of the stream to the target: exactly once, each key's changes in order,
 * copied rows never over newer changes. Used by one thread.
 *
 * <p>The writer's <em>position</em> is the place up to which it has received everything. It is
 * stored in each target transaction, so after any failure the target tells which replays to drop.
 * Copied rows that were read at S are written only at a position ≥ S, in a transaction that stores
 * that position, and only if their key has no change after S. Hence:
 *
 * <ul>
 *   <li>a copied row never overwrites a newer change (I8);
 *   <li>no replay can move a copied row back: all changes up to S are at or below the stored
 *       position (I3).
 * </ul>
 */
public final class ApplyWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyWriter.class);
  private static final int ATTEMPTS = 5;

  /** How old the stored freshness may get while nothing else is to be stored. */
  private static final long FRESH_MILLIS = 5_000;

  private static final Set<DtsError> NO_TABLE =
      EnumSet.of(DtsError.SOURCE_MISSING_TABLE, DtsError.TARGET_MISSING_TABLE);

  private final WriterOptions options;
  private final TargetSession session;
  private final MappingProvider mappings;
  private final WriterMetrics metrics;
  private final Clock clock;
  private final Map<TableId, TableMapping> mapped = new HashMap<>();

  /** Tables that have changed, to be forgotten when no change from before waits. */
  private final Set<TableId> outdated = new LinkedHashSet<>();

  private final Map<TableId, int[]> keys = new HashMap<>();
  private final Map<TableId, CopyGuard> guards = new HashMap<>();
  private final RecentChanges recent;
  private final RecentCascades cascades;
  private final CopyFilter filter;
  private final CopyFilter untouched;
  private final PendingChanges pending;
  private final ArrayDeque<StreamElement> held = new ArrayDeque<>();
  private final ChunkReadings readings = new ChunkReadings();
  private final AppendOnlyCopies appendOnly;
  private final LaneProgress restored;
  private final Lsn settled;
  private final StreamOrder order;
  private final TableActivity activity = new TableActivity();
  private WriterProgress storedProgress = WriterProgress.at(Lsn.START, 0);
  private Lsn position;

  /** The transactions before the one that the position is in; null if not known. */
  private String gtids;

  private Lsn stored;

  /** Where the stream of this attempt begins; null before its first element. */
  private Lsn begin;

  /** Where the open transaction began, and how many of the pending changes came before it. */
  private Lsn openedAt = Lsn.START;

  private int pendingBefore;

  /** The place up to which there was something to store. */
  private Lsn worthStoring;

  private long heldBytes;
  private long sourceMillis;
  private long freshMillis;
  private long heartbeatMillis;
  private boolean transactionOpen;
  private boolean tied;
  private long uncommitted;
  private long preparedChanges;

  /** A writer that goes on from no state of transactions in two phases. */
  public ApplyWriter(
      WriterOptions options,
      TargetSession session,
      MappingProvider mappings,
      WriterMetrics metrics,
      Clock clock) {
    this(options, session, mappings, metrics, clock, Set.of());
  }

  /**
   * Takes over the writer's lanes on the target. The session is closed with the writer.
   *
   * @param prepared the transactions that were prepared in the state which the sync goes on from
   */
  public ApplyWriter(
      WriterOptions options,
      TargetSession session,
      MappingProvider mappings,
      WriterMetrics metrics,
      Clock clock,
      Set<String> prepared) {
    this.options = options;
    this.pending = new PendingChanges(options.batchRows());
    this.session = session;
    this.mappings = mappings;
    this.metrics = metrics;
    this.clock = clock;
    this.recent = new RecentChanges(options.recentChanges());
    this.cascades = new RecentCascades(options.recentChanges());
    this.filter = new CopyFilter(recent, options.zeroDates());
    this.untouched = new CopyFilter(recent, ZeroDates.KEEP);
    this.appendOnly = new AppendOnlyCopies(options.recentChanges());
    session.guard(options.guard(), metrics);
    session.prepare();
    this.restored = session.takeOver(options.sync(), options.writer(), options.writers(), prepared);
    metrics.takenOver(restored);
    this.position = restored.lowest();
    this.gtids = restored.gtids();
    this.stored = position;
    this.worthStoring = position;
    this.order = new StreamOrder(options.writer(), restored.lowest());
    session.watch(cascade -> cascades.add(mapped.get(cascade.child()).source(), cascade));
    this.settled = mappings.settled();
    session.rollback();
  }

  /** The place up to which everything has been received. */
  public Lsn position() {
    return position;
  }

  /** Whether something waits for {@link #flush}. */
  public boolean hasPending() {
    return !pending.isEmpty() || uncommitted > 0 || mustStore();
  }

  /** Whether there is something to tell, be it only that the target is up to date. */
  private boolean mustStore() {
    return worthStoring.isAfter(stored)
        || freshMillis - storedProgress.freshMillis() >= FRESH_MILLIS
        || activity.isDue(clock.millis());
  }

  /** Whether changes wait, which readers of the target would like to see soon. */
  public boolean hasPendingChanges() {
    return !pending.isEmpty() || (uncommitted > 0 && !transactionOpen);
  }

  /** Takes the next element. Elements of the binlog side come in binlog order. */
  public void write(StreamElement element) {
    if (element instanceof ChangeEvent change) {
      change(change);
    } else if (element instanceof PositionMark mark) {
      mark(mark);
    } else if (element instanceof SchemaChange change) {
      changeSchema(change);
    } else {
      copied(element);
    }
  }

  /**
   * Commits all that came before; that it is done shows in the progress. What is known of the
   * tables is asked for again when it is needed, which is when the target has changed too.
   */
  private void changeSchema(SchemaChange change) {
    received(change.lsn(), change.previous(), change.gtids());
    worthStoring = Lsn.max(worthStoring, change.lsn());
    transactionOpen = false;
    flush();
    outdated.addAll(change.tables());
    if (pending.isEmpty()) {
      forgetOutdated();
    }
  }

  /** While a transaction is prepared, changes from before wait, and are of the tables as known. */
  private void forgetOutdated() {
    for (TableId table : outdated) {
      mapped.remove(table);
      keys.remove(table);
      guards.remove(table);
      session.forget(table);
      appendOnly.forget(table);
    }
    tied = tied && outdated.isEmpty();
    outdated.clear();
  }

  private void change(ChangeEvent change) {
    // Rows that a stock snapshot read have no place in the binlog: nothing to check or to store.
    if (!change.lsn().isBoundary()) {
      received(change.lsn(), change.previous(), change.gtids());
      worthStoring = Lsn.max(worthStoring, change.lsn());
      if (!transactionOpen) {
        transactionOpen = true;
        openedAt = boundary(change.lsn());
        pendingBefore = pending.size();
      }
      boolean replayed = options.guarded() && change.lsn().isAtOrBefore(restored.of(change.lane()));
      if (replayed || change.lsn().isAtOrBefore(settled)) {
        metrics.skipped();
        return;
      }
    }
    tie();
    TableMapping mapping = mapping(change.table());
    remember(mapping, change);
    // Those that are applied one by one are stored one by one.
    pending.add(options.deadLetters() ? change.withGtids(gtids) : change);
    activity.changed(change);
    metrics.changed(change.table());
    sourceMillis = change.sourceMillis();
    if (pending.isFull()) {
      flushPending(!options.wholeTransactions() && !options.twoPhase());
    }
  }

  /** Makes the tables known that changes of others touch. */
  private void tie() {
    if (!tied) {
      tied = true;
      mappings.tied(position).forEach(this::mapping);
    }
  }

  private void received(Lsn lsn, Lsn previous, String before) {
    if (options.ordered()) {
      order.next(lsn, previous);
    }
    if (begin == null) {
      begin = previous.equals(Lsn.START) ? boundary(lsn) : previous;
    }
    if (position.isAtOrBefore(lsn)) {
      // Of a transaction only the first change says it.
      gtids = before == null && lsn.row() > 0 && sameTransaction(position, lsn) ? gtids : before;
      position = lsn;
    }
  }

  private static boolean sameTransaction(Lsn a, Lsn b) {
    return a.position() == b.position() && a.file().equals(b.file());
  }

  private static Lsn boundary(Lsn lsn) {
    return Lsn.boundary(lsn.file(), lsn.position());
  }

  private void mark(PositionMark mark) {
    received(mark.lsn(), mark.previous(), mark.gtids());
    freshMillis = Math.max(freshMillis, mark.sourceMillis());
    heartbeatMillis = Math.max(heartbeatMillis, mark.heartbeatMillis());
    if (!mark.quiet()) {
      worthStoring = Lsn.max(worthStoring, mark.lsn());
    }
    if (mark.transactionEnd()) {
      transactionOpen = false;
      // What was applied of it must not wait for the next one, which may be open for long.
      if (options.wholeTransactions() && (uncommitted > 0 || pending.isFull())) {
        flush();
      }
    }
    releaseHeld();
  }

  /**
   * Writes and commits what has been received. Rows held for the binlog stay held, and with whole
   * transactions an open one stays open: the source sends it again after a restore. With two phases
   * nothing is committed here, and nothing done while a transaction is prepared.
   */
  public void flush() {
    if (prepared().isEmpty()) {
      writeReceived();
      session.tidy();
    }
  }

  private void writeReceived() {
    releaseHeld();
    boolean idle = !hasPending();
    flushPending(!(options.wholeTransactions() && transactionOpen) && !options.twoPhase());
    if (idle) {
      settleIdle();
    }
  }

  /**
   * Prepares what has been received, with two phases.
   *
   * @return the id of the prepared transaction, to be part of the checkpoint; empty if there is
   *     nothing to commit
   */
  public Optional<String> prepare() {
    if (prepared().isPresent()) {
      // The checkpoint it was prepared for is over one way or another.
      endPrepared();
    }
    writeReceived();
    settleIdle();
    if (uncommitted > 0 || mustStore()) {
      store();
      preparedChanges = uncommitted;
      uncommitted = 0;
    }
    return prepared();
  }

  /** The transaction that waits for {@link #commitPrepared}; nothing may be written before. */
  public Optional<String> prepared() {
    return options.twoPhase() ? session.prepared() : Optional.empty();
  }

  /**
   * Commits the prepared transaction, if there is one. Right even if the checkpoint it was prepared
   * for has failed: progress is part of it, so a replay is dropped.
   */
  public void commitPrepared() {
    endPrepared();
    session.tidy();
  }

  private void endPrepared() {
    if (prepared().isPresent()) {
      session.commitPrepared();
      metrics.committed(preparedChanges);
      metrics.stored(storedProgress, clock.millis());
    }
  }

  /** Commits what is open on the target, with all that is known of how far this writer is. */
  private void store() {
    WriterProgress progress =
        new WriterProgress(position, sourceMillis, freshMillis, heartbeatMillis, gtids);
    long now = clock.millis();
    // With two phases a commit comes with a checkpoint, behind which nothing is counted again.
    boolean withActivity = activity.isDue(now) || (options.twoPhase() && activity.isAny());
    if (withActivity) {
      session.activity(activity.counts(), activity.millis(now));
    }
    session.commit(progress);
    if (withActivity) {
      activity.stored(now);
    }
    stored = position;
    storedProgress = progress;
    if (!options.twoPhase()) {
      metrics.stored(progress, now);
    }
  }

  private void flushPending(boolean commit) {
    if (pending.isEmpty() && uncommitted == 0 && !mustStore()) {
      return;
    }
    if (!commit && options.wholeTransactions() && openedAt.isAfter(stored)) {
      commitBeforeOpen();
    }
    long changes = pending.size() + uncommitted;
    if (commit) {
      retrying(this::applyAndCommit);
      metrics.committed(changes);
      uncommitted = 0;
    } else if (!pending.isEmpty()) {
      // Nothing can be tried again here: what was applied before in this transaction is gone.
      applyOrSetAside(pending.all());
      uncommitted += pending.size();
    }
    pending.clear();
    pendingBefore = 0;
    forgetOutdated();
  }

  /**
   * Commits the transactions before the open one. A checkpoint in the middle of it holds the place
   * where it began, up to which all must be on the target.
   */
  private void commitBeforeOpen() {
    List<ChangeEvent> open = pending.removeFrom(pendingBefore);
    Lsn received = position;
    position = openedAt;
    flushPending(true);
    position = received;
    open.forEach(pending::add);
  }

  private void applyAndCommit() {
    if (!pending.isEmpty()) {
      applyOrSetAside(pending.all());
    }
    settle();
    store();
  }

  /**
   * Does what others have asked for about locked rows. All changes up to the position have been
   * applied or kept aside by then.
   */
  private long settle() {
    for (TableId table : session.released(position)) {
      try {
        mapping(table);
      } catch (DtsException e) {
        if (!NO_TABLE.contains(e.error())) {
          throw e;
        }
        LOG.warn("rows of {} stay locked: {}", table, e.getMessage());
      }
    }
    return session.settle(position);
  }

  /** The same where no change comes. */
  private void settleIdle() {
    boolean open = options.wholeTransactions() && transactionOpen;
    if (open || !pending.isEmpty() || !session.wantsSettling(position)) {
      return;
    }
    if (options.twoPhase()) {
      // Unlocking is worth a commit, even if nothing had been kept aside.
      uncommitted += Math.max(1, settle());
    } else {
      retrying(this::applyAndCommit);
    }
  }

  /** Tries a whole target transaction again when it lost a deadlock and nothing precedes it. */
  private void retrying(Runnable transaction) {
    for (int attempt = 1; ; attempt++) {
      try {
        transaction.run();
        return;
      } catch (DtsException e) {
        session.rollback();
        if (e.error() != DtsError.TARGET_FAILED || uncommitted > 0 || attempt >= ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void applyOrSetAside(List<ChangeEvent> changes) {
    boolean alone = uncommitted == 0 && !options.wholeTransactions() && !options.twoPhase();
    if (!options.deadLetters() || alone) {
      applyOrSetAsideAlone(changes);
      return;
    }
    try {
      session.applyOrUndo(writable(changes));
    } catch (DtsException e) {
      if (e.error() != DtsError.TARGET_BAD_ROW) {
        throw e;
      }
      changes.forEach(this::applyWithin);
    }
  }

  /** One change of a transaction that goes on whether it is refused or not. */
  private void applyWithin(ChangeEvent change) {
    try {
      session.applyOrUndo(writable(List.of(change)));
    } catch (DtsException e) {
      if (e.error() != DtsError.TARGET_BAD_ROW) {
        throw e;
      }
      session.deadLetter(change, e.getMessage());
      metrics.deadLetter();
    }
  }

  private void applyOrSetAsideAlone(List<ChangeEvent> changes) {
    try {
      session.apply(writable(changes));
    } catch (DtsException e) {
      if (e.error() != DtsError.TARGET_BAD_ROW || !options.deadLetters()) {
        throw e;
      }
      session.rollback();
      applyOneByOne(changes);
    }
  }

  private List<ChangeEvent> writable(List<ChangeEvent> changes) {
    if (options.zeroDates() == ZeroDates.KEEP) {
      return changes;
    }
    List<ChangeEvent> writable = new ArrayList<>(changes.size());
    for (ChangeEvent change : changes) {
      Row after = options.zeroDates().apply(mapping(change.table()), change.after());
      writable.add(after == null ? change : change.withAfter(after));
    }
    return writable;
  }

  /**
   * Finds the refused changes: each good one is committed at once, with its own position. What is
   * committed leaves the list, so that a retry after a deadlock doesn't apply it again.
   */
  private void applyOneByOne(List<ChangeEvent> changes) {
    while (!changes.isEmpty()) {
      ChangeEvent change = changes.get(0);
      try {
        session.apply(writable(List.of(change)));
      } catch (DtsException e) {
        if (e.error() != DtsError.TARGET_BAD_ROW) {
          throw e;
        }
        session.rollback();
        session.deadLetter(change, e.getMessage());
        metrics.deadLetter();
      }
      // Marks behind the change may be known already, but what they say is not true yet.
      session.commit(new WriterProgress(change.lsn(), change.sourceMillis(), 0, 0, change.gtids()));
      changes.remove(0);
    }
  }

  private void copied(StreamElement element) {
    if (held.isEmpty() && readable(element)) {
      writeCopied(element);
      return;
    }
    long bytes = element instanceof CopyBatch batch ? batch.bytes() : 0;
    if (heldBytes + bytes > options.heldBytes() && bytes > 0) {
      // Given back: the chunk will not be complete, and so be read again.
      return;
    }
    heldBytes += bytes;
    held.add(element);
    releaseHeld();
  }

  private void releaseHeld() {
    while (!held.isEmpty() && readable(held.peek())) {
      StreamElement element = held.poll();
      if (element instanceof CopyBatch batch) {
        heldBytes -= batch.bytes();
      }
      writeCopied(element);
    }
  }

  private boolean readable(StreamElement element) {
    if (begin == null || (options.wholeTransactions() && transactionOpen)) {
      return false;
    }
    Lsn end = element instanceof CopyBatch b ? b.snapshotEnd() : ((CopyEnd) element).snapshotEnd();
    return end.isAtOrBefore(position);
  }

  private void writeCopied(StreamElement element) {
    // Pending changes come first: they are at or before the position that the copied rows need.
    flushPending(!options.twoPhase());
    tie();
    if (element instanceof CopyBatch batch) {
      boolean current = isCurrent(batch.chunk().table(), batch.snapshot(), batch.layout());
      if (current && readings.follows(batch) && canJudge(batch) && writeBatch(batch)) {
        readings.wrote(batch);
      }
      return;
    }
    CopyEnd end = (CopyEnd) element;
    if (readings.isComplete(end) && isCurrent(end.chunk().table(), end.snapshot(), end.layout())) {
      // An empty table too is to be on the target when its copy is done.
      TableMapping mapping = mapping(end.chunk().table());
      transact(1, () -> session.chunkPartDone(end));
      if (mapping.appendOnly()) {
        appendOnly.done(end.chunk());
      }
    }
  }

  private boolean isCurrent(TableId table, Lsn snapshot, int layout) {
    CopyGuard guard = guards.get(table);
    if (guard == null) {
      guard = mappings.copies(table, position);
      guards.put(table, guard);
    }
    return guard.takes(snapshot, layout);
  }

  /**
   * Whether all changes since the batch's snapshot are known. Those that the target had when this
   * attempt began, and those before its stream, are not. They may be newer than the snapshot: a
   * server may send a transaction that its snapshots don't show yet (while it waits for another
   * replica, say).
   */
  private boolean canJudge(CopyBatch batch) {
    Lsn unknown = Lsn.max(recent.forgottenUpTo(), cascades.forgottenUpTo());
    return Lsn.max(unknown, Lsn.max(begin, restored.highest())).isAtOrBefore(batch.snapshot())
        && !appendOnly.isDone(batch.chunk());
  }

  /** Returns false, having written nothing, if a row can't be judged and must be read again. */
  private boolean writeBatch(CopyBatch batch) {
    if (batch.chunk().isAgain()) {
      return writeAgain(batch, mapping(batch.chunk().table()));
    }
    // A refused row undoes the whole open transaction, which with two phases holds more than it.
    if (options.deadLetters() && options.twoPhase()) {
      return writeBatch(batch, untouched, this::writeCopiedOneByOne);
    }
    try {
      return writeBatch(
          batch, filter, (mapping, rows) -> session.load(mapping, rows, batch.snapshot()));
    } catch (DtsException e) {
      if (e.error() != DtsError.TARGET_BAD_ROW || !options.deadLetters()) {
        throw e;
      }
      return writeBatch(batch, untouched, this::writeCopiedOneByOne);
    }
  }

  private void writeCopiedOneByOne(TableMapping mapping, PackedRows rows) {
    new CopiedChanges(session, metrics, this::writable).write(mapping.source().id(), rows);
  }

  private boolean writeBatch(
      CopyBatch batch, CopyFilter wanted, BiConsumer<TableMapping, PackedRows> way) {
    TableMapping mapping = mapping(batch.chunk().table());
    PackedRows rows = wanted.writable(mapping, keys.get(batch.chunk().table()), batch);
    Optional<List<ChangeEvent>> since = cascades.since(mapping.source(), rows, batch.snapshot());
    if (since.isEmpty()) {
      return false;
    }
    transact(
        rows.rows(),
        () -> {
          if (mapping.appendOnly() && batch.firstRow() == 0) {
            session.clear(mapping);
            session.apply(appendOnly.appendedSince(batch.chunk().table(), batch.snapshot()));
          }
          way.accept(mapping, rows);
          session.apply(writable(since.get()));
        });
    metrics.copied(rows.rows(), rows.data().length, (long) batch.rows() - rows.rows());
    return true;
  }

  /** The same for rows of a table that was copied before, so that the target has most of them. */
  private boolean writeAgain(CopyBatch batch, TableMapping mapping) {
    if (batch.gone() && !recent.knowsLikeSince(mapping.source(), batch.snapshot(), position)) {
      return false;
    }
    AgainBatch again = AgainBatch.of(batch, mapping, recent, options.zeroDates());
    Optional<List<ChangeEvent>> since =
        batch.gone()
            ? Optional.of(List.of())
            : cascades.since(mapping.source(), again.rows(), batch.snapshot());
    if (since.isEmpty()) {
      return false;
    }
    transact(
        again.rows().rows(),
        () -> {
          if (batch.gone()) {
            session.remove(mapping, again.rows());
          } else {
            List<AgainBatch.Refused> refused = new ArrayList<>(again.refused());
            refused.addAll(session.put(mapping, again.rows()));
            session.refusedAgain(batch, refused);
            session.apply(writable(since.get()));
          }
        });
    if (batch.gone()) {
      metrics.removed(again.rows().rows());
    } else {
      metrics.mended(again.rows().rows());
    }
    return true;
  }

  /** A transaction of its own, or with two phases a part of the one that the checkpoint commits. */
  private void transact(long rows, Runnable work) {
    if (options.twoPhase()) {
      work.run();
      uncommitted += rows;
      return;
    }
    retrying(
        () -> {
          work.run();
          store();
        });
  }

  /** What is not applied takes no copied row's place: the target has the row as it was before. */
  private void remember(TableMapping mapping, ChangeEvent change) {
    if (session.isConflict(change)) {
      return;
    }
    if (mapping.appendOnly()) {
      appendOnly.changed(change);
      return;
    }
    int[] key = keys.get(change.table());
    recent.changed(change.table(), key, change.keyRow(), change.lsn());
    if (change.before() != null && change.after() != null) {
      recent.changed(change.table(), key, change.after(), change.lsn());
    }
  }

  private TableMapping mapping(TableId table) {
    TableMapping mapping = mapped.get(table);
    if (mapping == null) {
      mapping = mappings.mapping(table, position);
      session.map(mapping);
      mappings.lanes(mapping.source(), position).ifPresent(lanes -> session.goesBy(table, lanes));
      mapped.put(table, mapping);
      keys.put(table, mapping.source().keyIndexes());
    }
    return mapping;
  }

  @Override
  public void close() {
    session.close();
  }
}
