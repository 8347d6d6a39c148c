package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that one at a time rewrites a table, by files that each have a new name: {@code N} is
 * the N-th lease, {@code N.beat-K} a sign of life of who has it, {@code N.over} that it was given
 * back. Whoever finds no new sign of life for a while takes the next one, so that a run that was
 * killed holds nobody up for long. A run that was only slow finds out before its next step.
 */
final class TableLease implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TableLease.class);

  /** How long no sign of life is taken for the end. */
  static final Duration SILENCE = Duration.ofSeconds(12);

  private static final long BEAT_MILLIS = 2_000;
  private static final long LOOK_MILLIS = 250;
  private static final String OVER = "over";
  private static final String BEAT = "beat-";

  private final StateFiles files;
  private final Path folder;
  private final long number;
  private final ScheduledExecutorService beats;
  private long beat;

  private TableLease(StateFiles files, Path folder, long number) {
    this.files = files;
    this.folder = folder;
    this.number = number;
    this.beats =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "hive-table-lease");
              thread.setDaemon(true);
              return thread;
            });
    if (isHeld()) {
      ScheduledFuture<?> unused =
          beats.scheduleAtFixedRate(this::beatOrMiss, 0, BEAT_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** Tries to get the lease of a table; {@link #isHeld} says whether it did. */
  static TableLease of(StateFiles files, Path folder, Duration silence)
      throws InterruptedException {
    long last = highest(files.list(folder));
    boolean free =
        last == 0 || files.exists(file(folder, last, OVER)) || isSilent(files, folder, silence);
    boolean taken = free && files.create(new Path(folder, Long.toString(last + 1)), "");
    if (taken) {
      files.list(folder).stream()
          .filter(name -> number(name) <= last)
          .forEach(name -> files.delete(new Path(folder, name)));
    }
    return new TableLease(files, folder, taken ? last + 1 : 0);
  }

  /** Clocks of different machines are not compared: only whether anything changes here. */
  private static boolean isSilent(StateFiles files, Path folder, Duration silence)
      throws InterruptedException {
    List<String> before = files.list(folder);
    long end = System.nanoTime() + silence.toNanos();
    while (System.nanoTime() < end) {
      Thread.sleep(LOOK_MILLIS);
      List<String> now = files.list(folder);
      if (!now.equals(before)) {
        // What has just been given back is as good as free.
        return files.exists(file(folder, highest(now), OVER));
      }
    }
    return true;
  }

  private static Path file(Path folder, long number, String suffix) {
    return new Path(folder, number + "." + suffix);
  }

  private static long highest(List<String> names) {
    return names.stream().mapToLong(TableLease::number).max().orElse(0);
  }

  private static long number(String name) {
    int dot = name.indexOf('.');
    return Long.parseLong(dot < 0 ? name : name.substring(0, dot));
  }

  /** One that fails is not the end of all: the next may do, long before anybody takes over. */
  private void beatOrMiss() {
    try {
      beat();
    } catch (RuntimeException e) {
      // Whoever gives it back may interrupt one.
      if (!beats.isShutdown()) {
        LOG.warn("lease {} of {}: a sign of life failed", number, folder, e);
      }
    }
  }

  private void beat() {
    files.create(file(folder, number, BEAT + (beat + 1)), "");
    files.delete(file(folder, number, BEAT + beat));
    beat++;
  }

  boolean isHeld() {
    return number > 0;
  }

  /**
   * To be asked before each step that must not be done by two.
   *
   * @throws DtsException {@code TARGET_FAILED} if another has taken over
   */
  void requireHeld() {
    if (highest(files.list(folder)) != number) {
      throw new DtsException(
          DtsError.TARGET_FAILED,
          "this run gave no sign of life for so long that another has taken over",
          "nothing, the other one does it; else run it again");
    }
  }

  @Override
  public void close() {
    beats.shutdownNow();
    if (isHeld()) {
      files.create(file(folder, number, OVER), "");
    }
  }
}
