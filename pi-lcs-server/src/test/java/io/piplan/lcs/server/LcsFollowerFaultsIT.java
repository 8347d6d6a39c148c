package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.lcs.client.LcsClient;
import io.piplan.raft.faults.FaultyMachine;
import io.piplan.raft.faults.SmallDisk;
import io.piplan.raft.faults.TornLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What goes wrong with a server that doesn't lead is nothing to clients, and it comes back: each
 * time the others then hand over to it, so that it has to give numbers itself.
 */
@Tag("chaos")
class LcsFollowerFaultsIT {
  @TempDir Path folder;

  private record Around(Cluster cluster, FaultyMachine machine, SmallDisk disk) {}

  private enum Fault {
    KILLED {
      @Override
      void happen(Around around, String follower) throws Exception {
        for (int i = 0; i < 2; i++) {
          around.cluster.kill(follower);
          Thread.sleep(1_500);
          around.cluster.start(follower);
          Thread.sleep(1_500);
        }
      }
    },
    STOPPED {
      @Override
      void happen(Around around, String follower) throws Exception {
        around.cluster.signal(follower, "STOP");
        Thread.sleep(3_000);
        around.cluster.signal(follower, "CONT");
      }
    },
    DISK_SLOW {
      @Override
      void happen(Around around, String follower) throws Exception {
        around.machine.slow(follower, Duration.ofMillis(900));
        Thread.sleep(4_000);
        around.machine.slow(follower, Duration.ZERO);
      }
    },
    DISK_FAILS {
      @Override
      void happen(Around around, String follower) {
        around.machine.breakDisk(follower, true);
        ended(around, follower);
        around.machine.breakDisk(follower, false);
        around.cluster.start(follower);
      }
    },
    DISK_FULL {
      @Override
      void happen(Around around, String follower) throws Exception {
        around.disk.fill();
        try (LcsClient client = around.cluster.client()) {
          // Names of 128 letters, 60 bytes more each: the file has room for 20,000 of them.
          for (int i = 0; i < 60_000 && around.cluster.runs(follower); i++) {
            var unused = client.sequence("s".repeat(120) + i).nextAsync();
            if (i % 200 == 0) {
              client.sequence("full").next();
            }
          }
        }
        ended(around, follower);
        around.disk.free();
        around.cluster.start(follower);
      }
    },
    LOG_TORN {
      @Override
      void happen(Around around, String follower) throws Exception {
        around.cluster.kill(follower);
        TornLog.tear(around.cluster.directory(follower));
        around.cluster.start(follower);
      }
    },
    NOT_HEARD {
      @Override
      void happen(Around around, String follower) throws Exception {
        around.cluster.network().mute(follower);
        Thread.sleep(3_000);
        around.cluster.network().heal();
      }
    },
    HEARS_NOBODY {
      @Override
      void happen(Around around, String follower) throws Exception {
        around.cluster.network().deafen(follower);
        Thread.sleep(3_000);
        around.cluster.network().heal();
      }
    };

    abstract void happen(Around around, String follower) throws Exception;
  }

  private static void ended(Around around, String follower) {
    await().atMost(Duration.ofSeconds(60)).until(() -> !around.cluster.runs(follower));
    assertThat(said(around, follower)).contains("ends: PI-RAFT-1004");
  }

  private static String said(Around around, String follower) {
    try {
      return around.cluster.said(follower);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofOneThatFollows(Fault fault) throws Exception {
    FaultyMachine machine = FaultyMachine.build(folder);
    // Of server 3, which follows then.
    try (SmallDisk disk = fault == Fault.DISK_FULL ? SmallDisk.mount(48) : null) {
      Cluster.Places places =
          new Cluster.Places() {
            @Override
            public Optional<Path> directory(String id) {
              return disk != null && id.equals("3")
                  ? Optional.of(disk.folder().resolve("data"))
                  : Optional.empty();
            }

            @Override
            public Map<String, String> environment(String id) {
              return machine.environment(id);
            }
          };
      try (Cluster cluster = new Cluster(folder, 3, places)) {
        if (cluster.leader().equals("3")) {
          lead(cluster, "1");
        }
        LcsTrial.under(
            cluster,
            "follower",
            all -> {
              fault.happen(new Around(all, machine, disk), "3");
              lead(all, "3");
            });
      }
    }
  }

  /** Asked again, as the one that is to lead may not have come back yet. */
  private static void lead(Cluster cluster, String next) {
    await()
        .atMost(Duration.ofSeconds(90))
        .ignoreExceptions()
        .until(
            () -> {
              if (!cluster.leader().equals(next)) {
                try (LcsClient client = cluster.client()) {
                  client.transferLeadership(next);
                }
              }
              return cluster.leader().equals(next);
            });
  }
}
