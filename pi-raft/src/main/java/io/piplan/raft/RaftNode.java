package io.piplan.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.ratis.proto.RaftProtos.LeaderInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of a group, running. Methods may be called by any thread.
 *
 * <p>What a majority has acknowledged survives everything but the loss of a majority's disks. A
 * group goes on while a majority of its voting members can reach each other.
 */
public final class RaftNode implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RaftNode.class);

  private static final int ENTRIES_TO_NOTICE = 3;

  private final RaftOptions options;
  private final RequestSender sender;
  private final RaftGroupId groupId;
  private final RaftServer server;
  private final StateMachineAdapter machine;
  private final ScheduledExecutorService timer;
  private final List<RaftListener> listeners = new CopyOnWriteArrayList<>();
  private final MemoryCommits commits;
  private final LeaderLease lease;
  private final Staleness staleness;
  private final MemberWatch watch;
  private final PeerLinks links;
  private final RaftCaller caller;
  private final Membership membership;
  private volatile LogMetrics logMetrics;
  private volatile boolean leading;
  private volatile boolean closed;
  private volatile RaftException failure;

  private RaftNode(RaftOptions options, ReplicatedState state) throws IOException {
    Settings settings = new Settings(options);
    this.options = options;
    this.groupId = settings.groupId();
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "raft-timer-" + options.self().id());
              thread.setDaemon(true);
              return thread;
            });
    this.machine = new StateMachineAdapter(state, new Events());
    this.server =
        RaftServer.newBuilder()
            .setServerId(RaftPeerId.valueOf(options.self().id()))
            .setGroup(settings.group())
            .setStateMachine(machine)
            .setProperties(settings.properties())
            .setParameters(settings.parameters())
            .setOption(
                settings.groupDirectory().exists()
                    ? RaftStorage.StartupOption.RECOVER
                    : RaftStorage.StartupOption.FORMAT)
            .build();
    this.commits = new MemoryCommits(options.logStorage(), this::division);
    this.sender =
        new RequestSender(settings, options, timer, server, this::confirmed, commits::look);
    this.lease =
        new LeaderLease(
            options.electionMin(),
            sender::confirmHere,
            machine::leaseNanos,
            timer,
            System::nanoTime);
    this.staleness =
        new Staleness(
            () -> HeardOfLeader.by(division()),
            () -> division().getInfo().getLastAppliedIndex(),
            options.electionMin(),
            System::nanoTime);
    this.watch =
        new MemberWatch(options.self().id(), this::division, this::members, this::fail, timer);
    this.links = new PeerLinks(options.self().id(), server.getServerRpc(), this::members, timer);
    this.membership = new Membership(settings, options, server);
    this.caller =
        new RaftCaller(options.batch(), sender, new LocalReads(machine, lease, staleness));
  }

  /**
   * Starts a member and comes back when it listens; who leads is decided after that.
   *
   * @param state empty, or as it should be when the group begins (alike on all members)
   * @throws RaftException CONFIG_INVALID, STORAGE_IN_USE, STORAGE_DAMAGED, STORAGE_FAILED; nothing
   *     runs then
   */
  public static RaftNode start(RaftOptions options, ReplicatedState state) {
    Settings settings = new Settings(options);
    RaftNode node = null;
    boolean marked = false;
    StartFailure.keepProcess();
    try {
      options.tls().ifPresent(RaftTls::check);
      Files.createDirectories(options.directory());
      StorageCheck.checkMemory(options.directory(), options.logStorage());
      StorageCheck.check(settings.groupDirectory().toPath());
      node = new RaftNode(options, state);
      marked = StorageCheck.markMemory(options.directory(), options.logStorage());
      node.server.start();
      node.logMetrics = LogMetrics.of(node.division().getMemberId().toString());
      node.staleness.start(node.timer);
      node.watch.start();
      node.commits.start(node.timer);
      if (options.transport() == RaftOptions.Transport.GRPC) {
        node.links.start(options.electionMin().dividedBy(2));
      }
      return node;
    } catch (IOException | RuntimeException e) {
      if (marked) {
        node.closeUnused(e);
      } else if (node != null) {
        node.close();
      }
      throw StartFailure.of(e, options);
    }
  }

  /**
   * Ends a member with its log in memory that didn't come up. It may be started again, unless it
   * has voted or confirmed something meanwhile: both have a term.
   */
  private void closeUnused(Exception failure) {
    try {
      DivisionInfo info = division().getInfo();
      close();
      if (info.getCurrentTerm() == 0) {
        StorageCheck.forgetMemory(
            options.directory(), new Settings(options).groupDirectory().toPath());
      }
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    } finally {
      close();
    }
  }

  /** Calls to the group through this node; where this node leads, without another hop. */
  public RaftCaller caller() {
    return caller;
  }

  /** For answers that the leader gives by itself; from the first call on it is kept renewed. */
  public LeaderLease lease() {
    lease.want();
    return lease;
  }

  private void confirmed(long term, long asked) {
    lease.confirmed(term, asked);
  }

  /** Why this node has ended by itself, if it has: see {@link RaftListener#failed}. */
  public Optional<RaftException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Steps back for good, so that another may lead which can do its work. */
  private void fail(RaftException why) {
    synchronized (this) {
      if (closed || failure != null) {
        return;
      }
      failure = why;
    }
    LOG.error("member {} ends", options.self().id(), why);
    lease.ends();
    Thread end =
        new Thread(
            () -> {
              listeners.forEach(listener -> listener.failed(why));
              close();
            },
            "raft-end-" + options.self().id());
    end.setDaemon(true);
    end.start();
  }

  /** Tells of changes from now on, and at once if this node leads already. */
  public void listen(RaftListener listener) {
    listeners.add(listener);
    if (leading) {
      listener.leading(division().getInfo().getCurrentTerm());
    }
  }

  public RaftMember self() {
    return options.self();
  }

  /** Who leads, as far as this node knows. */
  public Optional<RaftMember> leader() {
    RaftPeerId leader = division().getInfo().getLeaderId();
    return leader == null
        ? Optional.empty()
        : members().stream().filter(m -> m.id().equals(leader.toString())).findFirst();
  }

  /** The same by its id, which costs less. */
  public Optional<String> leaderId() {
    return Optional.ofNullable(division().getInfo().getLeaderId()).map(RaftPeerId::toString);
  }

  /** Of the last configuration that this node knows, learners included. */
  public List<RaftMember> members() {
    RaftConfiguration configuration = division().getRaftConf();
    List<RaftMember> members = new ArrayList<>();
    configuration.getAllPeers(RaftPeerRole.FOLLOWER).stream()
        .map(peer -> Settings.member(peer).asVoter())
        .forEach(members::add);
    configuration.getAllPeers(RaftPeerRole.LISTENER).stream()
        .map(peer -> Settings.member(peer).asLearner())
        .forEach(members::add);
    return members;
  }

  public RaftStatus status() {
    RaftServer.Division division = division();
    DivisionInfo info = division.getInfo();
    RoleInfoProto role = info.getRoleInfoProto();
    long commit = division.getRaftLog().getLastCommittedIndex();
    var snapshot = machine.getLatestSnapshot();
    RaftPeerId leader = info.getLeaderId();
    return new RaftStatus(
        options.self(),
        role(info),
        info.isLeader() && info.isLeaderReady(),
        info.getCurrentTerm(),
        Optional.ofNullable(leader).map(RaftPeerId::toString),
        commit,
        info.getLastAppliedIndex(),
        snapshot == null ? -1 : snapshot.getIndex(),
        members(),
        role.hasLeaderInfo() ? followers(role.getLeaderInfo(), info, commit) : List.of());
  }

  /** How long the disk takes to confirm entries here. */
  public SyncTimes syncs() {
    return logMetrics.syncs();
  }

  private static List<RaftStatus.Follower> followers(
      LeaderInfoProto leader, DivisionInfo info, long commit) {
    long[] matches = info.getFollowerMatchIndices();
    List<RaftStatus.Follower> followers = new ArrayList<>();
    for (int i = 0; i < leader.getFollowerInfoCount(); i++) {
      ServerRpcProto follower = leader.getFollowerInfo(i);
      long match = matches != null && i < matches.length ? matches[i] : -1;
      followers.add(
          new RaftStatus.Follower(
              follower.getId().getId().toStringUtf8(),
              match,
              Math.max(0, commit - match),
              Duration.ofMillis(follower.getLastRpcElapsedTimeMs())));
    }
    return followers;
  }

  private RaftStatus.Role role(DivisionInfo info) {
    if (closed || !info.isAlive()) {
      return closed ? RaftStatus.Role.CLOSED : RaftStatus.Role.STARTING;
    }
    return switch (info.getCurrentRole()) {
      case LEADER -> RaftStatus.Role.LEADER;
      case CANDIDATE -> RaftStatus.Role.CANDIDATE;
      case FOLLOWER -> RaftStatus.Role.FOLLOWER;
      case LISTENER -> RaftStatus.Role.LEARNER;
      default -> RaftStatus.Role.STARTING;
    };
  }

  /**
   * Hands leadership over and comes back when the other one leads.
   *
   * @throws RaftException MEMBERSHIP_REFUSED if it is unknown, a learner, or does not take over in
   *     time; then the old leader leads, or an election follows
   */
  public void transferLeadership(String to, Duration timeout) {
    boolean here = division().getInfo().isLeader() && !to.equals(options.self().id());
    if (here) {
      // Its entries would come between the next leader and the votes it needs.
      lease.ends();
    }
    try {
      membership.transfer(members(), to, timeout);
    } catch (RaftException e) {
      if (here) {
        onTimer(this::leadsOn);
      }
      throw e;
    }
  }

  /** After a hand-over that didn't come about, unless another one leads or this one was elected. */
  private void leadsOn() {
    OptionalLong term = readyTerm();
    if (term.isPresent() && !lease.leading()) {
      lease.leads(term.getAsLong());
    }
  }

  /** The term in which this node leads and has applied everything from before it, or none. */
  private OptionalLong readyTerm() {
    DivisionInfo info = division().getInfo();
    // The term first: if another one begins meanwhile, nothing holds in this one.
    long term = info.getCurrentTerm();
    return leading && failure == null && info.isLeaderReady()
        ? OptionalLong.of(term)
        : OptionalLong.empty();
  }

  /** What begins and ends leadership is done by one thread, in order. */
  private void onTimer(Runnable action) {
    if (!timer.isShutdown()) {
      CompletableFuture<Void> unused = CompletableFuture.runAsync(action, timer);
    }
  }

  /**
   * Adds members, all at once, or changes learners into voters. They should be running, as {@link
   * RaftOptions#joining}: a group that gets members which don't answer may lose its majority.
   *
   * @throws RaftException MEMBERSHIP_REFUSED if one has another address, or a vote that it would
   *     lose, or the members change meanwhile; then nothing is changed
   */
  public void addMembers(List<RaftMember> added) {
    membership.add(this::members, added);
  }

  /** Removes members, all at once. A removed leader steps down. */
  public void removeMembers(List<String> ids) {
    membership.remove(this::members, ids);
  }

  /**
   * Gives a learner a vote as soon as it has nearly everything. Only on the leader, who knows how
   * far it is.
   *
   * @throws RaftException MEMBERSHIP_REFUSED if it isn't there in time
   */
  public void promote(String learner, Duration timeout) {
    membership.promote(this::status, this::members, learner, timeout);
    // A learner notices that it may vote when entries come, not by heartbeats.
    for (int i = 0; i < ENTRIES_TO_NOTICE; i++) {
      var unused = sender.sendNothing().join();
    }
  }

  /**
   * Has this member write a snapshot now. Returns the last index in it.
   *
   * @throws RaftException CONFIG_INVALID if the log is in memory, STORAGE_FAILED
   */
  public long snapshot() {
    if (options.logStorage() == RaftOptions.LogStorage.MEMORY) {
      throw new RaftException(
          RaftError.CONFIG_INVALID, "the log is in memory, whole", "keep it on disk");
    }
    try {
      return server
          .snapshotManagement(
              SnapshotManagementRequest.newCreate(
                  ClientId.randomId(), server.getId(), groupId, 0, 120_000))
          .getLogIndex();
    } catch (IOException e) {
      throw new RaftException(
          RaftError.STORAGE_FAILED, "no snapshot was written: " + e, "look for free space", e);
    }
  }

  private RaftServer.Division division() {
    try {
      return server.getDivision(groupId);
    } catch (IOException e) {
      throw new RaftException(
          RaftError.CLOSED, "the member doesn't run: " + e.getMessage(), "start it again", e);
    }
  }

  /** Ends this member's part; the others go on. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    lease.ends();
    caller.close();
    membership.close();
    timer.shutdownNow();
    try {
      server.close();
    } catch (IOException e) {
      LOG.warn("closing a member failed", e);
    }
  }

  private final class Events implements StateMachineAdapter.LeaderEvents {
    @Override
    public void leaderReady() {
      leading = true;
      // Not on Ratis' thread: listeners may ask the node.
      onTimer(
          () ->
              readyTerm()
                  .ifPresent(
                      term -> {
                        lease.leads(term);
                        listeners.forEach(listener -> listener.leading(term));
                      }));
    }

    @Override
    public void leaderChanged(String leader) {
      if (options.self().id().equals(leader)) {
        lease.elected();
      }
      if (leading && !options.self().id().equals(leader)) {
        leading = false;
        onTimer(
            () -> {
              lease.ends();
              listeners.forEach(RaftListener::notLeading);
            });
      }
    }

    @Override
    public void stopped(Throwable cause) {
      fail(
          new RaftException(
              RaftError.STORAGE_FAILED,
              "the log of member "
                  + options.self().id()
                  + " in "
                  + options.directory()
                  + " cannot be written any more: "
                  + cause,
              "see that the disk has space and is whole, then start the member again",
              cause));
    }
  }
}
