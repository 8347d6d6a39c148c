package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;

/**
 * Clients that ask for numbers while something happens to the servers. They must get numbers before
 * and, when it is over, again, without an error in between; I2 is looked at over all of them, and
 * over some that ask over HTTP, who are refused meanwhile.
 */
final class LcsTrial {
  private static final int CLIENTS = 3;
  private static final int THREADS_EACH = 4;
  private static final int HTTP_THREADS = 2;

  private LcsTrial() {}

  interface Fault {
    void happen(Cluster cluster) throws Exception;
  }

  static void under(Cluster cluster, String sequence, Fault fault) throws Exception {
    NumberHistory history = new NumberHistory();
    try (Callers callers = new Callers(cluster, history, sequence, CLIENTS, THREADS_EACH);
        HttpCallers others = new HttpCallers(cluster, history, sequence, HTTP_THREADS)) {
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> callers.calls() > 200 && others.calls() > 5);
      fault.happen(cluster);
      long before = callers.calls();
      long othersBefore = others.calls();
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> callers.calls() > before + 500 && others.calls() > othersBefore + 5);
      System.out.println(sequence + ": longest call " + callers.longestMillis() + " ms");
      assertThat(callers.failures()).isEmpty();
      assertThat(others.failures()).isEmpty();
    }
    assertThat(history.check()).isGreaterThan(500);
  }
}
