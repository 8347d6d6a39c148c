package io.piplan.dts.apply;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What a writer has done so far. Written by the writer's thread, read by any; counts only grow and
 * start at 0 with every attempt.
 */
public final class WriterMetrics {
  private final AtomicLong changesApplied = new AtomicLong();
  private final AtomicLong changesSkipped = new AtomicLong();
  private final AtomicLong rowsCopied = new AtomicLong();
  private final AtomicLong copiedRowsSuperseded = new AtomicLong();
  private final AtomicLong commits = new AtomicLong();
  private final AtomicLong deadLetters = new AtomicLong();
  private final AtomicLong sourceMillis = new AtomicLong();
  private final AtomicLong commitMillis = new AtomicLong();

  void committed(long changes, long lastSourceMillis, long nowMillis) {
    changesApplied.addAndGet(changes);
    commits.incrementAndGet();
    if (lastSourceMillis > 0) {
      sourceMillis.set(lastSourceMillis);
    }
    commitMillis.set(nowMillis);
  }

  void skipped() {
    changesSkipped.incrementAndGet();
  }

  void copied(long rows, long superseded) {
    rowsCopied.addAndGet(rows);
    copiedRowsSuperseded.addAndGet(superseded);
  }

  void deadLetter() {
    deadLetters.incrementAndGet();
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

  /** Copied rows dropped because a newer change was there (I8). */
  public long copiedRowsSuperseded() {
    return copiedRowsSuperseded.get();
  }

  public long commits() {
    return commits.get();
  }

  public long deadLetters() {
    return deadLetters.get();
  }

  /** Source commit time of the last change committed, epoch milliseconds; 0 before the first. */
  public long sourceMillis() {
    return sourceMillis.get();
  }

  /** When the last commit was, epoch milliseconds; 0 before the first. */
  public long commitMillis() {
    return commitMillis.get();
  }
}
