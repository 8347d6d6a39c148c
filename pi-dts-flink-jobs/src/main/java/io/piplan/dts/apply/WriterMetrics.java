package io.piplan.dts.apply;

import io.piplan.dts.TableId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What a writer has done so far. Written by the writer's thread, read by any; counts only grow and
 * start at 0 with every attempt.
 */
public final class WriterMetrics {
  private final AtomicLong changesApplied = new AtomicLong();
  private final AtomicLong changesSkipped = new AtomicLong();
  private final AtomicLong rowsCopied = new AtomicLong();
  private final AtomicLong bytesCopied = new AtomicLong();
  private final AtomicLong copiedRowsSuperseded = new AtomicLong();
  private final AtomicLong rowsMended = new AtomicLong();
  private final AtomicLong rowsRemoved = new AtomicLong();
  private final AtomicLong commits = new AtomicLong();
  private final AtomicLong deadLetters = new AtomicLong();
  private final AtomicLong conflicts = new AtomicLong();
  private final AtomicLong rowsLocked = new AtomicLong();
  private final AtomicLong asideChanges = new AtomicLong();
  private final AtomicLong staleDropped = new AtomicLong();
  private final AtomicLong freshMillis = new AtomicLong();
  private final AtomicLong heartbeatMillis = new AtomicLong();
  private final AtomicLong heartbeatLag = new AtomicLong();
  private final AtomicLong sinceMillis = new AtomicLong();
  private volatile boolean heartbeats;
  private final Map<TableId, AtomicLong> tables = new ConcurrentHashMap<>();
  private final Consumer<TableId> newTable;
  private final UpkeepMetrics upkeep = new UpkeepMetrics();

  /** Where nobody wants to know of tables. */
  public WriterMetrics() {
    this(table -> {});
  }

  /**
   * @param newTable told once of each table that has changes; {@link #changesApplied(TableId)} then
   *     counts them
   */
  public WriterMetrics(Consumer<TableId> newTable) {
    this.newTable = newTable;
  }

  /**
   * From now on it is known that a stream is to come through, so that nothing coming through counts
   * too. Of other sources nothing says how new they are.
   *
   * @param beating whether heartbeats are written into it
   */
  public void expect(long nowMillis, boolean beating) {
    sinceMillis.set(nowMillis);
    heartbeats = beating;
  }

  /** What the target says of the writer's lanes as it begins. */
  void takenOver(LaneProgress progress) {
    freshMillis.accumulateAndGet(progress.freshMillis(), Math::max);
    if (heartbeats) {
      heartbeatMillis.accumulateAndGet(progress.heartbeatMillis(), Math::max);
    }
  }

  void committed(long changes) {
    changesApplied.addAndGet(changes);
    commits.incrementAndGet();
  }

  void stored(WriterProgress progress, long nowMillis) {
    freshMillis.accumulateAndGet(progress.freshMillis(), Math::max);
    if (progress.heartbeatMillis() > heartbeatMillis.get()) {
      heartbeatMillis.set(progress.heartbeatMillis());
      heartbeatLag.set(Math.max(0, nowMillis - progress.heartbeatMillis()));
    }
  }

  /** Counted when a change is taken, a moment before it is committed. */
  void changed(TableId table) {
    AtomicLong count = tables.get(table);
    if (count == null) {
      count = new AtomicLong();
      tables.put(table, count);
      newTable.accept(table);
    }
    count.incrementAndGet();
  }

  void skipped() {
    changesSkipped.incrementAndGet();
  }

  void copied(long rows, long bytes, long superseded) {
    rowsCopied.addAndGet(rows);
    bytesCopied.addAndGet(bytes);
    copiedRowsSuperseded.addAndGet(superseded);
  }

  void mended(long rows) {
    rowsMended.addAndGet(rows);
  }

  void removed(long rows) {
    rowsRemoved.addAndGet(rows);
  }

  void deadLetter() {
    deadLetters.incrementAndGet();
  }

  void guarded(GuardTally done) {
    conflicts.addAndGet(done.conflicts());
    rowsLocked.addAndGet(done.locked());
    asideChanges.addAndGet(done.aside());
    staleDropped.addAndGet(done.stale());
  }

  /** Of a target whose tables are seen to beside writing. */
  public UpkeepMetrics upkeep() {
    return upkeep;
  }

  public long changesApplied() {
    return changesApplied.get();
  }

  /** Replays dropped because the target has them. */
  public long changesSkipped() {
    return changesSkipped.get();
  }

  public long rowsCopied() {
    return rowsCopied.get();
  }

  /** Bytes of the values of copied rows. */
  public long bytesCopied() {
    return bytesCopied.get();
  }

  /** Copied rows dropped because a newer change was there (I8). */
  public long copiedRowsSuperseded() {
    return copiedRowsSuperseded.get();
  }

  /** Rows written again by repairs and resyncs. */
  public long rowsMended() {
    return rowsMended.get();
  }

  /** Rows that only the target had, deleted by repairs and resyncs. */
  public long rowsRemoved() {
    return rowsRemoved.get();
  }

  public long commits() {
    return commits.get();
  }

  public long deadLetters() {
    return deadLetters.get();
  }

  /** Changes that were not applied since the target's row was not as it had to be. */
  public long conflicts() {
    return conflicts.get();
  }

  public long rowsLocked() {
    return rowsLocked.get();
  }

  /** Changes to locked rows, kept aside. */
  public long asideChanges() {
    return asideChanges.get();
  }

  /** Changes and copied rows dropped because the target has a newer state of the row (I3). */
  public long staleDropped() {
    return staleDropped.get();
  }

  /**
   * All that the source had committed at this time is on the target. Before it is known, when the
   * writer began to {@link #expect} a stream; 0 if it expects none.
   */
  public long freshMillis() {
    long fresh = freshMillis.get();
    return fresh == 0 ? sinceMillis.get() : fresh;
  }

  /**
   * When the newest heartbeat that has come through was written. Before the first, when the writer
   * began to {@link #expect} one; 0 if it expects none.
   */
  public long heartbeatMillis() {
    long heartbeat = heartbeatMillis.get();
    return heartbeat == 0 && heartbeats ? sinceMillis.get() : heartbeat;
  }

  /** How long it took from the source to the target. */
  public long heartbeatLag() {
    return heartbeatLag.get();
  }

  public long changesApplied(TableId table) {
    AtomicLong count = tables.get(table);
    return count == null ? 0 : count.get();
  }
}
