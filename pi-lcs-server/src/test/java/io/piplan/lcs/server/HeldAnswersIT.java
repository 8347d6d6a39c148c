package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.lcs.wire.Frames;
import io.piplan.raft.RaftMember;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers that wait for a majority which doesn't answer. */
@SuppressWarnings("AddressSelection")
class HeldAnswersIT {
  /** 42 MB: far more than what sockets and the server may keep of it. */
  private static final int REQUESTS = 2_000_000;

  @TempDir Path folder;

  /** So it takes a long time to find out that there is no majority. */
  private LcsServer start(RaftMember self, List<RaftMember> all) {
    return start(self, all, Duration.ofSeconds(15));
  }

  private LcsServer start(RaftMember self, List<RaftMember> all, Duration election) {
    return LcsServer.start(
        LcsServerOptions.of(
                self, all, folder.resolve(self.id()), new InetSocketAddress("127.0.0.1", 0))
            .withElection(election, election.plusSeconds(3))
            .withStrict(true)
            .withLimits(ServerLimits.USUAL.with(ServerLimit.STEP, 1_000_000_000)));
  }

  @Test
  void whoIsOwedMuchIsNotReadAnyMore() throws Exception {
    List<RaftMember> all =
        List.of(
            RaftMember.of("1", "127.0.0.1", Cluster.freePort()),
            RaftMember.of("2", "127.0.0.1", Cluster.freePort()));
    try (LcsServer one = start(all.get(0), all);
        LcsServer two = start(all.get(1), all)) {
      await().atMost(Duration.ofSeconds(100)).until(() -> one.leads() || two.leads());
      LcsServer leader = one.leads() ? one : two;
      try (PlainConnection connection = new PlainConnection("leader", leader.address(), "held")) {
        assertThat(connection.next()).isEqualTo(1);
        (leader == one ? two : one).close();
        AtomicInteger written = new AtomicInteger();
        Thread writer = new Thread(() -> write(connection, written));
        writer.start();
        AtomicInteger before = new AtomicInteger();
        await()
            .pollInterval(Duration.ofSeconds(2))
            .atMost(Duration.ofSeconds(11))
            .until(
                () -> {
                  int now = written.get();
                  return before.getAndSet(now) == now && now > 0;
                });
        assertThat(leader.node().status().ready()).as("leads, though nobody confirms it").isTrue();
        assertThat(written.get()).isPositive().isLessThan(REQUESTS);
        assertThat(writer.isAlive()).as("stands still, as nobody reads any more").isTrue();
      }
    }
  }

  @Test
  void whoWaitsIsRefusedWhenTheMemberEnds() throws Exception {
    List<RaftMember> all =
        List.of(
            RaftMember.of("1", "127.0.0.1", Cluster.freePort()),
            RaftMember.of("2", "127.0.0.1", Cluster.freePort()));
    try (LcsServer one = start(all.get(0), all, Duration.ofSeconds(8));
        LcsServer two = start(all.get(1), all, Duration.ofSeconds(8))) {
      await().atMost(Duration.ofSeconds(100)).until(() -> one.leads() || two.leads());
      LcsServer leader = one.leads() ? one : two;
      try (PlainConnection connection = new PlainConnection("leader", leader.address(), "held")) {
        assertThat(connection.next()).isEqualTo(1);
        (leader == one ? two : one).close();
        connection.ask();
        await()
            .pollInterval(Duration.ofMillis(10))
            .atMost(Duration.ofSeconds(30))
            .until(() -> leader.gate().waiting() == 1);
        leader.node().close();
        assertThat(connection.answer()).isEqualTo(PlainConnection.REFUSED);
      }
    }
  }

  private static void write(PlainConnection connection, AtomicInteger written) {
    ByteBuf some = Unpooled.buffer();
    for (int i = 0; i < 10_000; i++) {
      Frames.next(some, i, 0, 1);
    }
    try {
      for (int i = 0; i < REQUESTS / 10_000; i++) {
        connection.send(some.copy());
        written.addAndGet(10_000);
      }
    } catch (IOException e) {
      // Closed at the end of the test.
      Thread.currentThread().interrupt();
    }
  }
}
