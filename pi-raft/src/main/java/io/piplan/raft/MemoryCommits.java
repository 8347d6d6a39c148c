package io.piplan.raft;

import java.lang.reflect.Method;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a leader without followers commit what it has in memory. By itself Ratis looks what a
 * majority has when a follower answers and when its log on disk was flushed; of its log in memory
 * it hears nothing, so a member that is alone would commit nothing, and never be ready. Does
 * nothing for a log on disk.
 */
final class MemoryCommits {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryCommits.class);

  /** For entries that Ratis makes by itself, as the first one of a term. */
  private static final long EVERY_MILLIS = 20;

  private final boolean memory;
  private final Supplier<RaftServer.Division> division;
  private Method look;

  MemoryCommits(RaftOptions.LogStorage storage, Supplier<RaftServer.Division> division) {
    this.memory = storage == RaftOptions.LogStorage.MEMORY;
    this.division = division;
  }

  void start(ScheduledExecutorService timer) {
    if (memory) {
      var unused =
          timer.scheduleWithFixedDelay(
              this::look, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** An entry has been appended, if this node leads. */
  void look() {
    if (memory) {
      commit();
    }
  }

  private synchronized void commit() {
    try {
      RaftServer.Division here = division.get();
      if (look == null) {
        // The class is Ratis' own, and nothing of its interface comes to this.
        look = here.getClass().getDeclaredMethod("submitUpdateCommitEvent");
        look.setAccessible(true);
      }
      look.invoke(here);
    } catch (ReflectiveOperationException | RaftException e) {
      // Closed meanwhile; the timer ends as well.
      LOG.debug("no look at what is in memory", e);
    }
  }
}
