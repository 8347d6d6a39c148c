package io.piplan.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.TimeDuration;

/**
 * A member of a group of Ratis as it comes, and a client of it: what pi-raft is built on. All
 * settings are Ratis' own, but for the time-outs and how many requests may be under way.
 */
final class BareRatis implements AutoCloseable {
  private static final int MOST_UNDER_WAY = 4_096;

  private final RaftServer server;
  private final RaftClient client;
  private final RaftGroup group;

  /**
   * @param peers {@code ID=HOST:PORT}
   * @param election shortest and longest time-out, in milliseconds
   */
  BareRatis(String id, List<String> peers, Path directory, List<Long> election) throws IOException {
    this.group =
        RaftGroup.valueOf(
            RaftGroupId.valueOf(UUID.nameUUIDFromBytes("bench".getBytes(StandardCharsets.UTF_8))),
            peers.stream().map(BareRatis::peer).toList());
    RaftPeerId self = RaftPeerId.valueOf(id);
    String address = group.getPeer(self).getAddress();
    RaftProperties properties = new RaftProperties();
    RaftConfigKeys.Rpc.setType(properties, SupportedRpcType.GRPC);
    GrpcConfigKeys.Server.setPort(
        properties, Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
    RaftServerConfigKeys.setStorageDir(properties, List.of(directory.toFile()));
    TimeDuration min = TimeDuration.valueOf(election.get(0), TimeUnit.MILLISECONDS);
    TimeDuration max = TimeDuration.valueOf(election.get(1), TimeUnit.MILLISECONDS);
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, min);
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, max);
    RaftClientConfigKeys.Async.setOutstandingRequestsMax(properties, MOST_UNDER_WAY);
    server =
        RaftServer.newBuilder()
            .setServerId(self)
            .setGroup(group)
            .setStateMachine(new Sum())
            .setProperties(properties)
            .build();
    server.start();
    client = RaftClient.newBuilder().setProperties(properties).setRaftGroup(group).build();
  }

  private static RaftPeer peer(String text) {
    int equals = text.indexOf('=');
    return RaftPeer.newBuilder()
        .setId(text.substring(0, equals))
        .setAddress(text.substring(equals + 1))
        .build();
  }

  boolean leads() {
    try {
      return server.getDivision(group.getGroupId()).getInfo().isLeaderReady();
    } catch (IOException e) {
      throw new BenchException("a member of Ratis ended", e);
    }
  }

  CompletableFuture<RaftClientReply> submit(byte[] command) {
    return client
        .async()
        .send(Message.valueOf(UnsafeByteOperations.unsafeWrap(command)))
        .thenApply(
            reply -> {
              if (!reply.isSuccess()) {
                throw new BenchException("Ratis refused a command", reply.getException());
              }
              return reply;
            });
  }

  @Override
  public void close() throws IOException {
    client.close();
    server.close();
  }

  private static final class Sum extends BaseStateMachine {
    private long sum;

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
      sum +=
          transaction
              .getLogEntry()
              .getStateMachineLogEntry()
              .getLogData()
              .asReadOnlyByteBuffer()
              .getLong();
      updateLastAppliedTermIndex(
          transaction.getLogEntry().getTerm(), transaction.getLogEntry().getIndex());
      byte[] answer = ByteBuffer.allocate(8).putLong(sum).array();
      return CompletableFuture.completedFuture(
          Message.valueOf(UnsafeByteOperations.unsafeWrap(answer)));
    }
  }
}
