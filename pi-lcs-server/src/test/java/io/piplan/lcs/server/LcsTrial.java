package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;

/**
 * Clients that ask for numbers while something happens to the servers. They must get numbers before
 * and, when it is over, again, without an error in between; I2 is looked at over all of them.
 */
final class LcsTrial {
  private static final int CLIENTS = 3;
  private static final int THREADS_EACH = 4;

  private LcsTrial() {}

  interface Fault {
    void happen(Cluster cluster) throws Exception;
  }

  static void under(Cluster cluster, String sequence, Fault fault) throws Exception {
    NumberHistory history = new NumberHistory();
    try (Callers callers = new Callers(cluster, history, sequence, CLIENTS, THREADS_EACH)) {
      await().atMost(Duration.ofSeconds(90)).until(() -> callers.calls() > 200);
      fault.happen(cluster);
      long before = callers.calls();
      await().atMost(Duration.ofSeconds(90)).until(() -> callers.calls() > before + 500);
      System.out.println(sequence + ": longest call " + callers.longestMillis() + " ms");
      assertThat(callers.failures()).isEmpty();
    }
    assertThat(history.check()).isGreaterThan(500);
  }
}
