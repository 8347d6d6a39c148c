package io.piplan.raft.kv;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Writes a growing number over the leader all along, and reads it from one member's copy at a
 * bounded age: whatever is answered must be no older than that.
 */
final class AgedReads implements AutoCloseable {
  private static final String KEY = "/aged";

  /**
   * An age doesn't count the way of the leader's message, which on a busy machine takes time. What
   * is to be noticed lasts longer.
   */
  private static final Duration ON_THE_WAY = Duration.ofMillis(1_500);

  private final KvProcesses members;
  private final String copy;
  private final Duration age;

  /** By when they were acknowledged, as {@link System#nanoTime} since the beginning. */
  private final ConcurrentSkipListMap<Long, Long> written = new ConcurrentSkipListMap<>();

  private final long begun = System.nanoTime();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final Thread writer = new Thread(this::write, "aged-writes");
  private final Thread reader = new Thread(this::read, "aged-reads");
  private volatile boolean stopped;
  private volatile String violation = "";

  AgedReads(KvProcesses members, String copy, Duration age) {
    this.members = members;
    this.copy = copy;
    this.age = age;
    writer.start();
    reader.start();
  }

  private long now() {
    return System.nanoTime() - begun;
  }

  private void write() {
    String leader = members.leader();
    for (long number = 1; !stopped; number++) {
      try {
        String url = members.url(leader) + KEY;
        if (members.send("PUT", url, "{\"value\":" + number + "}").statusCode() == 200) {
          written.put(now(), number);
        } else {
          leader = members.leader();
        }
        Thread.sleep(5);
      } catch (IOException e) {
        leader = members.leader();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void read() {
    while (!stopped) {
      try {
        long asked = now();
        HttpResponse<String> answer =
            members.send("GET", members.url(copy) + KEY + "?within=" + age.toMillis() + "ms", "");
        if (answer.statusCode() == 200) {
          answered.incrementAndGet();
          long value = members.tree(answer.body()).path("value").asLong();
          Map.Entry<Long, Long> must = written.floorEntry(asked - age.plus(ON_THE_WAY).toNanos());
          if (must != null && value < must.getValue()) {
            violation = "saw " + value + ", " + must.getValue() + " was there " + age + " before";
          }
        } else if (answer.body().contains("PI-RAFT-2003")) {
          refused.incrementAndGet();
        }
        Thread.sleep(5);
      } catch (IOException e) {
        // Down.
        continue;
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  int answered() {
    return answered.get();
  }

  /** Since the copy was too old. */
  int refused() {
    return refused.get();
  }

  /** Empty if there is none. */
  String violation() {
    return violation;
  }

  @Override
  public void close() {
    stopped = true;
    try {
      writer.join(30_000);
      reader.join(30_000);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
