package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.lcs.wire.Frames;
import io.piplan.raft.RaftMember;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server makes no object for a request for numbers. */
@SuppressWarnings("AddressSelection")
class AllocationIT {
  private static final int AT_ONCE = 100;
  private static final int TIMES = 300;

  @TempDir Path folder;

  @Test
  void aRequestForNumbersCostsNoMemory() throws Exception {
    RaftMember self = RaftMember.of("1", "127.0.0.1", Cluster.freePort());
    LcsServerOptions options =
        LcsServerOptions.of(self, List.of(self), folder, new InetSocketAddress("127.0.0.1", 0))
            .withElection(Duration.ofSeconds(2), Duration.ofSeconds(4))
            .withLimits(ServerLimits.USUAL.with(ServerLimit.STEP, 100_000_000));
    try (LcsServer server = LcsServer.start(options)) {
      await().atMost(Duration.ofSeconds(60)).until(server::leads);
      try (PlainConnection connection = new PlainConnection("1", server.address(), "a")) {
        ask(connection, 100);
        // What is loaded and compiled meanwhile counts too, so the best of some.
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
          long before = allocated();
          ask(connection, TIMES);
          best = Math.min(best, (allocated() - before) / (TIMES * AT_ONCE));
        }
        assertThat(best)
            .as("bytes for a request, of %s that come together", AT_ONCE)
            .isLessThan(16);
      }
    }
  }

  private static void ask(PlainConnection connection, int times) throws IOException {
    ByteBuf some = Unpooled.buffer();
    for (int i = 0; i < AT_ONCE; i++) {
      Frames.next(some, i, 0, 1);
    }
    for (int i = 0; i < times; i++) {
      connection.send(some.copy());
      for (int j = 0; j < AT_ONCE; j++) {
        assertThat(connection.answer()).isPositive();
      }
    }
  }

  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] loops =
        Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
            .filter(info -> info != null && info.getThreadName().startsWith("lcs-server"))
            .mapToLong(java.lang.management.ThreadInfo::getThreadId)
            .toArray();
    return Arrays.stream(threads.getThreadAllocatedBytes(loops)).sum();
  }
}
