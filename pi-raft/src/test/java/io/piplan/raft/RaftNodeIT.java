package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftNodeIT {
  @TempDir static Path ofShared;

  /** For tests that leave three members running. */
  private static Group shared;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    shared = Group.of(3, ofShared);
  }

  @AfterAll
  static void end() {
    shared.close();
  }

  @Test
  void whatOneMemberIsToldAllKnow() {
    RaftNode leader = shared.leader();
    assertThat(Group.add(leader, "told", 2)).isEqualTo(2);
    assertThat(Group.add(shared.follower(), "told", 3)).isEqualTo(5);
    for (RaftMember member : shared.members()) {
      RaftNode node = shared.node(member.id());
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
  void commandsOfManyCallersShareEntries() {
    RaftNode leader = shared.leader();
    long before = leader.status().commitIndex();
    List<CompletableFuture<byte[]>> answers = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      answers.add(leader.caller().submit(Counters.bytes("add many 1")));
    }
    assertThat(answers.stream().map(CompletableFuture::join).map(Counters::text).distinct())
        .hasSize(5_000);
    assertThat(Group.get(leader, "many", RaftRead.LINEARIZABLE)).isEqualTo(5_000);
    assertThat(leader.status().commitIndex() - before).isLessThan(500);
  }

  /**
   * Else there would be an entry for the first who goes on, and one for all others: 200 each time.
   * A busy machine may tear callers apart for a while, hence the further tries.
   */
  @Test
  void callersWhoGoOnAtOnceStayTogether() {
    RaftNode leader = shared.leader();
    await()
        .atMost(Duration.ofSeconds(150))
        .until(() -> entriesOfManyWhoGoOn(leader), entries -> entries >= 100 && entries <= 250);
  }

  private static long entriesOfManyWhoGoOn(RaftNode leader) {
    long before = leader.status().commitIndex();
    long sum = Group.get(leader, "going", RaftRead.LINEARIZABLE);
    List<CompletableFuture<Void>> callers =
        Stream.generate(() -> goOn(leader, 100)).limit(40).toList();
    callers.forEach(CompletableFuture::join);
    assertThat(Group.get(leader, "going", RaftRead.LINEARIZABLE)).isEqualTo(sum + 4_000);
    return leader.status().commitIndex() - before;
  }

  private static CompletableFuture<Void> goOn(RaftNode node, int times) {
    return times == 0
        ? CompletableFuture.completedFuture(null)
        : node.caller()
            .submit(Counters.bytes("add going 1"))
            .thenCompose(sum -> goOn(node, times - 1));
  }

  /** Without a majority nothing is answered, and it is not known whether it ever will be. */
  @Test
  void whoeverWaitsIsToldWhenTheNodeIsClosed() {
    try (Group group = Group.of(3, folder)) {
      RaftNode leader = group.leader();
      Group.add(leader, "a", 1);
      group.members().stream()
          .map(RaftMember::id)
          .filter(id -> !id.equals(leader.self().id()))
          .forEach(group::stop);
      List<CompletableFuture<byte[]>> answers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        answers.add(leader.caller().submit(Counters.bytes("add a 1")));
        answers.add(leader.caller().query(Counters.bytes("get a"), RaftRead.LINEARIZABLE));
      }
      group.stop(leader.self().id());
      for (CompletableFuture<byte[]> answer : answers) {
        assertThatThrownBy(() -> answer.get(20, TimeUnit.SECONDS))
            .hasMessageMatching("(?s).*PI-RAFT-(2001|2002|3004).*");
      }
    }
  }

  /** Its entry is in the log, and the others may yet take it when they are back. */
  @Test
  void aCommandThatWasSentIsNotCalledRefused() {
    try (Group group = Group.of(3, folder)) {
      RaftNode leader = group.leader();
      Group.add(leader, "a", 1);
      group.members().stream()
          .map(RaftMember::id)
          .filter(id -> !id.equals(leader.self().id()))
          .forEach(group::stop);
      CompletableFuture<byte[]> command = leader.caller().submit(Counters.bytes("add a 1"));
      // From then on it is tried again and again.
      await().atMost(30, TimeUnit.SECONDS).until(() -> leader.leader().isEmpty());
      group.stop(leader.self().id());
      assertThatThrownBy(() -> command.get(20, TimeUnit.SECONDS))
          .hasMessageContaining("PI-RAFT-2002");
    }
  }

  @Test
  void oneMemberAloneIsAGroup() {
    try (Group group = Group.of(1, folder)) {
      assertThat(Group.add(group.leader(), "a", 1)).isEqualTo(1);
      await().atMost(Duration.ofSeconds(60)).until(() -> group.leader().lease().holds());
      assertThat(Group.get(group.leader(), "a", RaftRead.LEASE)).isEqualTo(1);
    }
  }

  @Test
  void aThrowReachesItsCallerAloneAndTheGroupGoesOn() {
    RaftNode leader = shared.leader();
    CompletableFuture<byte[]> good = leader.caller().submit(Counters.bytes("add thrown 1"));
    CompletableFuture<byte[]> bad = leader.caller().submit(Counters.bytes("throw"));
    assertThat(good.join()).isEqualTo(Counters.bytes("1"));
    assertThatThrownBy(bad::join)
        .hasCauseInstanceOf(RaftException.class)
        .hasMessageContaining("PI-RAFT-3002")
        .hasMessageContaining("asked to throw");
    assertThat(Group.add(leader, "thrown", 1)).isEqualTo(2);
  }

  @Test
  void aCommandThatIsTooLargeIsRefusedBeforeItIsSent() {
    try (Group group = Group.of(1, folder)) {
      assertThatThrownBy(() -> group.leader().caller().submit(new byte[(1 << 20) + 1]).join())
          .hasMessageContaining("PI-RAFT-3001")
          .hasMessageContaining("1048577 bytes, at most 1048576");
    }
  }

  @Test
  void leadershipIsHandedOver() {
    RaftNode old = shared.leader();
    RaftNode next = shared.follower();
    Group.add(old, "handed", 1);
    handOver(next);
    assertThat(Group.add(old, "handed", 1)).isEqualTo(2);
    assertThat(shared.leader().self()).isEqualTo(next.self());
    await().atMost(Duration.ofSeconds(60)).until(() -> !old.lease().holds());
    await().atMost(Duration.ofSeconds(60)).until(() -> next.lease().holds());
    assertThatThrownBy(() -> old.transferLeadership("9", Duration.ofSeconds(1)))
        .hasMessageContaining("PI-RAFT-3003")
        .hasMessageContaining("no member has id 9");
  }

  /** It may be refused: on a busy machine an election may come in between. */
  private static void handOver(RaftNode next) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(RaftException.class)
        .until(
            () -> {
              RaftNode leader = shared.leader();
              if (leader != next) {
                leader.transferLeadership(next.self().id(), Duration.ofSeconds(10));
              }
              return shared.leader() == next;
            });
  }

  /** Each hand-over ends the streams of callers to the old leader, who may lead again soon. */
  @Test
  void callersFollowTheLeadershipToAndFro() {
    long expected = 0;
    for (int i = 0; i < 6; i++) {
      RaftNode old = shared.leader();
      RaftNode next = shared.follower();
      for (RaftNode caller : List.of(old, next)) {
        assertThat(Group.add(caller, "to-and-fro", 1)).isEqualTo(++expected);
      }
      handOver(next);
      for (RaftNode caller : List.of(old, next)) {
        assertThat(Group.add(caller, "to-and-fro", 1)).isEqualTo(++expected);
      }
    }
  }

  @Test
  void aLearnerFollowsAndIsPromotedAndRemoved() {
    try (Group group = Group.of(3, folder, options -> options.withSnapshots(20, 2))) {
      RaftNode leader = group.leader();
      for (int i = 0; i < 60; i++) {
        Group.add(leader, "a", 1);
      }
      RaftMember four = new RaftMember("4", "127.0.0.1", Group.freePort(), true);
      RaftNode joined = group.joining(four);
      leader.addMembers(List.of(four));
      assertThat(leader.members()).contains(four);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> joined.status().role() == RaftStatus.Role.LEARNER);
      await()
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  assertThat(Group.get(joined, "a", RaftRead.within(Duration.ofSeconds(5))))
                      .isEqualTo(60));
      leader.promote("4", Duration.ofSeconds(20));
      assertThat(leader.members()).contains(four.asVoter());
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> joined.status().role() == RaftStatus.Role.FOLLOWER);
      leader.removeMembers(List.of("4"));
      assertThat(leader.members()).hasSize(3);
      assertThat(Group.add(leader, "a", 1)).isEqualTo(61);
    }
  }

  @Test
  void allRestartFromSnapshotsAndACleanedLog() throws IOException {
    try (Group group = Group.of(3, folder, options -> options.withSnapshots(20, 2))) {
      for (int i = 0; i < 60; i++) {
        Group.add(group.leader(), "a", 1);
      }
      group.leader().snapshot();
      for (RaftMember member : group.members()) {
        group.stop(member.id());
      }
      for (RaftMember member : group.members()) {
        assertThat(files(group.directory(member.id()), "snapshot\\.\\d+_\\d+"))
            .hasSizeBetween(1, 2);
        group.start(member.id());
      }
      assertThat(Group.get(group.leader(), "a", RaftRead.LINEARIZABLE)).isEqualTo(60);
      assertThat(Group.add(group.leader(), "a", 1)).isEqualTo(61);
    }
  }

  @Test
  void aDamagedOrMissingSnapshotKeepsAMemberFromStarting() throws IOException {
    try (Group group = Group.of(1, folder, options -> options.withSnapshots(20, 1))) {
      Group.add(group.leader(), "a", 100);
      // More than one file of the log, so that the first one goes with the snapshot.
      for (int i = 0; i < 12; i++) {
        Group.add(group.leader(), "x".repeat(900_000) + i, 1);
      }
      group.leader().snapshot();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> files(group.directory("1"), "log_(inprogress_)?0(-\\d+)?").isEmpty());
      group.stop("1");
      List<Path> snapshots = files(group.directory("1"), "snapshot\\.\\d+_\\d+");
      Path newest = snapshots.get(snapshots.size() - 1);
      byte[] bytes = Files.readAllBytes(newest);
      bytes[bytes.length - 1] ^= 1;
      Files.write(newest, bytes);
      assertThatThrownBy(() -> group.start("1"))
          .isInstanceOf(RaftException.class)
          .hasMessageContaining("PI-RAFT-1003")
          .hasMessageContaining("its digest differs")
          .hasMessageContaining("let it join anew");
      for (Path file : snapshots) {
        Files.delete(file);
      }
      assertThatThrownBy(() -> group.start("1"))
          .hasMessageContaining("PI-RAFT-1003")
          .hasMessageContaining("there is no snapshot of what was before");
      bytes[bytes.length - 1] ^= 1;
      Files.write(newest, bytes);
      group.start("1");
      assertThat(Group.get(group.leader(), "a", RaftRead.LINEARIZABLE)).isEqualTo(100);
    }
  }

  private static List<Path> files(Path folder, String name) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(f -> f.getFileName().toString().matches(name)).sorted().toList();
    }
  }

  @Test
  void withoutAMajorityNothingIsAccepted() {
    try (Group group =
        Group.of(3, folder, options -> options.withCallTimeout(Duration.ofSeconds(2)))) {
      RaftNode leader = group.leader();
      Group.add(leader, "a", 1);
      for (RaftMember member : group.members()) {
        if (!member.id().equals(leader.self().id())) {
          group.stop(member.id());
        }
      }
      await().atMost(10, TimeUnit.SECONDS).until(() -> !leader.lease().holds());
      CompletableFuture<byte[]> command = leader.caller().submit(Counters.bytes("add a 1"));
      assertThatThrownBy(command::join)
          .isInstanceOf(CompletionException.class)
          .hasMessageContaining("PI-RAFT-200");
      assertThatThrownBy(() -> Group.get(leader, "a", RaftRead.LINEARIZABLE))
          .hasMessageContaining("PI-RAFT-2001");
      await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(
                          () -> Group.get(leader, "a", RaftRead.within(Duration.ofMillis(200))))
                      .hasMessageContaining("PI-RAFT-2003"));
      for (RaftMember member : group.members()) {
        if (group.node(member.id()) == null) {
          group.start(member.id());
        }
      }
      assertThat(Group.add(group.leader(), "a", 0)).isBetween(1L, 2L);
    }
  }

  @Test
  void aDirectoryHasOneMember() {
    try (Group group = Group.of(1, folder)) {
      Group.add(group.leader(), "a", 1);
      RaftMember other = RaftMember.of("1", "127.0.0.1", Group.freePort());
      RaftOptions options = RaftOptions.of("test", other, List.of(other), group.directory("1"));
      assertThatThrownBy(() -> RaftNode.start(options, new Counters()))
          .hasMessageContaining("PI-RAFT-1002");
    }
  }
}
