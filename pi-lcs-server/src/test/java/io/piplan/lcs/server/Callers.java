package io.piplan.lcs.server;

import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.client.LcsSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Threads with several clients that ask for numbers until they are told to stop. */
final class Callers implements AutoCloseable {
  private final List<LcsClient> clients = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong longest = new AtomicLong();
  private final AtomicLong calls = new AtomicLong();
  private volatile boolean stopped;

  Callers(
      Cluster cluster, NumberHistory history, String sequence, int clientCount, int threadsEach) {
    for (int c = 0; c < clientCount; c++) {
      LcsClient client = cluster.client();
      clients.add(client);
      LcsSequence numbers = client.sequence(sequence);
      for (int t = 0; t < threadsEach; t++) {
        List<NumberHistory.Given> mine = history.client();
        Thread thread = new Thread(() -> run(numbers, mine), "caller-" + c + "-" + t);
        threads.add(thread);
        thread.start();
      }
    }
  }

  private void run(LcsSequence numbers, List<NumberHistory.Given> mine) {
    while (!stopped) {
      try {
        int count = ThreadLocalRandom.current().nextInt(4) == 0 ? 7 : 1;
        long begin = System.nanoTime();
        long first = count == 1 ? numbers.next() : numbers.nextRange(count).first();
        long end = System.nanoTime();
        mine.add(new NumberHistory.Given(begin, end, first, count));
        longest.accumulateAndGet(end - begin, Math::max);
        calls.incrementAndGet();
        Thread.sleep(0, 200_000);
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        failures.add(e);
        return;
      }
    }
  }

  long calls() {
    return calls.get();
  }

  /** Longest call since this was last asked. */
  long longestMillis() {
    return TimeUnit.NANOSECONDS.toMillis(longest.getAndSet(0));
  }

  List<Throwable> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join(20_000);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    clients.forEach(LcsClient::close);
  }
}
