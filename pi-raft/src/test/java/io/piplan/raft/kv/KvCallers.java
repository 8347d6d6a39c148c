package io.piplan.raft.kv;

import com.fasterxml.jackson.databind.JsonNode;
import io.piplan.raft.kv.VersionedRegister.Get;
import io.piplan.raft.kv.VersionedRegister.Operation;
import io.piplan.raft.kv.VersionedRegister.Put;
import io.piplan.raft.kv.VersionedRegister.Swap;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Threads that write, swap and read a few keys over any member, add to one more, and note what they
 * saw. What changes something and has no answer has an unknown outcome; a read without one is left
 * out.
 */
final class KvCallers implements AutoCloseable {
  private static final int KEYS = 4;
  private static final AtomicInteger TRIALS = new AtomicInteger();

  private final String prefix = "trial" + TRIALS.incrementAndGet() + "-key";
  private final String counter = prefix + "-counter";
  private final List<Linearizability.Call<Counter.Operation>> counts = new ArrayList<>();
  private final KvProcesses members;
  private final Map<String, List<Linearizability.Call<Operation>>> history = new HashMap<>();
  private final Map<String, AtomicLong> versions = new HashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong values = new AtomicLong();
  private final AtomicInteger answered = new AtomicInteger();
  private volatile boolean stopped;
  private volatile Throwable failure;

  KvCallers(KvProcesses members, int count) {
    this.members = members;
    for (int i = 0; i < KEYS; i++) {
      history.put(prefix + i, new ArrayList<>());
      versions.put(prefix + i, new AtomicLong());
    }
    for (int i = 0; i < count; i++) {
      Thread thread = new Thread(this::run, "kv-caller-" + i);
      threads.add(thread);
      thread.start();
    }
  }

  private void run() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    try {
      while (!stopped) {
        String key = prefix + random.nextInt(KEYS);
        switch (random.nextInt(6)) {
          case 0 -> put(key);
          case 1 -> swap(key);
          case 2 -> add();
          case 3 -> count();
          default -> get(key);
        }
        Thread.sleep(2);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private void put(String key) throws InterruptedException {
    long value = values.incrementAndGet();
    long begin = System.nanoTime();
    HttpResponse<String> answer = ask("PUT", key, "{\"value\":" + value + "}");
    if (answer == null || answer.statusCode() >= 500) {
      if (answer == null || answer.statusCode() != 503) {
        note(key, begin, Linearizability.NEVER, new Put(value, -1));
      }
      return;
    }
    long version = members.tree(answer.body()).path("version").asLong();
    note(key, begin, System.nanoTime(), new Put(value, version));
    versions.get(key).accumulateAndGet(version, Math::max);
  }

  private void swap(String key) throws InterruptedException {
    long expected = versions.get(key).get();
    if (expected == 0) {
      return;
    }
    long value = values.incrementAndGet();
    long begin = System.nanoTime();
    HttpResponse<String> answer =
        ask("PUT", key, "{\"value\":" + value + "}", "If-Match", String.valueOf(expected));
    if (answer == null || answer.statusCode() >= 500) {
      if (answer == null || answer.statusCode() != 503) {
        unknownSwap(key, begin, expected, value);
      }
      return;
    }
    long version = members.tree(answer.body()).path("version").asLong();
    boolean done = answer.statusCode() == 200;
    note(key, begin, System.nanoTime(), new Swap(expected, value, done, version));
    versions.get(key).accumulateAndGet(version, Math::max);
  }

  private void unknownSwap(String key, long begin, long expected, long value) {
    // It either wrote, from the expected version to one that nobody knows, or did nothing.
    note(key, begin, Linearizability.NEVER, new VersionedRegister.UnknownSwap(expected, value));
  }

  private void add() throws InterruptedException {
    long begin = System.nanoTime();
    HttpResponse<String> answer = ask("POST", counter, "{\"add\":1}");
    if (answer == null || answer.statusCode() >= 500) {
      if (answer == null || answer.statusCode() != 503) {
        count(begin, Linearizability.NEVER, new Counter.UnknownAdd());
      }
      return;
    }
    count(begin, System.nanoTime(), new Counter.Add(sum(answer)));
  }

  private void count() throws InterruptedException {
    long begin = System.nanoTime();
    HttpResponse<String> answer = ask("GET", counter, "");
    if (answer != null && answer.statusCode() < 500) {
      count(begin, System.nanoTime(), new Counter.Read(sum(answer)));
    }
  }

  private long sum(HttpResponse<String> answer) {
    return answer.statusCode() == 404 ? 0 : members.tree(answer.body()).path("value").asLong();
  }

  private void count(long begin, long end, Counter.Operation operation) {
    synchronized (counts) {
      counts.add(new Linearizability.Call<>(begin, end, operation));
    }
    if (end != Linearizability.NEVER) {
      answered.incrementAndGet();
    }
  }

  private void get(String key) throws InterruptedException {
    long begin = System.nanoTime();
    HttpResponse<String> answer = ask("GET", key, "");
    if (answer == null || answer.statusCode() >= 500) {
      return;
    }
    JsonNode body = members.tree(answer.body());
    note(
        key,
        begin,
        System.nanoTime(),
        answer.statusCode() == 404
            ? new Get(0, 0)
            : new Get(body.path("value").asLong(), body.path("version").asLong()));
    versions.get(key).accumulateAndGet(body.path("version").asLong(), Math::max);
  }

  /** Asks a member, and the one it names; null if the outcome is unknown. */
  private HttpResponse<String> ask(String method, String key, String body, String... headers)
      throws InterruptedException {
    List<String> ids = members.ids();
    String url = members.url(ids.get(ThreadLocalRandom.current().nextInt(ids.size()))) + "/" + key;
    try {
      HttpResponse<String> answer = members.send(method, url, body, headers);
      for (int hops = 0; answer.statusCode() == 302 && hops < 3; hops++) {
        String to = answer.headers().firstValue("Location").orElseThrow();
        answer = members.send(method, to, body, headers);
      }
      if (answer.statusCode() == 302) {
        return null;
      }
      return answer;
    } catch (IOException e) {
      return null;
    }
  }

  private void note(String key, long begin, long end, Operation operation) {
    List<Linearizability.Call<Operation>> calls = history.get(key);
    synchronized (calls) {
      calls.add(new Linearizability.Call<>(begin, end, operation));
    }
    if (end != Linearizability.NEVER) {
      answered.incrementAndGet();
    }
  }

  int answered() {
    return answered.get();
  }

  Map<String, List<Linearizability.Call<Operation>>> history() {
    return history;
  }

  /** What was seen of the counter. */
  List<Linearizability.Call<Counter.Operation>> counts() {
    return counts;
  }

  Throwable failure() {
    return failure;
  }

  @Override
  public void close() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join(30_000);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
