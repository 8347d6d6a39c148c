package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link RaftNodeIT} shows over gRPC, over Ratis' Netty transport. */
class RaftNettyIT {
  @TempDir static Path folder;
  private static Group group;

  @BeforeAll
  static void start() {
    group = netty(3, folder);
  }

  private static Group netty(int size, Path files) {
    return Group.of(
        size,
        files,
        options -> options.withTransport(RaftOptions.Transport.NETTY).withSnapshots(20, 2));
  }

  @AfterAll
  static void end() {
    group.close();
  }

  @Test
  void whatOneMemberIsToldAllKnow() {
    assertThat(Group.add(group.leader(), "told", 2)).isEqualTo(2);
    assertThat(Group.add(group.follower(), "told", 3)).isEqualTo(5);
    for (RaftMember member : group.members()) {
      RaftNode node = group.node(member.id());
      assertThat(Group.get(node, "told", RaftRead.LINEARIZABLE)).isEqualTo(5);
      assertThat(Group.get(node, "told", RaftRead.LEASE)).isEqualTo(5);
      await()
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  assertThat(Group.get(node, "told", RaftRead.within(Duration.ofSeconds(2))))
                      .isEqualTo(5));
    }
  }

  @Test
  void commandsOfManyCallersThroughAllMembersAreEachAppliedOnce() {
    List<CompletableFuture<byte[]>> answers = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      RaftNode node = group.node(group.members().get(i % 3).id());
      answers.add(node.caller().submit(Counters.bytes("add many 1")));
    }
    assertThat(answers.stream().map(CompletableFuture::join).map(Counters::text).distinct())
        .hasSize(3_000);
  }

  @Test
  void leadershipIsHandedOverToAndFro() {
    long expected = 0;
    for (int i = 0; i < 4; i++) {
      RaftNode next = group.follower();
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptionsInstanceOf(RaftException.class)
          .until(
              () -> {
                RaftNode leader = group.leader();
                if (leader != next) {
                  leader.transferLeadership(next.self().id(), Duration.ofSeconds(2));
                }
                return group.leader() == next;
              });
      for (RaftMember member : group.members()) {
        assertThat(Group.add(group.node(member.id()), "to-and-fro", 1)).isEqualTo(++expected);
      }
    }
  }

  @Test
  void aLearnerGetsASnapshotIsPromotedAndRemoved(@TempDir Path files) {
    try (Group other = netty(3, files)) {
      RaftNode leader = other.leader();
      for (int i = 0; i < 60; i++) {
        Group.add(leader, "a", 1);
      }
      RaftMember four = new RaftMember("4", "127.0.0.1", Group.freePort(), true);
      RaftNode joined = other.joining(four);
      leader.addMembers(List.of(four));
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  assertThat(Group.get(joined, "a", RaftRead.within(Duration.ofSeconds(5))))
                      .isEqualTo(60));
      leader.promote("4", Duration.ofSeconds(20));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> joined.status().role() == RaftStatus.Role.FOLLOWER);
      leader.removeMembers(List.of("4"));
      assertThat(Group.add(leader, "a", 1)).isEqualTo(61);
    }
  }

  @Test
  void theGroupGoesOnWithoutItsLeaderAndTakesItBack(@TempDir Path files) {
    try (Group other = netty(3, files)) {
      String leader = other.leader().self().id();
      assertThat(Group.add(other.leader(), "a", 1)).isEqualTo(1);
      other.stop(leader);
      assertThat(Group.add(other.leader(), "a", 1)).isEqualTo(2);
      RaftNode back = other.start(leader);
      assertThat(Group.add(back, "a", 1)).isEqualTo(3);
    }
  }

  /** Something before it takes connections while it is away, and ends them at once. */
  @Test
  void aMemberThatComesBackIsReachedThoughItsPortEndedConnections(@TempDir Path files)
      throws Exception {
    try (Group other = netty(3, files)) {
      RaftNode leader = other.leader();
      RaftMember away = other.follower().self();
      other.stop(away.id());
      // Its log is behind the leader's from here on, so that it gets a snapshot.
      for (int i = 0; i < 60; i++) {
        Group.add(leader, "a", 1);
      }
      try (EndingPort ending = new EndingPort(away.port())) {
        await().atMost(Duration.ofSeconds(60)).until(() -> ending.ended() > 20);
      }
      RaftNode back = other.start(away.id());
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  assertThat(Group.get(back, "a", RaftRead.within(Duration.ofSeconds(5))))
                      .isEqualTo(60));
    }
  }

  /** Resets each connection as soon as it is there. */
  private static final class EndingPort implements AutoCloseable {
    private final ServerSocket socket;
    private final AtomicInteger ended = new AtomicInteger();

    private EndingPort(int port) throws IOException {
      socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      Thread thread = new Thread(this::run, "ending-port");
      thread.setDaemon(true);
      thread.start();
    }

    private void run() {
      while (!socket.isClosed()) {
        try (Socket connection = socket.accept()) {
          connection.setSoLinger(true, 0);
          ended.incrementAndGet();
        } catch (IOException e) {
          // Closed, or the other side was faster.
        }
      }
    }

    private int ended() {
      return ended.get();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
