package io.piplan.lcs.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Nothing of a client is left when it is closed. */
class ClosedClientsTest {
  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("lcs-client"))
        .count();
  }

  private static void until(BooleanSupplier holds) throws InterruptedException {
    long begun = System.nanoTime();
    while (!holds.getAsBoolean() && System.nanoTime() - begun < 30_000_000_000L) {
      Thread.sleep(20);
    }
    assertThat(holds.getAsBoolean()).isTrue();
  }

  @Test
  void neitherThreadsNorConnections() throws Exception {
    long before = threads();
    try (ScriptedServer leader = new ScriptedServer();
        ScriptedServer other = new ScriptedServer()) {
      leader.leads(true).knows(leader.address());
      other.knows(leader.address());
      for (int i = 0; i < 20; i++) {
        try (LcsClient client =
            LcsClient.builder().servers(leader.address() + "," + other.address()).build()) {
          assertThat(client.sequence("a").next()).isPositive();
          assertThat(client.sequence("b").nextAsync().join()).isPositive();
        }
      }
      until(() -> leader.connections() + other.connections() == 0);
      // Others that run at the same time may end as well.
      until(() -> threads() <= before);
    }
  }

  /** It looks for a leader all its life. */
  @Test
  void norOfOneThatNeverFoundALeader() throws Exception {
    long before = threads();
    try (ScriptedServer follower = new ScriptedServer()) {
      LcsClient client = LcsClient.builder().servers(follower.address()).build();
      var waits = client.sequence("a").nextAsync();
      until(() -> follower.connections() == 1);
      client.close();
      until(waits::isCompletedExceptionally);
      until(() -> follower.connections() == 0);
      until(() -> threads() <= before);
    }
  }
}
