package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
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

  private static Thread meanwhile(Runnable change) {
    Thread thread = new Thread(change, "change");
    thread.start();
    return thread;
  }

  private static void ends(Thread change) throws InterruptedException {
    change.join(90_000);
    assertThat(change.isAlive()).isFalse();
  }

  @Test
  void leaderKilledWhileAMemberJoins() throws Exception {
    under(
        members -> {
          String fourth = members.join();
          Thread taking = meanwhile(() -> members.take(fourth));
          Thread.sleep(300);
          String leader = members.leader();
          members.kill(leader);
          members.start(leader);
          ends(taking);
        });
  }

  @Test
  void leaderStoppedWhileAMemberJoins() throws Exception {
    under(
        members -> {
          String fourth = members.join();
          Thread taking = meanwhile(() -> members.take(fourth));
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
          Thread taking = meanwhile(() -> members.take(fourth));
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
          Thread taking = meanwhile(() -> members.take(fourth));
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
          Thread removing = meanwhile(() -> members.remove(fourth));
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
          caughtUp(members, learner);
          members.kill(learner);
          Thread.sleep(3_000);
          members.startJoining(learner);
          caughtUp(members, learner);
          members.signal(learner, "STOP");
          Thread.sleep(3_000);
          members.signal(learner, "CONT");
          caughtUp(members, learner);
          members.network().isolate(learner);
          Thread.sleep(3_000);
          members.network().heal();
          caughtUp(members, learner);
          assertThat(members.status(learner).path("role").asText()).isEqualTo("learner");
        });
  }

  private static void caughtUp(KvProcesses members, String learner) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(members.status(learner).path("applied").asLong())
                    .isGreaterThan(members.status(members.leader()).path("commit").asLong() - 500));
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(
            () ->
                members.send("GET", members.url(learner) + "/none?within=2000ms", "").statusCode()
                    == 404);
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
