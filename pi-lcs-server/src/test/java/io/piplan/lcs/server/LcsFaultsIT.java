package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.lcs.LcsException;
import io.piplan.lcs.SequencePolicy;
import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.client.LcsSequence;
import io.piplan.raft.faults.FaultyMachine;
import io.piplan.raft.faults.FaultyNetwork;
import io.piplan.raft.faults.SmallDisk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** I2 over all clients while networks, disks and clocks fail; clients reach all servers. */
@Tag("chaos")
class LcsFaultsIT {
  @TempDir Path folder;

  private void under(String sequence, LcsTrial.Fault fault, String... arguments) throws Exception {
    try (Cluster cluster = new Cluster(folder, 3, Cluster.Places.SOUND, arguments)) {
      cluster.leader();
      LcsTrial.under(cluster, sequence, fault);
    }
  }

  private interface Cut {
    void of(FaultyNetwork network, String server);
  }

  private static LcsTrial.Fault leader(Cut cut) {
    return cluster -> {
      for (int i = 0; i < 2; i++) {
        String leader = cluster.leader();
        cut.of(cluster.network(), leader);
        Thread.sleep(2_500);
        assertThat(cluster.leader()).isNotEqualTo(leader);
        cluster.network().heal();
        Thread.sleep(1_500);
      }
    };
  }

  @Test
  void leaderCutOff() throws Exception {
    under("cut-off", leader(FaultyNetwork::isolate));
  }

  @Test
  void leaderNotHeard() throws Exception {
    under("not-heard", leader(FaultyNetwork::mute));
  }

  @Test
  void leaderHearsNobody() throws Exception {
    under("hears-nobody", leader(FaultyNetwork::deafen));
  }

  @Test
  void leaderCutOffInStrictMode() throws Exception {
    under("strict", leader(FaultyNetwork::isolate), "strict");
  }

  /**
   * It is asked all along by those who know no other, and has numbers for them, which it must not
   * give when another leads, of which it doesn't hear. This was seen not to notice when the lease
   * wasn't looked at; the woken leader of {@link LcsClusterIT} does.
   */
  private static LcsTrial.Fault askedWhileCutOff(String sequence) {
    return cluster -> {
      for (int i = 0; i < 3; i++) {
        NumberHistory history = new NumberHistory();
        try (PlainConnection old = PlainConnection.toLeader(cluster, sequence);
            Callers others = new Callers(cluster, history, sequence, 1, 2)) {
          await().atMost(Duration.ofSeconds(60)).until(() -> others.calls() > 50);
          List<NumberHistory.Given> fromOld = history.client();
          cluster.network().isolate(old.server());
          long until = System.nanoTime() + 3_000_000_000L;
          while (System.nanoTime() < until) {
            long begin = System.nanoTime();
            long number = old.next();
            if (number != PlainConnection.REFUSED) {
              fromOld.add(new NumberHistory.Given(begin, System.nanoTime(), number, 1));
            }
            Thread.sleep(1);
          }
          assertThat(cluster.leader()).isNotEqualTo(old.server());
          cluster.network().heal();
        }
        history.check();
        Thread.sleep(1_500);
      }
    };
  }

  @Test
  void leaderCutOffAndAskedAllAlong() throws Exception {
    under("asked", askedWhileCutOff("asked"));
  }

  @Test
  void leaderCutOffAndAskedAllAlongInStrictMode() throws Exception {
    under("asked-strict", askedWhileCutOff("asked-strict"), "strict");
  }

  /** Shorter and longer than a lease and an election. */
  @Test
  void leadersCutOffAgainAndAgain() throws Exception {
    under(
        "again",
        cluster -> {
          for (int i = 0; i < 10; i++) {
            cluster.network().isolate(cluster.leader());
            Thread.sleep(80 + 150 * i);
            cluster.network().heal();
            Thread.sleep(300);
          }
        });
  }

