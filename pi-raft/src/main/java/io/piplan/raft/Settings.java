package io.piplan.raft;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.netty.NettyConfigKeys;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** {@link RaftOptions} in the words of Ratis. */
final class Settings {
  private static final String NAMESPACE = "io.piplan.raft/";
  private static final SizeInBytes SNAPSHOT_PART = SizeInBytes.valueOf(1L << 20);
  private static final int SEGMENTS_IN_MEMORY = 2;

  private final RaftOptions options;

  Settings(RaftOptions options) {
    this.options = options;
  }

  RaftGroupId groupId() {
    byte[] name = (NAMESPACE + options.group()).getBytes(StandardCharsets.UTF_8);
    return RaftGroupId.valueOf(UUID.nameUUIDFromBytes(name));
  }

  /**
   * What the group is when it begins. A joining member sees itself as a learner of it until it
   * hears from the leader: without a place in the group, Ratis would let it stand for election.
   */
  RaftGroup group() {
    List<RaftPeer> peers = new ArrayList<>();
    for (RaftMember member : options.members()) {
      if (!options.join() || !member.id().equals(options.self().id())) {
        peers.add(peer(member));
      }
    }
    if (options.join()) {
      peers.add(peer(options.self().asLearner()));
    }
    return RaftGroup.valueOf(groupId(), peers);
  }

  /** For a client's first attempts. */
  RaftGroup contacts() {
    return RaftGroup.valueOf(groupId(), options.members().stream().map(Settings::peer).toList());
  }

  static RaftPeer peer(RaftMember member) {
    return RaftPeer.newBuilder()
        .setId(member.id())
        .setAddress(member.address())
        .setStartupRole(member.learner() ? RaftPeerRole.LISTENER : RaftPeerRole.FOLLOWER)
        .build();
  }

  static RaftMember member(RaftPeer peer) {
    RaftMember voter = RaftMember.parse(peer.getId() + "=" + peer.getAddress());
    return peer.getStartupRole() == RaftPeerRole.LISTENER ? voter.asLearner() : voter;
  }

  RaftProperties properties() {
    RaftProperties properties = new RaftProperties();
    RaftConfigKeys.Rpc.setType(
        properties,
        options.transport() == RaftOptions.Transport.GRPC
            ? SupportedRpcType.GRPC
            : new NettyTransport());
    GrpcConfigKeys.Server.setHost(properties, options.self().host());
    GrpcConfigKeys.Server.setPort(properties, options.self().port());
    NettyConfigKeys.Server.setHost(properties, options.self().host());
    NettyConfigKeys.Server.setPort(properties, options.self().port());
    times(properties);
    log(properties);
    return properties;
  }

  private void times(RaftProperties properties) {
    TimeDuration min = of(options.electionMin());
    TimeDuration max = of(options.electionMax());
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, min);
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, max);
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, min);
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, max);
    RaftServerConfigKeys.Rpc.setRequestTimeout(properties, of(Duration.ofSeconds(2)));
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(
        properties, of(options.electionMax().plus(options.electionMin())));
    // By default a leader tries once in five seconds to reach a member that was away for some. One
    // that is back stands for election meanwhile, again and again, and lacks what was done since.
    RaftServerConfigKeys.Log.Appender.setRetryPolicy(
        properties,
        "1ms,5, " + Math.max(5, options.electionMin().toMillis() / 4) + "ms," + Integer.MAX_VALUE);
    RaftServerConfigKeys.LeaderElection.setPreVote(properties, true);
    RaftServerConfigKeys.LeaderElection.setMemberMajorityAdd(properties, true);
    // Answers are kept by our own sessions. By default every member keeps the answers of a minute,
    // which under load is more than a small heap has.
    RaftServerConfigKeys.RetryCache.setExpiryTime(
        properties, TimeDuration.valueOf(1, TimeUnit.SECONDS));
  }

  private void log(RaftProperties properties) {
    RaftServerConfigKeys.setStorageDir(properties, List.of(directory()));
    boolean memory = options.logStorage() == RaftOptions.LogStorage.MEMORY;
    RaftServerConfigKeys.Log.setUseMemory(properties, memory);
    SizeInBytes entry = SizeInBytes.valueOf(options.batch().bytes() * 2L + (64 << 10));
    RaftServerConfigKeys.Log.setWriteBufferSize(
        properties, SizeInBytes.valueOf(entry.getSize() + 1_024));
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, entry);
    // By default entries wait until a millisecond has passed since the last message.
    RaftServerConfigKeys.Log.Appender.setWaitTimeMin(properties, TimeDuration.ZERO);
    // By default a follower takes entries only when the ones before are on its disk, so each
    // message of the leader has a flush of its own, and is handed on by two more threads. It
    // answers
    // when they are on its disk in either case, but for a message that it has got before and not
    // flushed yet: to the second one it would answer at once. Ratis' Netty transport sends a
    // message
    // again whose answer is late; its gRPC does not before the stream has ended.
    RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(
        properties, options.transport() == RaftOptions.Transport.NETTY);
    // By default each commit is followed by an entry that says so: twice the writes to disk. What
    // is committed a new leader finds out anyway.
    RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
    GrpcConfigKeys.setMessageSizeMax(
        properties, SizeInBytes.valueOf(entry.getSize() * 2 + (1 << 20)));
    // Parts of snapshots are messages too: by default they are 16 MB, which none may be.
    RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(properties, SNAPSHOT_PART);
    RaftServerConfigKeys.Log.setSegmentSizeMax(
        properties, SizeInBytes.valueOf(Math.max(8L << 20, entry.getSize() * 2)));
    // Small entries take several times their size there; members that are behind read from disk.
    RaftServerConfigKeys.Log.setSegmentCacheNumMax(properties, SEGMENTS_IN_MEMORY);
    // Each new leader begins a file, and all wait until it is laid out.
    RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf(1L << 20));
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    // Ratis' log in memory finds nothing any more once its beginning is gone, or replaced by a
    // snapshot (MemoryRaftLog of 3.3.0).
    RaftServerConfigKeys.Log.setPurgeGap(properties, memory ? Integer.MAX_VALUE : 1);
    RaftServerConfigKeys.Log.setCorruptionPolicy(
        properties, RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION);
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, !memory);
    RaftServerConfigKeys.Snapshot.setCreationGap(properties, 1);
    RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, options.snapshotEvery());
    RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, options.snapshotsKept());
  }

  /** Of all groups of this member. */
  File directory() {
    return options.directory().toAbsolutePath().toFile();
  }

  File groupDirectory() {
    return new File(directory(), groupId().getUuid().toString());
  }

  Parameters parameters() {
    Parameters parameters = new Parameters();
    options
        .tls()
        .ifPresent(
            tls -> {
              GrpcTlsConfig config =
                  new GrpcTlsConfig(
                      tls.key().toFile(), tls.certificate().toFile(), tls.trusted().toFile(), true);
              GrpcConfigKeys.TLS.setConf(parameters, config);
              GrpcConfigKeys.Server.setTlsConf(parameters, config);
            });
    return parameters;
  }

  private static TimeDuration of(Duration duration) {
    return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
  }
}
