package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that keep their log in memory. */
class MemoryLogIT {
  @TempDir Path folder;

  /** Without effect on it are the settings of snapshots. */
  private static RaftOptions inMemory(RaftOptions options) {
    return options.withLogStorage(RaftOptions.LogStorage.MEMORY).withSnapshots(20, 2);
  }

  @Test
  void theyAgreeAndGoOnWithoutOneWhichJoinsAnew() {
    try (Group group = Group.of(3, folder, MemoryLogIT::inMemory)) {
      for (int i = 1; i <= 50; i++) {
        assertThat(Group.add(group.leader(), "a", 1)).isEqualTo(i);
      }
      assertThatThrownBy(() -> group.leader().snapshot()).hasMessageContaining("PI-RAFT-1001");
      String gone = group.leader().self().id();
      group.stop(gone);
      assertThat(Group.add(group.leader(), "a", 1)).isEqualTo(51);
      assertThatThrownBy(() -> group.start(gone))
          .isInstanceOf(RaftException.class)
          .hasMessageContaining("PI-RAFT-1003")
          .hasMessageContaining("was in memory, and is gone")
          .hasMessageContaining("let it join anew");
      RaftMember anew = RaftMember.of("4", "127.0.0.1", Group.freePort());
      RaftNode joined = group.joining(anew);
      group.leader().addMembers(List.of(anew.asLearner()));
      group.leader().promote("4", Duration.ofSeconds(40));
      group.leader().removeMembers(List.of(gone));
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  assertThat(Group.get(joined, "a", RaftRead.within(Duration.ofSeconds(5))))
                      .isEqualTo(51));
      assertThat(Group.add(joined, "a", 1)).isEqualTo(52);
      assertThat(group.leader().members()).hasSize(3);
    }
  }

  /** Nobody else's answer has it look what is confirmed. */
  @Test
  void oneAloneIsAGroupToo() {
    try (Group group = Group.of(1, folder, MemoryLogIT::inMemory)) {
      for (int i = 1; i <= 50; i++) {
        assertThat(Group.add(group.leader(), "a", 1)).isEqualTo(i);
      }
      assertThat(Group.get(group.leader(), "a", RaftRead.LINEARIZABLE)).isEqualTo(50);
      assertThat(Group.get(group.leader(), "a", RaftRead.LEASE)).isEqualTo(50);
    }
  }

  @Test
  void theLastOneThatIsLeftGoesOnAlone() {
    try (Group group = Group.of(2, folder, MemoryLogIT::inMemory)) {
      RaftNode leader = group.leader();
      String other = leader.self().id().equals("1") ? "2" : "1";
      assertThat(Group.add(leader, "a", 1)).isEqualTo(1);
      leader.removeMembers(List.of(other));
      group.stop(other);
      assertThat(Group.add(leader, "a", 1)).isEqualTo(2);
      assertThat(leader.members()).hasSize(1);
    }
  }

  @Test
  void oneThatDidNotComeUpMayBeStartedAgain() throws Exception {
    RaftOptions memory;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      RaftMember self = RaftMember.of("1", "127.0.0.1", taken.getLocalPort());
      memory =
          RaftOptions.of("test", self, List.of(self), folder.resolve("taken"))
              // Long enough that it doesn't vote before it finds out.
              .withElection(Duration.ofSeconds(50), Duration.ofSeconds(60))
              .withLogStorage(RaftOptions.LogStorage.MEMORY);
      RaftOptions refused = memory;
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> RaftNode.start(refused, new Counters()))
            .hasMessageContaining("PI-RAFT-1001")
            .hasMessageContaining("is taken");
      }
    }
    RaftOptions again = memory;
    RaftNode.start(again, new Counters()).close();
    assertThatThrownBy(() -> RaftNode.start(again, new Counters()))
        .hasMessageContaining("was in memory, and is gone");
  }

  /** In either direction it would be a member that has forgotten what it confirmed. */
  @Test
  void aDirectoryDoesNotChangeItsStorage() {
    RaftMember self = RaftMember.of("1", "127.0.0.1", Group.freePort());
    RaftOptions memory =
        RaftOptions.of("test", self, List.of(self), folder.resolve("memory"))
            .withLogStorage(RaftOptions.LogStorage.MEMORY);
    RaftNode.start(memory, new Counters()).close();
    assertThatThrownBy(
            () ->
                RaftNode.start(memory.withLogStorage(RaftOptions.LogStorage.DISK), new Counters()))
        .hasMessageContaining("PI-RAFT-1003")
        .hasMessageContaining("was in memory, and is gone");
    RaftOptions disk = RaftOptions.of("test", self, List.of(self), folder.resolve("disk"));
    RaftNode.start(disk, new Counters()).close();
    assertThatThrownBy(
            () ->
                RaftNode.start(disk.withLogStorage(RaftOptions.LogStorage.MEMORY), new Counters()))
        .hasMessageContaining("PI-RAFT-1003")
        .hasMessageContaining("has files of an earlier member");
    RaftNode.start(disk, new Counters()).close();
  }
}
