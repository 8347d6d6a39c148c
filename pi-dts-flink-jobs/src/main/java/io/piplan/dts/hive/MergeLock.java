package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sees to it that only one merges a table: an exclusive lock of the metastore on a name of which
 * there is no table, as Hive's statements take locks on tables; kept alive while it is held.
 */
final class MergeLock implements AutoCloseable {
  private static final long BEAT_SECONDS = 20;

  private final Metastore metastore;
  private final long id;
  private final ScheduledExecutorService beats;
  private volatile boolean held;

  private MergeLock(Metastore metastore, long id) {
    this.metastore = metastore;
    this.id = id;
    this.held = id > 0;
    this.beats =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "hive-merge-lock");
              thread.setDaemon(true);
              return thread;
            });
    if (held) {
      ScheduledFuture<?> unused =
          beats.scheduleAtFixedRate(this::beat, BEAT_SECONDS, BEAT_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** Tries to get it. The connection is its own, since it beats in a thread of its own. */
  static MergeLock of(HiveAccess access, TableId table) {
    Metastore metastore = access.newMetastore();
    return new MergeLock(
        metastore,
        metastore.lock(
            new TableId(table.database(), table.table() + "__merge"), access.server().user()));
  }

  private void beat() {
    try {
      metastore.keepLock(id);
    } catch (DtsException e) {
      held = false;
    }
  }

  boolean isHeld() {
    return held;
  }

  void requireHeld() {
    if (!held) {
      throw new DtsException(
          DtsError.TARGET_FAILED, "the lock for merging was lost", "run it again");
    }
  }

  @Override
  public void close() {
    beats.shutdownNow();
    if (id > 0) {
      metastore.unlock(id);
    }
    metastore.close();
  }
}