  @Test
  void followerCutOff() throws Exception {
    under(
        "follower",
        cluster -> {
          String leader = cluster.leader();
          cluster.network().isolate(cluster.follower());
          Thread.sleep(3_000);
          cluster.network().heal();
          Thread.sleep(1_500);
          assertThat(cluster.leader()).isEqualTo(leader);
        });
  }

  @Test
  void allIsSlow() throws Exception {
    under(
        "delay",
        cluster -> {
          cluster.network().delay(40);
          Thread.sleep(4_000);
          cluster.network().heal();
        });
  }

  /** Each number or two is a range of its own, so kills come upon ranges that are being stored. */
  @Test
  void leadersKilledWhileTheyStoreRanges() throws Exception {
    under(
        "ranges",
        cluster -> {
          for (int i = 0; i < 5; i++) {
            String leader = cluster.leader();
            cluster.kill(leader);
            cluster.leader();
            cluster.start(leader);
            Thread.sleep(1_500);
          }
        },
        "step=2");
  }

  @Test
  void leadersKilledWhileASequenceIsRaised() throws Exception {
    under(
        "raised",
        cluster -> {
          try (LcsClient client = cluster.client()) {
            LcsSequence raised = client.sequence("raised");
            for (int i = 1; i <= 4; i++) {
              long target = i * 10_000_000L;
              String leader = cluster.leader();
              Thread killing =
                  new Thread(
                      () -> {
                        cluster.kill(leader);
                        cluster.start(leader);
                      });
              killing.start();
              assertThat(raised.raiseTo(target, false)).isGreaterThan(target);
              assertThat(raised.next()).isGreaterThan(target);
              killing.join();
            }
          }
        });
  }

  @Test
  void leaderKilledWhileAServerJoinsAndTheNewOneKilled() throws Exception {
    under(
        "joins",
        cluster -> {
          String leader = cluster.leader();
          Thread killing =
              new Thread(
                  () -> {
                    cluster.kill(leader);
                    cluster.start(leader);
                  });
          killing.start();
          String fourth = cluster.join();
          killing.join();
          cluster.kill(fourth);
          Thread.sleep(1_500);
          cluster.startJoining(fourth);
          await().atMost(Duration.ofSeconds(40)).until(() -> cluster.runs(fourth));
        });
  }

  /** No caller has an error; who hands over may, where an election comes in between. */
  @Test
  void handedOverToAndFro() throws Exception {
    under(
        "handed",
        cluster -> {
          int refused = 0;
          List<Long> millis = new ArrayList<>();
          try (LcsClient client = cluster.client()) {
            for (int i = 0; i < 50; i++) {
              String next = cluster.follower();
              long begun = System.nanoTime();
              try {
                client.transferLeadership(next);
                client.sequence("handed").next();
                millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
              } catch (LcsException e) {
                refused++;
                System.out.println("handing over to " + next + ": " + e.getMessage());
              }
            }
          }
          Collections.sort(millis);
          System.out.println("handed over: " + millis + " ms, " + refused + " refused");
          assertThat(refused).isLessThan(10);
        });
  }

  private interface MachineFault {
    void happen(Cluster cluster, FaultyMachine machine) throws Exception;
  }

  private void underMachine(String sequence, MachineFault fault) throws Exception {
    underMachine(sequence, SequencePolicy.COUNTER, fault);
  }

  private void underMachine(String sequence, SequencePolicy policy, MachineFault fault)
      throws Exception {
    FaultyMachine machine = FaultyMachine.build(folder);
    Cluster.Places places =
        new Cluster.Places() {
          @Override
          public Optional<Path> directory(String id) {
            return Optional.empty();
          }

          @Override
          public Map<String, String> environment(String id) {
            return machine.environment(id);
          }
        };
    try (Cluster cluster = new Cluster(folder, 3, places)) {
      cluster.leader();
      try (LcsClient client = cluster.client()) {
        client.create(sequence, policy);
      }
      LcsTrial.under(cluster, sequence, all -> fault.happen(all, machine));
    }
  }

