package io.piplan.lcs.server;

import static org.awaitility.Awaitility.await;

import io.piplan.lcs.client.LcsClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Servers in processes of their own, which can be killed and stopped. */
final class Cluster implements AutoCloseable {
  private final Path folder;
  private final boolean strict;
  private final List<String> ids;
  private final Map<String, Integer> raftPorts = new TreeMap<>();
  private final Map<String, Integer> clientPorts = new TreeMap<>();
  private final Map<String, Integer> httpPorts = new TreeMap<>();
  private final Map<String, Process> processes = new TreeMap<>();

  Cluster(Path folder, int size, boolean strict) {
    this.folder = folder;
    this.strict = strict;
    this.ids = new ArrayList<>();
    for (int id = 1; id <= size; id++) {
      ids.add(String.valueOf(id));
      raftPorts.put(String.valueOf(id), freePort());
      clientPorts.put(String.valueOf(id), freePort());
      httpPorts.put(String.valueOf(id), freePort());
    }
    ids.forEach(this::start);
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
    String members =
        raftPorts.entrySet().stream()
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
            MemberMain.class.getName(),
            id,
            members,
            folder.resolve(id).toString(),
            String.valueOf(clientPorts.get(id)),
            String.valueOf(httpPorts.get(id)),
            String.valueOf(strict));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log(id).toFile()));
    try {
      processes.put(id, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
        if (client.status().contains("\"leads\":true")) {
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
    try {
      int code =
          new ProcessBuilder("kill", "-" + name, String.valueOf(processes.get(id).pid()))
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
  }
}
