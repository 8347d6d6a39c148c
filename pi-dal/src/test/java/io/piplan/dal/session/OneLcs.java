package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.lcs.server.LcsServer;
import io.piplan.lcs.server.LcsServerOptions;
import io.piplan.raft.RaftMember;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A server of PiLCS that is alone. */
final class OneLcs {
  private OneLcs() {}

  /** Waits until it gives numbers. */
  static LcsServer start(Path folder) throws IOException, InterruptedException {
    RaftMember self;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      self = RaftMember.of("1", "127.0.0.1", free.getLocalPort());
    }
    LcsServer lcs =
        LcsServer.start(
            LcsServerOptions.of(
                    self,
                    List.of(self),
                    folder.resolve("lcs"),
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .withElection(Duration.ofSeconds(1), Duration.ofSeconds(2)));
    long end = System.nanoTime() + 60_000_000_000L;
    while (!lcs.leads()) {
      assertThat(System.nanoTime()).as("a leader").isLessThan(end);
      Thread.sleep(50);
    }
    return lcs;
  }
}
