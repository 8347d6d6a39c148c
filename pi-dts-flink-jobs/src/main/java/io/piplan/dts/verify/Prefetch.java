package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * Reads a cursor ahead in another thread, a few batches at most, so that both sides work at once.
 */
final class Prefetch implements AutoCloseable {
  private static final int BATCH_ROWS = 1_000;
  private static final int BATCH_BYTES = 1 << 20;
  private static final int BATCHES = 4;

  private final BlockingQueue<List<byte[][]>> queue = new ArrayBlockingQueue<>(BATCHES);
  private final Future<?> reader;
  private List<byte[][]> batch = List.of();
  private int at;
  private boolean ended;
  private volatile boolean closed;

  Prefetch(ExecutorService executor, Supplier<RowCursor> source) {
    this.reader = executor.submit(() -> read(source));
  }

  private void read(Supplier<RowCursor> source) {
    try {
      boolean more = true;
      try (RowCursor cursor = source.get()) {
        while (more && !closed) {
          List<byte[][]> rows = new ArrayList<>();
          more = fill(cursor, rows);
          if (!rows.isEmpty()) {
            queue.put(rows);
          }
        }
      }
      // An empty batch says: that was all, and the connection is free again.
      queue.put(List.of());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      // Whatever it is, also that the memory is full: who waits for rows must hear of it.
      offerEnd();
      throw e;
    }
  }

  private void offerEnd() {
    try {
      queue.put(List.of());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean fill(RowCursor cursor, List<byte[][]> rows) {
    long bytes = 0;
    while (rows.size() < BATCH_ROWS && bytes < BATCH_BYTES) {
      byte[][] row = cursor.next();
      if (row == null) {
        return false;
      }
      for (byte[] value : row) {
        bytes += value == null ? 0 : value.length;
      }
      rows.add(row);
    }
    return true;
  }

  /** The next row, or null after the last. */
  byte[][] next() {
    while (at == batch.size()) {
      if (ended) {
        return null;
      }
      try {
        batch = queue.take();
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
      at = 0;
      if (batch.isEmpty()) {
        ended = true;
        awaitReader();
      }
    }
    return batch.get(at++);
  }

  private void awaitReader() {
    await(reader);
  }

  /** The result of a task, its exceptions as they were. */
  static <T> T await(Future<T> task) {
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DtsException failure) {
        throw failure;
      }
      throw new IllegalStateException("reading failed", e.getCause());
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static DtsException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new DtsException(
        DtsError.INTERNAL, "diff was interrupted before it was done", "run diff again", e);
  }

  @Override
  public void close() {
    closed = true;
    // The reader may stand before a full queue.
    while (!reader.isDone() && !ended) {
      queue.clear();
      try {
        reader.get(10, java.util.concurrent.TimeUnit.MILLISECONDS);
      } catch (java.util.concurrent.TimeoutException e) {
        continue;
      } catch (ExecutionException | CancellationException e) {
        return;
      } catch (InterruptedException e) {
        reader.cancel(true);
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
