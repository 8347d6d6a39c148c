package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Faults while members come and go, and of learners. A snapshot is written every 200 entries and
 * the log before it removed, so whoever joins or was away for some seconds gets a snapshot.
 */
@Tag("chaos")
class KvMembershipFaultsIT {
  @TempDir Path folder;

  private void under(KvTrial.Fault fault) throws Exception {
    try (KvProcesses members = new KvProcesses(folder, 3)) {
      KvTrial.under(members, 300, fault);
    }
  }

  private static CompletableFuture<Void> meanwhile(Runnable change) {
    return CompletableFuture.runAsync(change, task -> new Thread(task, "change").start());
  }

  private static void ends(CompletableFuture<Void> change) throws Exception {
    change.get(90, TimeUnit.SECONDS);
  }

  @Test
  void leaderKilledWhileAMemberJoins() throws Exception {
    under(
        members -> {
          String fourth = members.join();
          CompletableFuture<Void> taking = meanwhile(() -> members.take(fourth));
          Thread.sleep(300);
          String leader = members.leader();
          members.kill(leader);
          members.start(leader);
          ends(taking);
        });
  }

  /** All at once: a majority of five is needed as soon as the group has agreed on them. */
  @Test
  void leaderKilledWhileTwoMembersJoinAtOnce() throws Exception {
    under(
        members -> {
          List<String> two = List.of(members.join(), members.join());
          CompletableFuture<Void> taking = meanwhile(() -> members.take(two));
          Thread.sleep(300);
          String leader = members.leader();
          members.kill(leader);
          members.start(leader);
          ends(taking);
          two.forEach(members::awaitCaughtUp);
        });
  }

  @Test
  void leaderKilledWhileTwoMembersAreTakenOutAtOnce() throws Exception {
    under(
        members -> {
          List<String> two = List.of(members.join(), members.join());
          members.take(two);
          CompletableFuture<Void> removing = meanwhile(() -> members.remove(two));
          Thread.sleep(20);
          String leader = members.leader();
          members.kill(leader);
          if (!two.contains(leader)) {
            members.start(leader);
          }
          ends(removing);
        });
  }

  @Test
  void leaderStoppedWhileAMemberJoins() throws Exception {
    under(
        members -> {
          String fourth = members.join();
          CompletableFuture<Void> taking = meanwhile(() -> members.take(fourth));
          Thread.sleep(200);
          String leader = members.leader();
          members.signal(leader, "STOP");
          Thread.sleep(2_500);
          members.signal(leader, "CONT");
          ends(taking);
        });
  }

  @Test
  void theMemberThatJoinsIsKilled() throws Exception {
    under(
        members -> {
          String fourth = members.join();
          CompletableFuture<Void> taking = meanwhile(() -> members.take(fourth));
          Thread.sleep(300);
          members.kill(fourth);
          Thread.sleep(500);
          members.startJoining(fourth);
          ends(taking);
        });
  }

  @Test
  void leaderCutOffWhileAMemberJoins() throws Exception {
    under(
        members -> {
          String fourth = members.join();
          CompletableFuture<Void> taking = meanwhile(() -> members.take(fourth));
          Thread.sleep(200);
          members.network().isolate(members.leader());
          Thread.sleep(3_000);
          members.network().heal();
          ends(taking);
        });
  }

  @Test
  void leaderKilledWhileAMemberIsTakenOut() throws Exception {
    under(
        members -> {
          String fourth = members.join();
          members.take(fourth);
          CompletableFuture<Void> removing = meanwhile(() -> members.remove(fourth));
          Thread.sleep(20);
          String leader = members.leader();
          if (!leader.equals(fourth)) {
            members.kill(leader);
            members.start(leader);
          }
          ends(removing);
          members.kill(fourth);
        });
  }

  /** Killed, stopped and cut off, and away for longer than the log is kept. */
  @Test
  void aLearnerFailsAndComesBack() throws Exception {
    under(
        members -> {
          String learner = members.join();
          members.takeAsLearner(learner);
          members.awaitCaughtUp(learner);
          members.kill(learner);
          Thread.sleep(3_000);
          members.startJoining(learner);
          members.awaitCaughtUp(learner);
          members.signal(learner, "STOP");
          Thread.sleep(3_000);
          members.signal(learner, "CONT");
          members.awaitCaughtUp(learner);
          members.network().isolate(learner);
          Thread.sleep(3_000);
          members.network().heal();
          members.awaitCaughtUp(learner);
          assertThat(members.status(learner).path("role").asText()).isEqualTo("learner");
        });
  }

  /** Away for longer than the log is kept: the leader sends a snapshot, and is killed meanwhile. */
  @Test
  void leaderKilledWhileItSendsASnapshot() throws Exception {
    under(
        members -> {
          String follower = members.follower();
          members.kill(follower);
          Thread.sleep(3_000);
          members.start(follower);
          Thread.sleep(1_000);
          String leader = members.leader();
          members.kill(leader);
          members.start(leader);
          members.leader();
        });
  }
}
