package io.piplan.raft;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.util.function.CheckedSupplier;

/**
 * Links over Netty that come back from every failure. One that is closed while it is being made (a
 * member that has just died, with something before it that takes connections) is left by Ratis
 * 3.3.0 in a state that it takes for a mistake in the program: it keeps the link, tries it again
 * and again, and never reaches the member until the leader changes. Such a link is made anew here.
 *
 * <p>Each call blocks the thread of Ratis that looks after the other member, as Netty's do.
 */
final class NettyLinks implements RaftServerRpc {
  /** Ratis sends a snapshot again at once, and writes each failure to the log. */
  private static final Duration SNAPSHOT_PAUSE = Duration.ofMillis(200);

  private final RaftServerRpc netty;

  /**
   * @param netty started and closed by this
   */
  NettyLinks(RaftServerRpc netty) {
    this.netty = netty;
  }

  private <T> T ask(RaftRpcRequestProto request, CheckedSupplier<T, IOException> question)
      throws IOException {
    try {
      return question.get();
    } catch (RuntimeException e) {
      RaftPeerId peer = RaftPeerId.valueOf(request.getReplyId());
      netty.handleException(peer, e, true);
      throw new IOException("the link to member " + peer + " failed, and is made anew", e);
    }
  }

  @Override
  public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request)
      throws IOException {
    return ask(request.getServerRequest(), () -> netty.appendEntries(request));
  }

  @Override
  public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request)
      throws IOException {
    try {
      return ask(request.getServerRequest(), () -> netty.installSnapshot(request));
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      pause(e);
      throw e;
    }
  }

  private static void pause(IOException failure) throws InterruptedIOException {
    try {
      TimeUnit.NANOSECONDS.sleep(SNAPSHOT_PAUSE.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("no snapshot was sent");
      interrupted.addSuppressed(failure);
      throw interrupted;
    }
  }

  @Override
  public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
    return ask(request.getServerRequest(), () -> netty.requestVote(request));
  }

  @Override
  public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
      throws IOException {
    return ask(request.getServerRequest(), () -> netty.startLeaderElection(request));
  }

  @Override
  public void handleException(RaftPeerId peer, Exception failure, boolean reconnect) {
    netty.handleException(peer, failure, reconnect);
  }

  @Override
  public void notifyNotLeader(RaftGroupId group) {
    netty.notifyNotLeader(group);
  }

  @Override
  public void addRaftPeers(Collection<RaftPeer> peers) {
    netty.addRaftPeers(peers);
  }

  @Override
  public InetSocketAddress getInetSocketAddress() {
    return netty.getInetSocketAddress();
  }

  @Override
  public RpcType getRpcType() {
    return netty.getRpcType();
  }

  @Override
  public void start() throws IOException {
    netty.start();
  }

  @Override
  public void close() throws IOException {
    netty.close();
  }
}
