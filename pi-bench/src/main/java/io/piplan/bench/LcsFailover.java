package io.piplan.bench;

import io.piplan.lcs.LcsException;
import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.client.LcsSequence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  private volatile boolean stopped;
  private volatile String lastFailure = "";

  LcsFailover(LcsGroup group, Progress progress) {
    this.group = group;
    this.progress = progress;
  }

  void run(int times, RateTable table) {
    try (LcsClient client = group.client()) {
      LcsSequence numbers = client.sequence("bench-failover");
      Thread caller = new Thread(() -> ask(numbers));
      caller.start();
      try {
        table.times("pause when the leader is killed (kill -9)", each(times, this::kill));
        table.times("pause when the leader is stopped (SIGSTOP)", each(times / 5, this::stop));
        table.times(
            "pause when leadership is handed over", each(times / 2, () -> handOver(client)));
        table.times(
            "start of a killed server until it follows",
            starts.stream().mapToDouble(Double::doubleValue).toArray());
      } finally {
        stopped = true;
      }
    }
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

  private double[] each(int times, Runnable fault) {
    List<Double> all = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      settle();
      longest.set(0);
      fault.run();
      long then = calls.get();
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (calls.get() < then + 20) {
        if (System.nanoTime() > deadline) {
          throw new BenchException("no numbers for 30 s");
        }
        Pause.millis(5);
      }
      all.add(longest.get() / 1e6);
      after.run();
      after = () -> {};
      if (i % 10 == 9) {
        progress.say((i + 1) + " of " + times);
      }
    }
    return all.stream().mapToDouble(Double::doubleValue).toArray();
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
    client.transferLeadership(
        group.ids().stream().filter(id -> !id.equals(leader)).findFirst().orElseThrow());
  }
}
