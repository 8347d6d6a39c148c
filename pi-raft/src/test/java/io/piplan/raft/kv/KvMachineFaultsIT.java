package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.raft.faults.FaultyMachine;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What callers see while disks are slow or fail, and while wall clocks jump. */
@Tag("chaos")
class KvMachineFaultsIT {
  @TempDir Path folder;

  private interface Fault {
    void happen(KvProcesses members, FaultyMachine machine) throws Exception;
  }

  private void under(Fault fault) throws Exception {
    FaultyMachine machine = FaultyMachine.build(folder);
    KvProcesses.Places places =
        new KvProcesses.Places() {
          @Override
          public Optional<Path> directory(String id) {
            return Optional.empty();
          }

          @Override
          public Map<String, String> environment(String id) {
            return machine.environment(id);
          }
        };
    try (KvProcesses members = new KvProcesses(folder, 3, places)) {
      KvTrial.under(members, 300, one -> fault.happen(one, machine));
    }
  }

  private static void slow(FaultyMachine machine, List<String> ids, int millis) throws Exception {
    ids.forEach(id -> machine.slow(id, Duration.ofMillis(millis)));
    Thread.sleep(5_000);
    ids.forEach(id -> machine.slow(id, Duration.ZERO));
  }

  /** Slower than an election takes. */
  @Test
  void leaderSlowToWrite() throws Exception {
    under((members, machine) -> slow(machine, List.of(members.leader()), 900));
  }

  @Test
  void followerSlowToWrite() throws Exception {
    under((members, machine) -> slow(machine, List.of(members.follower()), 900));
  }

  @Test
  void allSlowToWrite() throws Exception {
    under((members, machine) -> slow(machine, members.ids(), 150));
  }

  /** It steps back for good; when its disk works again somebody starts it anew. */
  @Test
  void leaderCannotWrite() throws Exception {
    under(
        (members, machine) -> {
          String leader = members.leader();
          broken(members, machine, leader);
          assertThat(members.leader()).isNotEqualTo(leader);
        });
  }

  @Test
  void followerCannotWrite() throws Exception {
    under((members, machine) -> broken(members, machine, members.follower()));
  }

  private static void broken(KvProcesses members, FaultyMachine machine, String id)
      throws Exception {
    machine.breakDisk(id, true);
    members.awaitEnd(id);
    assertThat(members.log(id)).contains("ends: PI-RAFT-1004");
    machine.breakDisk(id, false);
    members.start(id);
    await().atMost(Duration.ofSeconds(40)).until(() -> members.status(id) != null);
  }

  @Test
  void clockOfTheLeaderJumps() throws Exception {
    under(
        (members, machine) -> {
          String leader = members.leader();
          long term = members.status(leader).path("term").asLong();
          for (Duration ahead : List.of(Duration.ofHours(1), Duration.ofHours(-1), Duration.ZERO)) {
            machine.setClock(leader, ahead);
            Thread.sleep(1_500);
            assertThat(clock(members, leader))
                .isBetween(
                    Instant.now().plus(ahead).minusSeconds(5),
                    Instant.now().plus(ahead).plusSeconds(5));
          }
          assertThat(members.leader()).isEqualTo(leader);
          assertThat(members.status(leader).path("term").asLong()).isEqualTo(term);
        });
  }

  /** As its interface writes it into each answer. */
  private static Instant clock(KvProcesses members, String id) throws Exception {
    HttpResponse<String> answer = members.send("GET", members.url(id) + "/_raft/status", "");
    return ZonedDateTime.parse(
            answer.headers().firstValue("Date").orElseThrow(), DateTimeFormatter.RFC_1123_DATE_TIME)
        .toInstant();
  }

  @Test
  void clockOfAFollowerJumps() throws Exception {
    under(
        (members, machine) -> {
          String follower = members.follower();
          for (Duration ahead : List.of(Duration.ofDays(1), Duration.ofDays(-1), Duration.ZERO)) {
            machine.setClock(follower, ahead);
            Thread.sleep(1_500);
          }
          members.awaitCaughtUp(follower);
        });
  }

  /** To and fro by up to a day, on all of them. */
  @Test
  void clocksOfAllJump() throws Exception {
    under(
        (members, machine) -> {
          for (int i = 0; i < 30; i++) {
            for (String id : members.ids()) {
              machine.setClock(
                  id, Duration.ofSeconds(ThreadLocalRandom.current().nextLong(-86_400, 86_400)));
            }
            Thread.sleep(200);
          }
        });
  }
}