  @Test
  void leaderSlowToWrite() throws Exception {
    underMachine(
        "slow",
        (cluster, machine) -> {
          String leader = cluster.leader();
          machine.slow(leader, Duration.ofMillis(900));
          Thread.sleep(5_000);
          machine.slow(leader, Duration.ZERO);
        });
  }

  @Test
  void allSlowToWrite() throws Exception {
    underMachine(
        "all-slow",
        (cluster, machine) -> {
          cluster.ids().forEach(id -> machine.slow(id, Duration.ofMillis(100)));
          Thread.sleep(5_000);
          cluster.ids().forEach(id -> machine.slow(id, Duration.ZERO));
        });
  }

  /**
   * Commits take longer than a lease (180 ms): the leader asks a majority for each batch, and those
   * who come anew find it all the same.
   */
  @Test
  void allSlowerToWriteThanALeaseIsLong() throws Exception {
    underMachine(
        "slower",
        (cluster, machine) -> {
          cluster.ids().forEach(id -> machine.slow(id, Duration.ofMillis(250)));
          Thread.sleep(1_000);
          for (int i = 0; i < 3; i++) {
            try (LcsClient anew =
                LcsClient.builder()
                    .servers(cluster.servers())
                    .attemptTimeout(Duration.ofSeconds(3))
                    .callTimeout(Duration.ofSeconds(20))
                    .build()) {
              assertThat(anew.sequence("slower").next()).isPositive();
            }
          }
          cluster.ids().forEach(id -> machine.slow(id, Duration.ZERO));
        });
  }

  private static void jump(Cluster cluster, FaultyMachine machine) throws InterruptedException {
    for (int i = 0; i < 25; i++) {
      for (String id : cluster.ids()) {
        machine.setClock(
            id, Duration.ofSeconds(ThreadLocalRandom.current().nextLong(-86_400, 86_400)));
      }
      Thread.sleep(200);
    }
  }

  @Test
  void clocksOfAllJump() throws Exception {
    underMachine("clocks", LcsFaultsIT::jump);
  }

  /** These are read from the clocks, of one leader after the other. */
  @Test
  void clocksOfAllJumpUnderNumbersThatTellTheTime() throws Exception {
    underMachine(
        "times",
        SequencePolicy.TIME,
        (cluster, machine) -> {
          jump(cluster, machine);
          String leader = cluster.leader();
          cluster.kill(leader);
          jump(cluster, machine);
          cluster.start(leader);
        });
  }

  /** It needs more than the file of its log has, ends, and comes back when there is space. */
  @Test
  void leadersDiskFull() throws Exception {
    Map<String, SmallDisk> disks = new TreeMap<>();
    try {
      for (String id : List.of("1", "2", "3")) {
        disks.put(id, SmallDisk.mount(48));
      }
      Cluster.Places places = id -> Optional.of(disks.get(id).folder().resolve("data"));
      try (Cluster cluster = new Cluster(folder, 3, places)) {
        LcsTrial.under(
            cluster,
            "full",
            all -> {
              String leader = all.leader();
              disks.get(leader).fill();
              try (LcsClient client = all.client()) {
                // Names of 128 letters, 60 bytes more each: the file has room for 20,000 of them.
                for (int i = 0; i < 60_000 && all.runs(leader); i++) {
                  var unused = client.sequence("s".repeat(120) + i).nextAsync();
                  if (i % 200 == 0) {
                    client.sequence("full").next();
                  }
                }
              }
              await().atMost(Duration.ofSeconds(30)).until(() -> !all.runs(leader));
              assertThat(all.said(leader)).contains("ends: PI-RAFT-1004").contains("No space left");
              disks.get(leader).free();
              all.start(leader);
            });
      }
    } finally {
      disks.values().forEach(SmallDisk::close);
    }
  }
}
