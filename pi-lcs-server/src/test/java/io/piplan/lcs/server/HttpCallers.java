package io.piplan.lcs.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Threads that ask for numbers over HTTP until they are told to stop, one server after the other,
 * follow to the leader, and try again whatever is refused or doesn't answer.
 */
final class HttpCallers implements AutoCloseable {
  private final List<Thread> threads = new ArrayList<>();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong calls = new AtomicLong();
  private final ObjectMapper json = new ObjectMapper();
  private volatile boolean stopped;

  HttpCallers(Cluster cluster, NumberHistory history, String sequence, int count) {
    List<String> servers = cluster.ids().stream().map(cluster::http).toList();
    for (int i = 0; i < count; i++) {
      List<NumberHistory.Given> mine = history.client();
      Thread thread = new Thread(() -> run(servers, sequence, mine), "http-caller-" + i);
      threads.add(thread);
      thread.start();
    }
  }

  private void run(List<String> servers, String sequence, List<NumberHistory.Given> mine) {
    HttpClient http =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(1))
            .build();
    try {
      for (int i = 0; !stopped; i++) {
        String server = servers.get(i % servers.size());
        ask(http, URI.create(server + "/v1/sequences/" + sequence + "/next?n=3"), mine);
        Thread.sleep(2);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failures.add(e);
    }
  }

  private void ask(HttpClient http, URI next, List<NumberHistory.Given> mine)
      throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(next)
            .timeout(Duration.ofSeconds(3))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    long begin = System.nanoTime();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      long end = System.nanoTime();
      // A server that knows no other leader than itself may send back and forth for a while.
      if (answer.statusCode() == 503 || answer.statusCode() == 307) {
        return;
      }
      JsonNode body = json.readTree(answer.body());
      if (answer.statusCode() != 200) {
        failures.add(new IllegalStateException(answer + ": " + body));
        return;
      }
      mine.add(
          new NumberHistory.Given(
              begin, end, body.get("first").asLong(), body.get("count").asInt()));
      calls.incrementAndGet();
    } catch (IOException e) {
      // Down, or no answer in time; what it may have given is lost.
      return;
    }
  }

  long calls() {
    return calls.get();
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
  }
}
