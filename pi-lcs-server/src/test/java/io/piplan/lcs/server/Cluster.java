package io.piplan.lcs.server;

import static org.awaitility.Awaitility.await;

import io.piplan.lcs.client.LcsClient;
import io.piplan.raft.faults.FaultyNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Servers in processes of their own, which can be killed and stopped. */
final class Cluster implements AutoCloseable {
  private final Path folder;
  private final Places places;
  private final FaultyNetwork network;
  private final List<String> arguments;
  private final List<String> ids;
  private final Map<String, Integer> raftPorts = new TreeMap<>();
  private final Map<String, Integer> clientPorts = new TreeMap<>();
  private final Map<String, Integer> httpPorts = new TreeMap<>();
  private final Map<String, Process> processes = new TreeMap<>();

  /** Where servers run. */
  interface Places {
    /** A place where nothing is wrong. */
    Places SOUND = id -> Optional.empty();

    /** Of its files; empty for one beside those of the others. */
    Optional<Path> directory(String id);

    default Map<String, String> environment(String id) {
      return Map.of();
    }
  }

  Cluster(Path folder, int size) {
    this(folder, size, Places.SOUND);
  }

  /**
   * @param arguments further ones of {@link MemberMain}
   */
  Cluster(Path folder, int size, Places places, String... arguments) {
    this.folder = folder;
    this.places = places;
    this.network = new FaultyNetwork(folder);
    this.arguments = List.of(arguments);
    this.ids = new ArrayList<>();
    for (int id = 1; id <= size; id++) {
      add(String.valueOf(id));
    }
    ids.forEach(this::start);
  }

  private void add(String id) {
    ids.add(id);
    raftPorts.put(id, freePort());
    clientPorts.put(id, freePort());
    httpPorts.put(id, freePort());
    network.add(id, raftPorts.get(id));
  }

  /** Among the servers; clients come another way. */
  FaultyNetwork network() {
    return network;
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> ids() {
    return ids;
  }

  void start(String id) {
    start(id, List.of());
  }

  private String address(String id) {
    return FaultyNetwork.host(id) + ":" + raftPorts.get(id);
  }

  private void start(String id, List<String> more) {
    String members =
        raftPorts.keySet().stream()
            .map(one -> one + "=" + address(one))
            .collect(Collectors.joining(","));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(network.javaOptions(id));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(MemberMain.class.getName(), id, members, directory(id).toString()));
    command.add(String.valueOf(clientPorts.get(id)));
    command.add(String.valueOf(httpPorts.get(id)));
    command.addAll(arguments);
    command.addAll(more);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(places.environment(id));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log(id).toFile()));
    try {
      processes.put(id, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path directory(String id) {
    return places.directory(id).orElse(folder.resolve(id));
  }

  /** Starts a further server and has it taken in. */
  String join() throws IOException, InterruptedException {
    String id = String.valueOf(ids.size() + 1);
    add(id);
    startJoining(id);
    String body = "{\"id\":\"" + id + "\",\"address\":\"" + address(id) + "\"}";
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () ->
                HttpClient.newHttpClient()
                        .send(
                            HttpRequest.newBuilder(URI.create(http(leader()) + "/v1/members"))
                                .PUT(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                            HttpResponse.BodyHandlers.ofString())
                        .statusCode()
                    == 200);
    return id;
  }

  /** As it was started when it joined. */
  void startJoining(String id) {
    start(id, List.of("join"));
  }

  boolean runs(String id) {
    return processes.get(id).isAlive();
  }

  /** What a server has said. */
  String said(String id) throws IOException {
    return Files.readString(log(id));
  }

  String follower() {
    String leader = leader();
    return ids.stream().filter(id -> !id.equals(leader)).findFirst().orElseThrow();
  }

  /** Outlives the test. */
  private Path log(String id) {
    return Path.of("target", "member-" + folder.getFileName() + "-" + id + ".log");
  }

  String servers() {
    return clientPorts.values().stream()
        .map(port -> "127.0.0.1:" + port)
        .collect(Collectors.joining(","));
  }

  /** Where one answers clients. */
  String server(String id) {
    return "127.0.0.1:" + clientPorts.get(id);
  }

  String http(String id) {
    return "http://127.0.0.1:" + httpPorts.get(id);
  }

  LcsClient client() {
    return LcsClient.builder().servers(servers()).callTimeout(Duration.ofSeconds(60)).build();
  }

  /** The server that says it gives numbers; asked of each alone. */
  String leader() {
    return await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .until(this::leaderNow, id -> !id.isEmpty());
  }

  private String leaderNow() {
    for (String id : ids) {
      try (LcsClient client =
          LcsClient.builder()
              .servers("127.0.0.1:" + clientPorts.get(id))
              .callTimeout(Duration.ofSeconds(1))
              .build()) {
        // A client that is told who leads may go there with what it asks.
        String status = client.status();
        if (status.startsWith("{\"id\":\"" + id + "\"") && status.contains("\"leads\":true")) {
          return id;
        }
      } catch (RuntimeException e) {
        // That one is down.
        continue;
      }
    }
    return "";
  }

  /** As by {@code kill -9}. */
  void kill(String id) {
    Process process = processes.remove(id).destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@code STOP} or {@code CONT}. */
  void signal(String id, String name) {
    signal(processes.get(id), name);
  }

  static void signal(Process process, String name) {
    try {
      int code =
          new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
              .inheritIO()
              .start()
              .waitFor();
      if (code != 0) {
        throw new IllegalStateException("kill ended with " + code);
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    List.copyOf(processes.keySet()).forEach(this::kill);
    network.close();
  }
}
