package io.piplan.raft;

import static org.awaitility.Awaitility.await;

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
import java.util.function.UnaryOperator;

/** Members in this JVM, each with a directory of its own that survives its restarts. */
final class Group implements AutoCloseable {
  private final Path folder;
  private final UnaryOperator<RaftOptions> settings;
  private final List<RaftMember> members = new ArrayList<>();
  private final Map<String, RaftNode> nodes = new TreeMap<>();

  private Group(Path folder, UnaryOperator<RaftOptions> settings) {
    this.folder = folder;
    this.settings = settings;
  }

  static Group of(int size, Path folder, UnaryOperator<RaftOptions> settings) {
    Group group = new Group(folder, settings);
    for (int id = 1; id <= size; id++) {
      group.members.add(RaftMember.of(String.valueOf(id), "127.0.0.1", freePort()));
    }
    group.members.forEach(member -> group.start(member.id()));
    return group;
  }

  static Group of(int size, Path folder) {
    return of(size, folder, options -> options);
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Builds share their machine with others. */
  private static RaftOptions calm(RaftOptions options) {
    return options.withElection(Duration.ofMillis(500), Duration.ofMillis(1_000));
  }

  RaftNode start(String id) {
    RaftMember self = members.stream().filter(m -> m.id().equals(id)).findFirst().orElseThrow();
    RaftNode node =
        RaftNode.start(
            settings.apply(calm(RaftOptions.of("test", self, members, directory(id)))),
            new Counters());
    nodes.put(id, node);
    return node;
  }

  /** A node that waits to be taken in. */
  RaftNode joining(RaftMember self) {
    RaftNode node =
        RaftNode.start(
            settings.apply(calm(RaftOptions.joining("test", self, members, directory(self.id())))),
            new Counters());
    nodes.put(self.id(), node);
    return node;
  }

  Path directory(String id) {
    return folder.resolve(id);
  }

  void stop(String id) {
    nodes.remove(id).close();
  }

  RaftNode node(String id) {
    return nodes.get(id);
  }

  List<RaftMember> members() {
    return members;
  }

  RaftNode leader() {
    return await()
        .pollInterval(10, TimeUnit.MILLISECONDS)
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> nodes.values().stream().filter(n -> n.status().ready()).findFirst().orElse(null),
            n -> n != null);
  }

  RaftNode follower() {
    RaftNode leader = leader();
    return nodes.values().stream().filter(n -> n != leader).findFirst().orElseThrow();
  }

  static long add(RaftNode node, String name, long n) {
    return Long.parseLong(
        Counters.text(node.caller().submit(Counters.bytes("add " + name + " " + n)).join()));
  }

  static long get(RaftNode node, String name, RaftRead read) {
    return Long.parseLong(
        Counters.text(node.caller().query(Counters.bytes("get " + name), read).join()));
  }

  @Override
  public void close() {
    // At once: each waits some seconds for the others to let go of their connections.
    List<Thread> closing =
        nodes.values().stream().map(node -> new Thread(node::close, "closing")).toList();
    closing.forEach(Thread::start);
    for (Thread thread : closing) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
