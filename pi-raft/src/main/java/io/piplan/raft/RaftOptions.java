package io.piplan.raft;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How a node runs. Made by {@link #of} and the {@code with…} methods; checked at each step.
 *
 * @param group name of the group; nodes of different groups refuse each other
 * @param members the group when it is first started, equal on all its members; what the group
 *     itself has decided since then counts more. With {@code join}, any members to ask
 * @param directory of this member alone, on a disk that keeps what it has confirmed
 * @param join wait to be added to a running group, instead of starting one
 * @param electionMin shortest time without a leader after which a member stands for election
 * @param electionMax longest such time; the spread keeps members from standing at once
 * @param snapshotEvery log entries between snapshots; the log before the oldest kept one is removed
 * @param callTimeout how long a call is tried before it fails
 * @param batch how concurrent commands are joined
 */
public record RaftOptions(
    String group,
    RaftMember self,
    List<RaftMember> members,
    Path directory,
    boolean join,
    Transport transport,
    LogStorage logStorage,
    Duration electionMin,
    Duration electionMax,
    long snapshotEvery,
    int snapshotsKept,
    Duration callTimeout,
    Batch batch,
    Optional<RaftTls> tls) {

  /** How members talk; the same on all of them. */
  public enum Transport {
    /** Entries are sent without waiting for the answers to those before. */
    GRPC,
    /** One message to a member at a time, and no TLS. */
    NETTY
  }

  /** Where the log is. */
  public enum LogStorage {
    /** On disk, flushed before it is acknowledged. */
    DISK,
    /**
     * In memory, and gone when the member ends: it is refused when it starts again. What was
     * confirmed is lost when a majority of the members ends before others have joined. It has no
     * snapshots and is kept whole, so it is for tests and for what is short.
     */
    MEMORY
  }

  /**
   * Bounds of what travels as one log entry.
   *
   * @param commands most commands in one
   * @param bytes most bytes in one
   * @param inFlight most entries of one caller that wait for a majority at once; while they do, new
   *     commands gather for the next
   * @param waiting most commands that wait in one caller, then OVERLOADED
   */
  public record Batch(int commands, int bytes, int inFlight, int waiting) {
    public Batch {
      check(commands > 0, "batch.commands is " + commands, "use 1 or more");
      check(bytes >= 1_024, "batch.bytes is " + bytes, "use 1024 or more");
      check(inFlight > 0, "batch.inFlight is " + inFlight, "use 1 or more");
      check(waiting >= commands, "batch.waiting is " + waiting, "use batch.commands or more");
    }
  }

  public RaftOptions {
    members = List.copyOf(members);
    check(!group.isBlank(), "the group has no name", "name it");
    Set<String> ids = new HashSet<>();
    Set<String> addresses = new HashSet<>();
    for (RaftMember member : members) {
      check(ids.add(member.id()), "two members have id " + member.id(), "number them");
      check(
          addresses.add(member.address()),
          "two members have address " + member.address(),
          "give each its own");
    }
    check(
        join || members.contains(self),
        "members " + members + " don't include this one, " + self,
        "list it, or join a running group");
    check(
        join || members.stream().anyMatch(m -> !m.learner()),
        "all members are learners",
        "one at least must have a vote");
    check(
        electionMin.toMillis() >= 50 && electionMax.compareTo(electionMin) > 0,
        "election time-outs are " + electionMin + " to " + electionMax,
        "use 50 ms or more, and a longest above the shortest");
    check(snapshotEvery > 0, "snapshotEvery is " + snapshotEvery, "use 1 or more");
    check(snapshotsKept > 0, "snapshotsKept is " + snapshotsKept, "use 1 or more");
    check(
        transport == Transport.GRPC || tls.isEmpty(),
        "TLS is asked for with transport " + transport + ", which Ratis speaks without TLS only",
        "use transport GRPC, or no TLS");
  }

  /** Defaults: gRPC, log on disk, elections after 300 to 600 ms. */
  public static RaftOptions of(
      String group, RaftMember self, List<RaftMember> members, Path directory) {
    return new RaftOptions(
        group,
        self,
        members,
        directory,
        false,
        Transport.GRPC,
        LogStorage.DISK,
        Duration.ofMillis(300),
        Duration.ofMillis(600),
        100_000,
        3,
        Duration.ofSeconds(10),
        new Batch(4_096, 1 << 20, 2, 100_000),
        Optional.empty());
  }

  /** Of a node that waits to be added to the group of {@code others}. */
  public static RaftOptions joining(
      String group, RaftMember self, List<RaftMember> others, Path directory) {
    return new RaftOptions(
        group,
        self,
        others,
        directory,
        true,
        Transport.GRPC,
        LogStorage.DISK,
        Duration.ofMillis(300),
        Duration.ofMillis(600),
        100_000,
        3,
        Duration.ofSeconds(10),
        new Batch(4_096, 1 << 20, 2, 100_000),
        Optional.empty());
  }

  public RaftOptions withElection(Duration min, Duration max) {
    return new RaftOptions(
        group,
        self,
        members,
        directory,
        join,
        transport,
        logStorage,
        min,
        max,
        snapshotEvery,
        snapshotsKept,
        callTimeout,
        batch,
        tls);
  }

  public RaftOptions withSnapshots(long every, int kept) {
    return new RaftOptions(
        group,
        self,
        members,
        directory,
        join,
        transport,
        logStorage,
        electionMin,
        electionMax,
        every,
        kept,
        callTimeout,
        batch,
        tls);
  }

  public RaftOptions withTransport(Transport newTransport) {
    return new RaftOptions(
        group,
        self,
        members,
        directory,
        join,
        newTransport,
        logStorage,
        electionMin,
        electionMax,
        snapshotEvery,
        snapshotsKept,
        callTimeout,
        batch,
        tls);
  }

  public RaftOptions withLogStorage(LogStorage newStorage) {
    return new RaftOptions(
        group,
        self,
        members,
        directory,
        join,
        transport,
        newStorage,
        electionMin,
        electionMax,
        snapshotEvery,
        snapshotsKept,
        callTimeout,
        batch,
        tls);
  }

  public RaftOptions withCallTimeout(Duration newTimeout) {
    return new RaftOptions(
        group,
        self,
        members,
        directory,
        join,
        transport,
        logStorage,
        electionMin,
        electionMax,
        snapshotEvery,
        snapshotsKept,
        newTimeout,
        batch,
        tls);
  }

  public RaftOptions withBatch(Batch newBatch) {
    return new RaftOptions(
        group,
        self,
        members,
        directory,
        join,
        transport,
        logStorage,
        electionMin,
        electionMax,
        snapshotEvery,
        snapshotsKept,
        callTimeout,
        newBatch,
        tls);
  }

  public RaftOptions withTls(RaftTls newTls) {
    return new RaftOptions(
        group,
        self,
        members,
        directory,
        join,
        transport,
        logStorage,
        electionMin,
        electionMax,
        snapshotEvery,
        snapshotsKept,
        callTimeout,
        batch,
        Optional.of(newTls));
  }

  private static void check(boolean right, String found, String remedy) {
    if (!right) {
      throw new RaftException(RaftError.CONFIG_INVALID, found, remedy);
    }
  }
}
