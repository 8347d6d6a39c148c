package io.piplan.bench;

import io.piplan.lcs.LcsException;
import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.client.LcsSequence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long callers wait when the leader is killed, is stopped, or hands over: the longest call of a
 * client that asks all the time, from before the fault until numbers come again.
 */
final class LcsFailover {
  private final LcsGroup group;
  private final Progress progress;
  private final AtomicLong longest = new AtomicLong();
  private final AtomicLong calls = new AtomicLong();
  private final AtomicInteger failures = new AtomicInteger();
  private final List<Double> starts = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();
  private volatile boolean stopped;
  private volatile String lastFailure = "";

  LcsFailover(LcsGroup group, Progress progress) {
    this.group = group;
    this.progress = progress;
  }

  /** How often each of them is done. */
  record Times(int kills, int stops, int handOvers) {}

  void run(Times times, RateTable table) {
    try (LcsClient client = group.client()) {
      LcsSequence numbers = client.sequence("bench-failover");
      Thread caller = new Thread(() -> ask(numbers));
      caller.start();
      try {
        each("pause when the leader is killed (kill -9)", times.kills(), this::kill, table);
        each("pause when the leader is stopped (SIGSTOP)", times.stops(), this::stop, table);
        each(
            "pause when leadership is handed over",
            times.handOvers(),
            () -> handOver(client),
            table);
      } finally {
        stopped = true;
        times(table, "start of a killed server until it follows", starts);
      }
    }
    refusals.forEach(table::note);
    table.note(
        calls.get()
            + " calls of one caller during that, "
            + failures.get()
            + " of them failed"
            + (lastFailure.isEmpty() ? "" : ": " + lastFailure));
  }

  private void ask(LcsSequence numbers) {
    while (!stopped) {
      long begin = System.nanoTime();
      try {
        numbers.next();
        calls.incrementAndGet();
      } catch (LcsException e) {
        if (!stopped) {
          failures.incrementAndGet();
          lastFailure = e.getMessage();
        }
      }
      longest.accumulateAndGet(System.nanoTime() - begin, Math::max);
      Pause.millis(1);
    }
  }

  /** What was measured is in the table also when one of them doesn't end well. */
  private void each(String what, int times, Runnable fault, RateTable table) {
    List<Double> all = new ArrayList<>();
    try {
      for (int i = 0; i < times; i++) {
        settle();
        longest.set(0);
        fault.run();
        awaitNumbers();
        all.add(longest.get() / 1e6);
        Runnable then = after;
        after = () -> {};
        then.run();
        // Each of them, as whoever breaks it off has these.
        progress.say(
            String.format(Locale.ROOT, "%s, %d of %d: %.0f ms", what, i + 1, times, all.get(i)));
      }
    } finally {
      times(table, what, all);
    }
  }

  private static void times(RateTable table, String what, List<Double> millis) {
    if (!millis.isEmpty()) {
      table.times(what, millis.stream().mapToDouble(Double::doubleValue).toArray());
    }
  }

  private void awaitNumbers() {
    long then = calls.get();
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (calls.get() < then + 20) {
      if (System.nanoTime() > deadline) {
        throw new BenchException("no numbers for 30 s");
      }
      Pause.millis(5);
    }
  }

  private Runnable after = () -> {};

  /** All three there, and one of them leads: else a fault would meet a group without a spare. */
  private void settle() {
    String leader = group.leader();
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    for (String id : group.ids()) {
      while (!id.equals(leader) && !group.follows(id)) {
        if (System.nanoTime() > deadline) {
          throw new BenchException("member " + id + " doesn't come back");
        }
        Pause.millis(50);
      }
    }
    Pause.millis(300);
  }

  private void kill() {
    String leader = group.leader();
    group.process(leader).close();
    after =
        () -> {
          long begin = System.nanoTime();
          group.start(leader);
          long deadline = begin + Duration.ofSeconds(30).toNanos();
          while (!group.follows(leader)) {
            if (System.nanoTime() > deadline) {
              throw new BenchException("member " + leader + " doesn't come back");
            }
            Pause.millis(20);
          }
          starts.add((System.nanoTime() - begin) / 1e6);
        };
    Pause.millis(20);
  }

  private void stop() {
    String leader = group.leader();
    group.process(leader).signal("STOP");
    after = () -> group.process(leader).signal("CONT");
    Pause.millis(20);
  }

  private void handOver(LcsClient client) {
    String leader = group.leader();
    try {
      client.transferLeadership(
          group.ids().stream().filter(id -> !id.equals(leader)).findFirst().orElseThrow());
    } catch (LcsException e) {
      // How long callers wait counts all the same.
      refusals.add("a hand-over was refused: " + e.getMessage());
    }
  }
}
