package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StreamElement;
import java.util.ArrayList;
import java.util.List;

/**
 * Between the thread that reads the binlog and the one that hands batches to Flink. Bounded: a
 * transaction of any size passes through.
 */
final class ElementBuffer {
  private static final int MOST_ELEMENTS = 8192;
  private static final long MOST_BYTES = 8L << 20;

  /** Below this a taker waits a moment for more, so that it isn't woken for each change. */
  private static final int SMALL_BATCH = 256;

  private static final long LINGER_MILLIS = 1;

  private List<StreamElement> elements = new ArrayList<>();
  private long bytes;
  private DtsException failure;
  private boolean closed;
  private boolean wokenUp;
  private boolean full;

  /** Waits while the buffer is full; after {@link #close} elements are dropped. */
  synchronized void put(StreamElement element) throws InterruptedException {
    while ((elements.size() >= MOST_ELEMENTS || bytes >= MOST_BYTES) && !closed) {
      full = true;
      wait();
    }
    full = false;
    if (closed || failure != null) {
      return;
    }
    elements.add(element);
    bytes += bytes(element);
    if (elements.size() == 1 || elements.size() == SMALL_BATCH) {
      notifyAll();
    }
  }

  /** The first failure counts; nothing may be put after it. */
  synchronized void fail(DtsException cause) {
    if (failure == null) {
      failure = cause;
      notifyAll();
    }
  }

  synchronized boolean failed() {
    return failure != null || closed;
  }

  /** Whether the reading thread is held up by whoever takes. */
  synchronized boolean isFull() {
    return full;
  }

  /**
   * All there is, up to and with the next {@link SchemaChange}; empty after {@link #wakeUp} or when
   * nothing came within the time.
   */
  @SuppressWarnings("WaitNotInLoop") // Waking up for nothing only makes the batch smaller.
  synchronized BinlogRecords take(long mostMillis) throws InterruptedException {
    if (elements.isEmpty() && failure == null && !wokenUp) {
      wait(mostMillis);
    }
    if (!elements.isEmpty() && elements.size() < SMALL_BATCH && failure == null && !wokenUp) {
      wait(LINGER_MILLIS);
    }
    wokenUp = false;
    int change = firstChange();
    boolean all = change == elements.size() - 1;
    List<StreamElement> taken = all ? elements : List.copyOf(elements.subList(0, change + 1));
    List<StreamElement> left =
        new ArrayList<>(Math.min(MOST_ELEMENTS, Math.max(16, elements.size())));
    left.addAll(elements.subList(change + 1, elements.size()));
    elements = left;
    bytes = left.stream().mapToLong(ElementBuffer::bytes).sum();
    notifyAll();
    return new BinlogRecords(taken, left.isEmpty() ? failure : null);
  }

  /** What is behind a change of tables is for another time. */
  private int firstChange() {
    for (int i = 0; i < elements.size(); i++) {
      if (elements.get(i) instanceof SchemaChange) {
        return i;
      }
    }
    return elements.size() - 1;
  }

  synchronized void wakeUp() {
    wokenUp = true;
    notifyAll();
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  private static long bytes(StreamElement element) {
    if (element instanceof ChangeEvent change) {
      return 64 + bytes(change.before()) + bytes(change.after());
    }
    return 64;
  }

  private static long bytes(Row row) {
    return row == null ? 0 : row.bytes() + 16L * row.size();
  }
}
