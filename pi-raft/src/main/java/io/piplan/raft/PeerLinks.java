package io.piplan.raft;

import java.io.IOException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.RaftServerRpcWithProxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has this member reach one again soon that was away. By itself gRPC waits ever longer before it
 * connects again, up to two minutes, and until then refuses at once whatever is sent there: a
 * candidate would not get the vote of a member that is back for long. For the gRPC transport only.
 */
final class PeerLinks {
  private static final Logger LOG = LoggerFactory.getLogger(PeerLinks.class);

  private final String self;
  private final RaftServerRpc rpc;
  private final Supplier<List<RaftMember>> members;
  private final ScheduledExecutorService timer;
  private Method reset;

  PeerLinks(
      String self,
      RaftServerRpc rpc,
      Supplier<List<RaftMember>> members,
      ScheduledExecutorService timer) {
    this.self = self;
    this.rpc = rpc;
    this.members = members;
    this.timer = timer;
  }

  void start(Duration every) {
    if (rpc instanceof RaftServerRpcWithProxy<?, ?> links) {
      var unused =
          timer.scheduleWithFixedDelay(
              () -> tryAllOrEnd(links), every.toNanos(), every.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void tryAllOrEnd(RaftServerRpcWithProxy<?, ?> links) {
    try {
      tryAll(links);
    } catch (RaftException e) {
      // Closed meanwhile; the timer ends as well.
      LOG.debug("closed", e);
    }
  }

  private void tryAll(RaftServerRpcWithProxy<?, ?> links) {
    for (RaftMember member : members.get()) {
      if (!member.id().equals(self)) {
        try {
          connect(links.getProxies().getProxy(RaftPeerId.valueOf(member.id())));
        } catch (IOException | ReflectiveOperationException | RuntimeException e) {
          // Closed, or the members are being changed: the next time may find it.
          LOG.debug("no look at the connection to {}", member, e);
        }
      }
    }
  }

  /** Does nothing where there is a connection. */
  private void connect(Object link) throws ReflectiveOperationException {
    if (reset == null) {
      // The class is Ratis' own, and so is all else that knows the connection.
      reset = link.getClass().getMethod("resetConnectBackoff");
      reset.setAccessible(true);
    }
    reset.invoke(link);
  }
}
