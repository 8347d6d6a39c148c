package io.piplan.raft;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SetConfigurationRequest.Mode;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.TimeDuration;

/** Who belongs to the group, and who is to lead. Works from any member. */
final class Membership implements AutoCloseable {
  private static final long CAUGHT_UP_ENTRIES = 1_000;
  private static final Duration SILENT = Duration.ofSeconds(2);
  private static final Duration SHORTEST_ATTEMPT = Duration.ofMillis(500);

  private final Settings settings;
  private final RaftOptions options;
  private final RaftServer server;

  Membership(Settings settings, RaftOptions options, RaftServer server) {
    this.settings = settings;
    this.options = options;
    this.server = server;
  }

  void transfer(List<RaftMember> members, String to, Duration timeout) {
    RaftMember target = find(members, to);
    if (target.learner()) {
      throw refused(target + " is a learner", "promote it first");
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    long attempt = max(SHORTEST_ATTEMPT, options.electionMax().multipliedBy(2)).toNanos();
    while (!leads(to)) {
      long ends = Math.min(deadline, System.nanoTime() + attempt);
      Duration left = Duration.ofNanos(Math.max(1_000_000, ends - System.nanoTime()));
      RaftException failure = attempt(members, to, left);
      if (failure == null) {
        return;
      }
      // It may be about to take over, whatever Ratis says.
      while (!leads(to) && !leads(options.self().id()) && System.nanoTime() - ends < 0) {
        pause();
      }
      if (System.nanoTime() - deadline > 0 && !leads(to)) {
        throw failure;
      }
      pause();
    }
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  private boolean leads(String id) {
    try {
      RaftPeerId leader = server.getDivision(settings.groupId()).getInfo().getLeaderId();
      return leader != null && leader.toString().equals(id);
    } catch (IOException e) {
      throw new RaftException(RaftError.CLOSED, "the member doesn't run", "start it again", e);
    }
  }

  /**
   * One of several, each of which begins anew. Ratis asks the next leader to stand for election,
   * and again only when that one has taken further entries, of which there may be none; and the
   * timer of a hand-over that worked long ago ends the one that is under way when it runs out
   * (TransferLeadership.start of 3.3.0), so the time for each is short.
   *
   * @return null if it worked
   */
  private RaftException attempt(List<RaftMember> members, String to, Duration timeout) {
    String failing = "leadership did not go to " + to;
    try {
      succeed(handOver(members, RaftPeerId.valueOf(to), timeout), failing);
      return null;
    } catch (IOException e) {
      return refused(failing + ": " + e, LOOK, e);
    } catch (RaftException e) {
      return e;
    }
  }

  /** From the leader itself without a client, which would take its time to connect. */
  private RaftClientReply handOver(List<RaftMember> members, RaftPeerId to, Duration timeout)
      throws IOException {
    if (server.getDivision(settings.groupId()).getInfo().isLeader()) {
      return server.transferLeadership(
          new TransferLeadershipRequest(
              ClientId.randomId(), server.getId(), settings.groupId(), 0, to, timeout.toMillis()));
    }
    try (RaftClient client = client(members)) {
      return client.admin().transferLeadership(to, timeout.toMillis());
    }
  }

  void add(Supplier<List<RaftMember>> known, List<RaftMember> added) {
    List<RaftMember> members = known.get();
    List<RaftMember> wanted = new ArrayList<>(members);
    for (RaftMember member : added) {
      RaftMember old =
          members.stream().filter(m -> m.id().equals(member.id())).findFirst().orElse(null);
      if (old != null && !old.address().equals(member.address())) {
        throw refused(
            "member " + old + " exists with another address than " + member,
            "give the new one another id, or remove the old one first");
      }
      if (old != null && !old.learner() && member.learner()) {
        throw refused(
            "member " + old + " has a vote, and would lose it as a learner",
            "leave it as it is, or remove it and let it join under another id");
      }
      wanted.removeIf(m -> m.id().equals(member.id()));
      wanted.add(member);
    }
    change(known, members, wanted);
  }

  void remove(Supplier<List<RaftMember>> known, List<String> ids) {
    List<RaftMember> members = known.get();
    ids.forEach(id -> find(members, id));
    List<RaftMember> wanted =
        members.stream().filter(member -> !ids.contains(member.id())).toList();
    if (wanted.stream().allMatch(RaftMember::learner)) {
      throw refused("nobody with a vote would be left", "keep one member at least");
    }
    change(known, members, wanted);
  }

  void promote(
      Supplier<RaftStatus> status,
      Supplier<List<RaftMember>> members,
      String learner,
      Duration timeout) {
    RaftMember member = find(members.get(), learner);
    if (!member.learner()) {
      return;
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!caughtUp(status.get(), learner)) {
      if (System.nanoTime() > deadline) {
        throw refused(
            "learner " + learner + " has not caught up within " + timeout + ": " + status.get(),
            "see that it runs and is reached, then try again");
      }
      pause();
    }
    add(members, List.of(member.asVoter()));
  }

  private static boolean caughtUp(RaftStatus status, String learner) {
    if (status.role() != RaftStatus.Role.LEADER) {
      throw refused("this node does not lead", "ask " + status.leader().orElse("the leader"));
    }
    return status.followers().stream()
        .filter(follower -> follower.id().equals(learner))
        .anyMatch(f -> f.lag() <= CAUGHT_UP_ENTRIES && f.silence().compareTo(SILENT) < 0);
  }

  private void change(
      Supplier<List<RaftMember>> known, List<RaftMember> now, List<RaftMember> wanted) {
    SetConfigurationRequest.Arguments arguments =
        SetConfigurationRequest.Arguments.newBuilder()
            .setServersInCurrentConf(peers(now, false))
            .setListenersInCurrentConf(peers(now, true))
            .setServersInNewConf(peers(wanted, false))
            .setListenersInNewConf(peers(wanted, true))
            .setMode(Mode.COMPARE_AND_SET)
            .build();
    try (RaftClient client = client(now)) {
      succeed(client.admin().setConfiguration(arguments), "members did not become " + wanted);
    } catch (IOException | RaftException e) {
      // Sent again after a lost answer it finds its own work, which is not what it compares with.
      if (!Set.copyOf(known.get()).equals(Set.copyOf(wanted))) {
        throw e instanceof RaftException refused
            ? refused
            : refused("members did not become " + wanted + ": " + e, LOOK, e);
      }
    }
  }

  private static List<RaftPeer> peers(List<RaftMember> members, boolean learners) {
    return members.stream().filter(m -> m.learner() == learners).map(Settings::peer).toList();
  }

  private RaftClient client(List<RaftMember> members) {
    return RaftClient.newBuilder()
        .setProperties(settings.properties())
        .setParameters(settings.parameters())
        .setRaftGroup(
            RaftGroup.valueOf(settings.groupId(), members.stream().map(Settings::peer).toList()))
        .setRetryPolicy(
            RetryPolicies.retryUpToMaximumCountWithFixedSleep(
                (int) Math.max(1, options.callTimeout().toMillis() / 100),
                TimeDuration.valueOf(100, TimeUnit.MILLISECONDS)))
        .build();
  }

  private static void succeed(RaftClientReply reply, String failing) {
    if (!reply.isSuccess()) {
      throw refused(failing + ": " + reply.getException(), LOOK, reply.getException());
    }
  }

  private static RaftMember find(List<RaftMember> members, String id) {
    return members.stream()
        .filter(member -> member.id().equals(id))
        .findFirst()
        .orElseThrow(() -> refused("no member has id " + id, "members are " + members));
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw refused("interrupted", "try again");
    }
  }

  private static final String LOOK = "look at the status of the members, then try again";

  private static RaftException refused(String found, String remedy) {
    return new RaftException(RaftError.MEMBERSHIP_REFUSED, found, remedy);
  }

  private static RaftException refused(String found, String remedy, Throwable cause) {
    return new RaftException(RaftError.MEMBERSHIP_REFUSED, found, remedy, cause);
  }

  @Override
  public void close() {}
}
