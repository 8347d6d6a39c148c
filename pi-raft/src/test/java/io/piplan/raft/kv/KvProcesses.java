package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.raft.RaftOptions;
import io.piplan.raft.faults.FaultyNetwork;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Members in processes of their own, which can be killed and stopped. */
final class KvProcesses implements AutoCloseable {
  /**
   * Shortest election time-out, milliseconds; the longest is twice that. A machine that others keep
   * busy may elect nobody with short ones, whose pauses are longer: {@code -Dpi.kv.election=1000}.
   */
  private static final long ELECTION_MILLIS = Long.getLong("pi.kv.election", 300);

  private final Path folder;
  private final Places places;
  private final FaultyNetwork network;
  private final Map<String, Integer> raft = new TreeMap<>();
  private final Map<String, Integer> http = new TreeMap<>();
  private final Map<String, Process> processes = new ConcurrentSkipListMap<>();
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofMillis(500)).build();
  private final ObjectMapper json = new ObjectMapper();

  /** Where members run. */
  interface Places {
    /** A place where nothing is wrong. */
    Places SOUND = id -> Optional.empty();

    /** Of its files; empty for one beside those of the others. */
    Optional<Path> directory(String id);

    default Map<String, String> environment(String id) {
      return Map.of();
    }

    default RaftOptions.Transport transport() {
      return RaftOptions.Transport.GRPC;
    }
  }

  KvProcesses(Path folder, int size) {
    this(folder, size, Places.SOUND);
  }

  KvProcesses(Path folder, int size, Places places) {
    this.folder = folder;
    this.places = places;
    this.network = new FaultyNetwork(folder);
    for (int id = 1; id <= size; id++) {
      add(String.valueOf(id));
    }
    List.copyOf(raft.keySet()).forEach(id -> start(id, false));
  }

  private void add(String id) {
    raft.put(id, freePort());
    http.put(id, freePort());
    network.add(id, raft.get(id));
  }

  /** Among the members; callers come another way. */
  FaultyNetwork network() {
    return network;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of all, also of those that don't run now. */
  List<String> ids() {
    return List.copyOf(raft.keySet());
  }

  String url(String id) {
    return "http://127.0.0.1:" + http.get(id);
  }

  Path directory(String id) {
    return places.directory(id).orElse(folder.resolve(id));
  }

  private String address(String id) {
    return FaultyNetwork.host(id) + ":" + raft.get(id);
  }

  private void start(String id, boolean join) {
    String members =
        raft.keySet().stream()
            .map(one -> one + "=" + address(one))
            .collect(Collectors.joining(","));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(network.javaOptions(id));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(KvMemberMain.class.getName(), id, members));
    command.addAll(List.of(directory(id).toString(), String.valueOf(http.get(id))));
    command.addAll(List.of(String.valueOf(join), String.valueOf(ELECTION_MILLIS)));
    command.add(places.transport().name());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(places.environment(id));
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

  /** As it was started when it joined. */
  void startJoining(String id) {
    start(id, true);
  }

  /** Adds a member that is taken in by {@link #take}; comes back when it answers. */
  String join() {
    String id = String.valueOf(raft.size() + 1);
    add(id);
    start(id, true);
    await().atMost(Duration.ofSeconds(90)).until(() -> status(id) != null);
    return id;
  }

  /** Has the group take a member in; comes back when it has a vote. */
  void take(String id) {
    change("PUT", member(id));
  }

  /** Has the group take several in at once; comes back when each has a vote. */
  void take(List<String> several) {
    change("PUT", "{\"members\":" + several.stream().map(this::member).toList() + "}");
  }

  private String member(String id) {
    return "{\"id\":\"" + id + "\",\"address\":\"" + address(id) + "\"}";
  }

  /** Has the group take a member in that follows without a vote. */
  void takeAsLearner(String id) {
    change("PUT", "{\"id\":\"" + id + "\",\"address\":\"" + address(id) + "\",\"learner\":true}");
  }

  void remove(String id) {
    change("DELETE", "{\"id\":\"" + id + "\"}");
  }

  void remove(List<String> several) {
    change("DELETE", "{\"members\":" + several.stream().map(this::member).toList() + "}");
  }

  /** Waits until it has nearly all the leader has, and answers from its copy. */
  void awaitCaughtUp(String id) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(status(id).path("applied").asLong())
                    .isGreaterThan(status(leader()).path("commit").asLong() - 500));
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> send("GET", url(id) + "/none?within=2000ms", "").statusCode() == 404);
  }

  /** Asked again until it is done, as leaders come and go. */
  private void change(String method, String body) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              HttpResponse<String> answer = send(method, url(leader()) + "/_raft/members", body);
              return answer.statusCode() == 200
                  || (method.equals("DELETE") && answer.body().contains("no member has id"));
            });
  }

  /** What a member says of itself; null if it says nothing. */
  JsonNode status(String id) {
    try {
      return tree(send("GET", url(id) + "/_raft/status", "").body());
    } catch (IOException e) {
      return null;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
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
        .atMost(Duration.ofSeconds(90))
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
                            .timeout(Duration.ofMillis(800))
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

  /** Waits until a member has ended by itself. */
  void awaitEnd(String id) {
    await().atMost(Duration.ofSeconds(60)).until(() -> !processes.get(id).isAlive());
  }

  @Override
  public void close() {
    List.copyOf(processes.keySet()).forEach(this::kill);
    network.close();
  }
}
