package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.raft.faults.FaultyMachine;
import io.piplan.raft.faults.SmallDisk;
import io.piplan.raft.faults.TornLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What goes wrong with a learner's machine is no concern of the group's, and never makes its copy
 * tell a wrong age; a learner that is being taken in is one as well.
 */
@Tag("chaos")
class KvLearnerFaultsIT {
  private static final String LEARNER = "4";
  private static final Duration AGE = Duration.ofMillis(400);

  @TempDir Path folder;

  /** All that can be brought upon one member. */
  private record Around(KvProcesses members, FaultyMachine machine, SmallDisk disk) {}

  /** What happens to the learner while reads from its copy are looked at. */
  private enum Fault {
    DISK_FULL {
      @Override
      void happen(Around around, AgedReads reads) throws Exception {
        around.disk.fill();
        fillLogs(around.members);
        around.disk.free();
        around.members.startJoining(LEARNER);
      }
    },
    DISK_SLOW {
      @Override
      void happen(Around around, AgedReads reads) throws Exception {
        around.machine.slow(LEARNER, Duration.ofMillis(1_200));
        untilRefused(reads);
        around.machine.slow(LEARNER, Duration.ZERO);
      }
    },
    DISK_FAILS {
      @Override
      void happen(Around around, AgedReads reads) throws Exception {
        around.machine.breakDisk(LEARNER, true);
        around.members.awaitEnd(LEARNER);
        assertThat(around.members.log(LEARNER)).contains("ends: PI-RAFT-1004");
        around.machine.breakDisk(LEARNER, false);
        around.members.startJoining(LEARNER);
      }
    },
    LOG_TORN {
      @Override
      void happen(Around around, AgedReads reads) throws Exception {
        around.members.kill(LEARNER);
        TornLog.tear(around.members.directory(LEARNER));
        around.members.startJoining(LEARNER);
      }
    },
    NOT_HEARD {
      @Override
      void happen(Around around, AgedReads reads) throws Exception {
        around.members.network().mute(LEARNER);
        Thread.sleep(3_000);
        around.members.network().heal();
      }
    },
    HEARS_NOBODY {
      @Override
      void happen(Around around, AgedReads reads) throws Exception {
        around.members.network().deafen(LEARNER);
        untilRefused(reads);
        around.members.network().heal();
      }
    },
    CLOCK_JUMPS {
      @Override
      void happen(Around around, AgedReads reads) throws Exception {
        for (int days : List.of(1, -1, 0)) {
          around.machine.setClock(LEARNER, Duration.ofDays(days));
          Thread.sleep(1_500);
        }
      }
    };

    abstract void happen(Around around, AgedReads reads) throws Exception;
  }

  /** And for longer than a message takes. */
  private static void untilRefused(AgedReads reads) throws InterruptedException {
    int before = reads.refused();
    await().atMost(Duration.ofSeconds(40)).until(() -> reads.refused() > before + 5);
    Thread.sleep(3_000);
  }

  /** Room that its open file has already is used up by large values; the group takes them all. */
  private static void fillLogs(KvProcesses members) throws Exception {
    String large = "{\"value\":\"" + "x".repeat(200_000) + "\"}";
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (members.runs(LEARNER)) {
      assertThat(System.nanoTime()).as("still there").isLessThan(deadline);
      try {
        members.send("PUT", members.url(members.leader()) + "/large", large);
      } catch (IOException e) {
        // Slow, as all share a machine.
        continue;
      }
    }
    assertThat(members.log(LEARNER)).contains("ends: PI-RAFT-1004").contains("No space left");
  }

  private interface Trial {
    void of(Around around) throws Exception;
  }

  private void under(Fault fault, Trial trial) throws Exception {
    FaultyMachine machine = FaultyMachine.build(folder);
    try (SmallDisk disk = fault == Fault.DISK_FULL ? SmallDisk.mount(48) : null) {
      KvProcesses.Places places =
          new KvProcesses.Places() {
            @Override
            public Optional<Path> directory(String id) {
              return disk != null && id.equals(LEARNER)
                  ? Optional.of(disk.folder().resolve("data"))
                  : Optional.empty();
            }

            @Override
            public Map<String, String> environment(String id) {
              return machine.environment(id);
            }
          };
      try (KvProcesses members = new KvProcesses(folder, 3, places)) {
        KvTrial.under(members, 300, one -> trial.of(new Around(one, machine, disk)));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofALearnerThatFollows(Fault fault) throws Exception {
    under(
        fault,
        around -> {
          assertThat(around.members.join()).isEqualTo(LEARNER);
          around.members.takeAsLearner(LEARNER);
          around.members.awaitCaughtUp(LEARNER);
          try (AgedReads reads = new AgedReads(around.members, LEARNER, AGE)) {
            await().atMost(Duration.ofSeconds(40)).until(() -> reads.answered() > 20);
            fault.happen(around, reads);
            around.members.awaitCaughtUp(LEARNER);
            int then = reads.answered();
            await().atMost(Duration.ofSeconds(60)).until(() -> reads.answered() > then + 20);
            assertThat(reads.violation()).isEmpty();
          }
          assertThat(around.members.status(LEARNER).path("role").asText()).isEqualTo("learner");
        });
  }

  /** Nothing is known of its copy's age before, so what is answered can only be too old. */
  @ParameterizedTest
  @EnumSource(names = {"NOT_HEARD", "CLOCK_JUMPS"})
  void ofAMemberThatIsTakenIn(Fault fault) throws Exception {
    under(
        fault,
        around -> {
          assertThat(around.members.join()).isEqualTo(LEARNER);
          await()
              .atMost(Duration.ofSeconds(40))
              .until(() -> around.members.status(LEARNER) != null);
          try (AgedReads reads = new AgedReads(around.members, LEARNER, AGE)) {
            CompletableFuture<Void> taking =
                CompletableFuture.runAsync(
                    () -> around.members.take(LEARNER), task -> new Thread(task, "taking").start());
            Thread.sleep(200);
            fault.happen(around, reads);
            taking.get(90, TimeUnit.SECONDS);
            around.members.awaitCaughtUp(LEARNER);
            assertThat(reads.violation()).isEmpty();
          }
        });
  }
}
