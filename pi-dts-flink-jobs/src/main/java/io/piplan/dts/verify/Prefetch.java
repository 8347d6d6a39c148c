package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Reads a cursor ahead in another thread, a megabyte at most, so that both sides work at once. Of
 * rows that are larger than that, one is held while the next is read.
 */
final class Prefetch implements AutoCloseable {
  private static final int BATCH_ROWS = 1_000;
  private static final int BATCH_BYTES = 1 << 18;
  private static final int ROOM = 1 << 20;

  /** What Java takes beside the bytes of a value, about. */
  private static final int OVERHEAD = 24;

  private static final long LOOK_MILLIS = 100;

  private static final Batch END = new Batch(List.of(), 0);

  private final BlockingQueue<Batch> queue = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(ROOM);
  private final Future<?> reader;
  private Batch batch = END;
  private int at;
  private boolean ended;
  private volatile boolean closed;

  /** Rows that take so much of the room, as long as they are in the queue or in use. */
  private record Batch(List<byte[][]> rows, int room) {}

  Prefetch(ExecutorService executor, Supplier<RowCursor> source) {
    this.reader = executor.submit(() -> read(source));
  }

  private void read(Supplier<RowCursor> source) {
    try {
      boolean more = true;
      try (RowCursor cursor = source.get()) {
        while (more && !closed) {
          List<byte[][]> rows = new ArrayList<>();
          long bytes = fill(cursor, rows);
          more = bytes >= 0;
          if (!rows.isEmpty()) {
            int taken = (int) Math.min(more ? bytes : BATCH_BYTES, ROOM);
            room.acquire(taken);
            queue.add(new Batch(rows, taken));
          }
        }
      }
      // An empty batch says: that was all, and the connection is free again.
      queue.add(END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      // Whatever it is, also that the memory is full: who waits for rows hears of it at once.
      queue.add(END);
      throw e;
    }
  }

  /** How many bytes there are, or -1 if these are the last. */
  private static long fill(RowCursor cursor, List<byte[][]> rows) {
    long bytes = 0;
    while (rows.size() < BATCH_ROWS && bytes < BATCH_BYTES) {
      byte[][] row = cursor.next();
      if (row == null) {
        return -1;
      }
      for (byte[] value : row) {
        bytes += OVERHEAD + (value == null ? 0 : value.length);
      }
      rows.add(row);
    }
    return bytes;
  }

  /** The next row, or null after the last. */
  byte[][] next() {
    while (at == batch.rows().size()) {
      if (ended) {
        return null;
      }
      int taken = batch.room();
      batch = END;
      room.release(taken);
      try {
        batch = take();
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
      at = 0;
      if (batch.rows().isEmpty()) {
        ended = true;
        awaitReader();
      }
    }
    return batch.rows().get(at++);
  }

  /** A reader that had no memory left may have ended without a word. */
  private Batch take() throws InterruptedException {
    boolean gone;
    Batch taken;
    do {
      gone = reader.isDone();
      taken = queue.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } while (taken == null && !gone);
    if (taken == null) {
      awaitReader();
      throw new DtsException(
          DtsError.INTERNAL, "reading was interrupted before it was done", "run diff again");
    }
    return taken;
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
    // The reader may wait for room.
    room.release(ROOM);
    while (!reader.isDone() && !ended) {
      try {
        reader.get(10, TimeUnit.MILLISECONDS);
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
