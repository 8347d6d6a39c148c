package io.piplan.dts.hive;

import io.piplan.dts.DtsException;
import io.piplan.dts.apply.UpkeepMetrics;
import io.piplan.dts.hive.HiveMaintenance.Result;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a running sync does for its tables beside writing: at intervals it rewrites the state or
 * merges the log, and marks partitions whose time is over. A thread of the first writer; what fails
 * is counted, and tried again the next time; it never stops the sync, nor the other tables.
 */
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

  /** How often partitions are looked at; more often where their marks are wanted sooner. */
  private static final Duration LONGEST_LOOK = Duration.ofMinutes(1);

  private static final Duration SHORTEST_LOOK = Duration.ofSeconds(2);

  private final HiveTarget target;
  private final String sync;
  private final UpkeepMetrics metrics;
  private final Thread thread;

  private Housekeeping(HiveTarget target, String sync, UpkeepMetrics metrics) {
    this.metrics = metrics;
    this.target = target;
    this.sync = sync;
    this.thread = new Thread(this::run, "hive-housekeeping-" + sync);
    thread.setDaemon(true);
  }

  static Housekeeping start(HiveTarget target, String sync, UpkeepMetrics metrics) {
    Housekeeping housekeeping = new Housekeeping(target, sync, metrics);
    housekeeping.thread.start();
    return housekeeping;
  }

  private Duration interval() {
    return target.options().layout() == Layout.CHANGELOG
        ? target.options().compactInterval()
        : target.options().mergeInterval();
  }

  private long lookMillis() {
    long delay = target.options().successDelay().toMillis();
    return Math.max(SHORTEST_LOOK.toMillis(), Math.min(LONGEST_LOOK.toMillis(), delay));
  }

  private void run() {
    long look = lookMillis();
    long interval = interval().toMillis();
    long next = System.currentTimeMillis() + interval;
    try {
      while (true) {
        long now = System.currentTimeMillis();
        long wait = interval == 0 ? look : Math.min(look, next - now);
        Thread.sleep(Math.max(1, wait));
        attempt(
            "marking partitions",
            () -> new SuccessMarks(target, sync).run(System.currentTimeMillis()));
        if (interval > 0 && System.currentTimeMillis() >= next) {
          attempt("rewriting tables", this::maintain);
          next = System.currentTimeMillis() + interval;
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("housekeeping of {} ends", sync);
    }
  }

  /** The sync's own tables: others of the database may have intervals of their own. */
  private void maintain() {
    Set<String> tables;
    try (HiveAccess access = new HiveAccess(target.server())) {
      tables = new TreeSet<>(SyncFolders.of(access, target.database(), sync).targets());
    }
    HiveMaintenance.Settings settings = HiveMaintenance.Settings.of(target.options());
    for (String table : tables) {
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
      attempt(
          "rewriting " + table,
          () -> {
            try (HiveMaintenance work = new HiveMaintenance(target.server(), target.database())) {
              work.run(settings.withTables(Set.of(table)), this::done);
            }
          });
    }
  }

  private void done(Result result) {
    LOG.info("sync {}: {}", sync, result);
    if (result.postponed().isEmpty()) {
      metrics.done();
    } else {
      metrics.postponed();
    }
  }

  private void attempt(String doing, Runnable work) {
    try {
      work.run();
    } catch (DtsException e) {
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
      metrics.failed();
      LOG.warn("{} of sync {} failed and will be tried again: {}", doing, sync, e.getMessage());
    } catch (RuntimeException e) {
      metrics.failed();
      LOG.warn("{} of sync {} failed and will be tried again", doing, sync, e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
