package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.raft.faults.FaultyMachine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Machines that are suspended for longer than a lease and an election, with clients on them, and go
 * on as if nothing had been: everything there stands still, what clients sent before is answered
 * after, and the wall clock jumps. The monotonic clock of a virtual machine stands still, too,
 * which breaks what a lease assumes; there servers are strict. I2 is looked at over all clients.
 */
@Tag("chaos")
class SuspendedMachinesIT {
  private static final Duration SUSPENDED = Duration.ofMillis(2_500);

  @TempDir Path folder;

  private interface Fault {
    void happen(Machines machines) throws Exception;
  }

  /** A server each, and clients. */
  private static final class Machines {
    private final Cluster cluster;
    private final FaultyMachine clocks;
    private final Map<String, CallerProcess> clients = new TreeMap<>();
    private final Map<String, Duration> lost = new TreeMap<>();

    Machines(Cluster cluster, FaultyMachine clocks) {
      this.cluster = cluster;
      this.clocks = clocks;
    }

    private void signal(String id, String name) {
      // The client first: it is not to see its server stop, nor to be woken before it.
      clients.get(id).signal(name);
      cluster.signal(id, name);
    }

    /** All of them for the same time: what passes until the last one goes on counts for all. */
    void suspend(List<String> ids, boolean monotonicStandsStill) throws InterruptedException {
      ids.forEach(id -> signal(id, "STOP"));
      long begun = System.nanoTime();
      Thread.sleep(SUSPENDED.toMillis());
      Duration gone = Duration.ofNanos(System.nanoTime() - begun);
      for (String id : ids) {
        if (monotonicStandsStill) {
          clocks.loseTime(id, lost.merge(id, gone, Duration::plus));
        }
        clocks.setClock(id, SUSPENDED.multipliedBy(40));
      }
      ids.forEach(id -> signal(id, "CONT"));
      Thread.sleep(3_000);
    }
  }

  private void under(String sequence, Fault fault, String... arguments) throws Exception {
    FaultyMachine clocks = FaultyMachine.build(folder);
    Cluster.Places places =
        new Cluster.Places() {
          @Override
          public Optional<Path> directory(String id) {
            return Optional.empty();
          }

          @Override
          public Map<String, String> environment(String id) {
            return clocks.environment(id);
          }
        };
    NumberHistory history = new NumberHistory();
    try (Cluster cluster = new Cluster(folder, 3, places, arguments)) {
      cluster.leader();
      Machines machines = new Machines(cluster, clocks);
      try (Callers callers = new Callers(cluster, history, sequence, 2, 3)) {
        for (String id : cluster.ids()) {
          machines.clients.put(
              id, new CallerProcess(folder.resolve("calls-" + id), cluster.servers(), sequence, 3));
        }
        await().atMost(Duration.ofSeconds(90)).until(() -> callers.calls() > 200);
        fault.happen(machines);
        long before = callers.calls();
        await().atMost(Duration.ofSeconds(90)).until(() -> callers.calls() > before + 500);
        assertThat(callers.failures()).isEmpty();
      }
      for (CallerProcess client : machines.clients.values()) {
        assertThat(client.addTo(history)).isGreaterThan(100);
      }
      machines.clients.values().forEach(CallerProcess::close);
    }
    System.out.println(sequence + ": " + history.check() + " calls hold");
  }

  private static Fault leader(int times, boolean monotonicStandsStill) {
    return machines -> {
      for (int i = 0; i < times; i++) {
        machines.suspend(List.of(machines.cluster.leader()), monotonicStandsStill);
      }
    };
  }

  /** As when processes are stopped by a debugger or a container is: the clock goes on. */
  @Test
  void theLeadersProcessesAreStoppedAndTheWallClockJumps() throws Exception {
    under("stopped", leader(3, false));
  }

  /** Its lease would still hold by its own clock; it asks a majority instead. */
  @Test
  void theLeadersMachineIsSuspendedAndServersAreStrict() throws Exception {
    under("strict", leader(3, true), "strict");
  }

  @Test
  void aFollowersMachineIsSuspended() throws Exception {
    under("follower", machines -> machines.suspend(List.of(machines.cluster.follower()), true));
  }

  /** As by one who suspends the host of all of them: no clock is ahead of another afterwards. */
  @Test
  void allMachinesAreSuspended() throws Exception {
    under(
        "all",
        machines -> {
          machines.suspend(machines.cluster.ids(), true);
          machines.suspend(machines.cluster.ids(), true);
        });
  }
}
