package io.piplan.bench;

import io.piplan.lcs.LcsException;
import io.piplan.lcs.client.LcsClient;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Three PiLCS servers as {@code bin/pi lcs server} runs them, each in a process of its own. */
final class LcsGroup implements AutoCloseable {
  private static final String MAIN = "io.piplan.cli.command.Pi";

  private final Path folder;
  private final String election;
  private final Map<String, Integer> raft = new TreeMap<>();
  private final Map<String, Integer> clients = new TreeMap<>();
  private final Map<String, ChildProcess> running = new TreeMap<>();
  private int starts;

  LcsGroup(Path folder, String election) {
    this.folder = folder;
    this.election = election;
    for (String id : List.of("1", "2", "3")) {
      raft.put(id, ChildProcess.freePort());
      clients.put(id, ChildProcess.freePort());
    }
    raft.keySet().forEach(this::start);
    try {
      leader();
    } catch (BenchException e) {
      close();
      throw e;
    }
  }

  void start(String id) {
    String peers =
        raft.entrySet().stream()
            .map(one -> one.getKey() + "=127.0.0.1:" + one.getValue())
            .collect(Collectors.joining(","));
    Path own = folder.resolve("lcs-" + id);
    try {
      Files.createDirectories(own);
    } catch (IOException e) {
      throw new BenchException("cannot write " + own, e);
    }
    List<String> options =
        new ArrayList<>(
            List.of(
                "-Xmx256m",
                HeapUse.option(own.resolve("gc-" + starts++)),
                "-Dpi.log.file=" + own.resolve("log")));
    options.addAll(ofThisJvm());
    running.put(
        id,
        ChildProcess.start(
            folder.resolve("lcs-" + id + ".log"),
            ChildProcess.java(
                System.getProperty("pi.server.class.path", System.getProperty("java.class.path")),
                options,
                MAIN,
                List.of(
                    "lcs",
                    "server",
                    "--id",
                    id,
                    "--peers",
                    peers,
                    "--listen",
                    "127.0.0.1:" + clients.get(id),
                    "--election-ms",
                    election,
                    "--dir",
                    own.resolve("data").toString()))));
  }

  /** What bin/pi has Java compile when, and classes it shares: alike for servers that it starts. */
  private static List<String> ofThisJvm() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(
            option ->
                Stream.of("-XX:Tier", "-XX:SharedArchiveFile", "-XX:+UseG1GC")
                    .anyMatch(option::startsWith))
        .toList();
  }

  String servers() {
    return clients.values().stream()
        .map(port -> "127.0.0.1:" + port)
        .collect(Collectors.joining(","));
  }

  int port(String id) {
    return clients.get(id);
  }

  LcsClient client() {
    return LcsClient.builder().servers(servers()).callTimeout(Duration.ofSeconds(20)).build();
  }

  ChildProcess process(String id) {
    return running.get(id);
  }

  List<String> ids() {
    return List.copyOf(clients.keySet());
  }

  /** Waits for the one that gives numbers. */
  String leader() {
    long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (System.nanoTime() < deadline) {
      for (String id : clients.keySet()) {
        if (leads(id)) {
          return id;
        }
      }
      Pause.millis(50);
    }
    throw new BenchException("no PiLCS server leads; their logs are in " + folder);
  }

  private boolean leads(String id) {
    if (running.get(id) == null || !running.get(id).alive()) {
      return false;
    }
    try (LcsClient client =
        LcsClient.builder()
            .servers("127.0.0.1:" + clients.get(id))
            .callTimeout(Duration.ofMillis(500))
            .build()) {
      String status = client.status();
      return isOf(id, status) && status.contains("\"leads\":true");
    } catch (LcsException e) {
      return false;
    }
  }

  /** A client that is told who leads may go there with what it asks. */
  private static boolean isOf(String id, String status) {
    return status.startsWith("{\"id\":\"" + id + "\"");
  }

  /** Whether a member has everything that the leader has. */
  boolean follows(String id) {
    // A client waits ever longer between its attempts, which a start is not to be measured by.
    if (!listens(id)) {
      return false;
    }
    try (LcsClient client =
        LcsClient.builder()
            .servers("127.0.0.1:" + clients.get(id))
            .callTimeout(Duration.ofMillis(500))
            .build()) {
      String status = client.status();
      return isOf(id, status) && status.contains("\"role\":\"follower\"");
    } catch (LcsException e) {
      return false;
    }
  }

  private boolean listens(String id) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), clients.get(id))) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** What garbage collections of all servers have said, of those that were killed too. */
  String heap() {
    try (Stream<Path> files = Files.walk(folder, 2)) {
      return HeapUse.of(
          files.filter(file -> file.getFileName().toString().startsWith("gc-")).toList());
    } catch (IOException e) {
      throw new BenchException("cannot read " + folder, e);
    }
  }

  @Override
  public void close() {
    running.values().forEach(ChildProcess::close);
  }
}
