package io.piplan.raft;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members whose election time-outs differ, as while they are changed one by one. */
class LeaseLengthsIT {
  @TempDir Path folder;

  /** The first one's lease is 480 ms, those of the others 240. */
  private static RaftOptions options(RaftOptions options) {
    return options.self().id().equals("1")
        ? options.withElection(Duration.ofMillis(800), Duration.ofMillis(1_200))
        : options.withElection(Duration.ofMillis(400), Duration.ofMillis(800));
  }

  /**
   * With its own it would wait for 288 ms at most. On a busy machine that much may pass before this
   * is told that it leads, so there are several tries; none succeeds if it waits for its own only.
   */
  @Test
  void theNextLeaderWaitsForTheLongerLeaseOfTheLast() {
    try (Group group = Group.of(3, folder, LeaseLengthsIT::options)) {
      await()
          .atMost(Duration.ofSeconds(200))
          .ignoreExceptionsInstanceOf(ConditionTimeoutException.class)
          .until(() -> handedOver(group) > 300);
    }
  }

  /** How long a next leader says it has to wait, milliseconds. */
  private static long handedOver(Group group) {
    RaftNode first = group.node("1");
    if (!first.status().ready()) {
      await()
          .atMost(Duration.ofSeconds(40))
          .ignoreExceptionsMatching(
              e -> e instanceof RaftException || e instanceof ConditionTimeoutException)
          .until(
              () -> {
                group.leader().transferLeadership("1", Duration.ofSeconds(3));
                return true;
              });
    }
    if (!holdsSoon(first)) {
      return 0;
    }
    RaftNode next = group.node("2");
    AtomicReference<Duration> waits = new AtomicReference<>(Duration.ZERO);
    next.lease();
    next.listen(
        new RaftListener() {
          @Override
          public void leading(long term) {
            waits.set(next.lease().waits());
          }
        });
    try {
      first.transferLeadership("2", Duration.ofSeconds(3));
    } catch (RaftException e) {
      // Another one was elected, or none; once more.
      return 0;
    }
    var unused = group.leader();
    return waits.get().toMillis();
  }

  /** Or another one leads meanwhile. */
  private static boolean holdsSoon(RaftNode node) {
    long until = System.nanoTime() + 5_000_000_000L;
    while (System.nanoTime() < until && node.status().ready()) {
      if (node.lease().holds()) {
        return true;
      }
      Thread.onSpinWait();
    }
    return false;
  }
}
