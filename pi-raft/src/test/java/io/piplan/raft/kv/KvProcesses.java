package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Members in processes of their own, which can be killed and stopped. */
final class KvProcesses implements AutoCloseable {
  private final Path folder;
  private final Map<String, Integer> raft = new TreeMap<>();
  private final Map<String, Integer> http = new TreeMap<>();
  private final Map<String, Process> processes = new TreeMap<>();
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofMillis(500)).build();
  private final ObjectMapper json = new ObjectMapper();

  KvProcesses(Path folder, int size) {
    this.folder = folder;
    for (int id = 1; id <= size; id++) {
      raft.put(String.valueOf(id), freePort());
      http.put(String.valueOf(id), freePort());
    }
    List.copyOf(raft.keySet()).forEach(id -> start(id, false));
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> ids() {
    return List.copyOf(raft.keySet());
  }

  String url(String id) {
    return "http://127.0.0.1:" + http.get(id);
  }

  Path directory(String id) {
    return folder.resolve(id);
  }

  private void start(String id, boolean join) {
    String members =
        raft.entrySet().stream()
            .map(one -> one.getKey() + "=127.0.0.1:" + one.getValue())
            .collect(Collectors.joining(","));
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            KvMemberMain.class.getName(),
            id,
            members,
            directory(id).toString(),
            String.valueOf(http.get(id)),
            String.valueOf(join));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(logFile(id).toFile()));
    try {
      processes.put(id, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void start(String id) {
    start(id, false);
  }

  /** Adds a member that is taken in by {@link #take}. */
  String join() {
    String id = String.valueOf(raft.size() + 1);
    raft.put(id, freePort());
    http.put(id, freePort());
    start(id, true);
    return id;
  }

  /** Has the group take a member in; comes back when it has a vote. */
  void take(String id) {
    String body = "{\"id\":\"" + id + "\",\"address\":\"127.0.0.1:" + raft.get(id) + "\"}";
    await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () -> {
              HttpResponse<String> answer = send("PUT", url(leader()) + "/_raft/members", body);
              return answer.statusCode() == 200;
            });
  }

  /** Outlives the test. */
  private Path logFile(String id) {
    return Path.of("target", "member-" + folder.getFileName() + "-" + id + ".log");
  }

  HttpResponse<String> send(String method, String url, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(5))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  JsonNode tree(String body) {
    try {
      return json.readTree(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String leader() {
    return await()
        .atMost(Duration.ofSeconds(40))
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .until(this::leaderNow, id -> !id.isEmpty());
  }

  /** One that says so in the newest term. */
  private String leaderNow() {
    String leader = "";
    long newest = -1;
    for (String id : processes.keySet()) {
      try {
        JsonNode status =
            tree(
                client
                    .send(
                        HttpRequest.newBuilder(URI.create(url(id) + "/_raft/status"))
                            .timeout(Duration.ofMillis(400))
                            .build(),
                        HttpResponse.BodyHandlers.ofString())
                    .body());
        long term = status.path("term").asLong();
        if (status.path("role").asText().equals("leader") && term > newest) {
          leader = id;
          newest = term;
        }
      } catch (IOException e) {
        // Down or stopped.
        continue;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    return leader;
  }

  String follower() {
    String leader = leader();
    return processes.keySet().stream().filter(id -> !id.equals(leader)).findFirst().orElseThrow();
  }

  /** As by {@code kill -9}. */
  void kill(String id) {
    try {
      processes.remove(id).destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean runs(String id) {
    return processes.get(id).isAlive();
  }

  String log(String id) throws IOException {
    return java.nio.file.Files.readString(logFile(id));
  }

  /** {@code STOP} or {@code CONT}. */
  void signal(String id, String name) {
    try {
      int code =
          new ProcessBuilder("kill", "-" + name, String.valueOf(processes.get(id).pid()))
              .inheritIO()
              .start()
              .waitFor();
      assertThat(code).isZero();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    List.copyOf(processes.keySet()).forEach(this::kill);
  }
}
