package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that were away for longer than the log is kept. */
class RaftSnapshotIT {
  private static final int LARGE_COMMANDS = 12;

  @TempDir Path folder;

  private static Group group(Path folder) {
    return Group.of(3, folder, options -> options.withSnapshots(1_000_000, 1));
  }

  /** More than a file of the log, which is then removed on all that run. */
  private static void writeAndCleanUp(Group group, List<String> running) throws IOException {
    for (int i = 0; i < LARGE_COMMANDS; i++) {
      Group.add(group.leader(), "x".repeat(900_000) + i, 1);
    }
    Group.add(group.leader(), "a", 1);
    for (String id : running) {
      RaftNode node = group.node(id);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> node.status().appliedIndex() >= group.leader().status().commitIndex());
      node.snapshot();
      await().atMost(Duration.ofSeconds(60)).until(() -> !hasBeginning(group.directory(id)));
    }
  }

  private static boolean hasBeginning(Path member) throws IOException {
    try (Stream<Path> all = Files.walk(member)) {
      return all.anyMatch(f -> f.getFileName().toString().matches("log_(inprogress_)?0(-\\d+)?"));
    }
  }

  private static void knows(RaftNode node, long sum) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(Group.get(node, "a", RaftRead.within(Duration.ofSeconds(5))))
                    .isEqualTo(sum));
  }

  @Test
  void whatAKilledMemberLeftOfASnapshotIsDeleted() throws IOException {
    try (Group group = Group.of(1, folder)) {
      Group.add(group.leader(), "a", 7);
      group.leader().snapshot();
      group.stop("1");
      Path snapshot;
      try (Stream<Path> all = Files.walk(group.directory("1"))) {
        snapshot =
            all.filter(file -> file.getFileName().toString().matches("snapshot\\.\\d+_\\d+"))
                .findFirst()
                .orElseThrow();
      }
      Path left = Files.writeString(snapshot.resolveSibling("snapshot.1_99.writing"), "half");
      group.start("1");
      assertThat(Group.get(group.leader(), "a", RaftRead.LINEARIZABLE)).isEqualTo(7);
      assertThat(left).doesNotExist();
    }
  }

  @Test
  void aFollowerThatComesBackGetsASnapshotAndMayLead() throws IOException {
    try (Group group = group(folder)) {
      Group.add(group.leader(), "a", 1);
      String away = group.follower().self().id();
      knows(group.node(away), 1);
      group.stop(away);
      List<String> running = Stream.of("1", "2", "3").filter(id -> !id.equals(away)).toList();
      writeAndCleanUp(group, running);
      RaftNode back = group.start(away);
      knows(back, 2);
      assertThat(back.status().snapshotIndex()).isGreaterThanOrEqualTo(LARGE_COMMANDS);
      // It has all there is: another one may go.
      String other = group.leader().self().id();
      group.stop(other);
      assertThat(Group.add(group.leader(), "a", 1)).isEqualTo(3);
      group.stop(away);
      group.start(other);
      group.start(away);
      assertThat(Group.get(group.node(away), "a", RaftRead.LINEARIZABLE)).isEqualTo(3);
    }
  }

  @Test
  void aLearnerThatComesBackGetsASnapshotAndStaysALearner() throws IOException {
    try (Group group = group(folder)) {
      RaftMember four = new RaftMember("4", "127.0.0.1", Group.freePort(), true);
      group.joining(four);
      group.leader().addMembers(List.of(four));
      Group.add(group.leader(), "a", 1);
      knows(group.node("4"), 1);
      group.stop("4");
      writeAndCleanUp(group, List.of("1", "2", "3"));
      RaftNode back = group.joining(four);
      knows(back, 2);
      assertThat(back.status().role()).isEqualTo(RaftStatus.Role.LEARNER);
      assertThat(back.status().snapshotIndex()).isGreaterThanOrEqualTo(LARGE_COMMANDS);
      assertThat(Group.add(back, "a", 1)).isEqualTo(3);
      knows(back, 3);
    }
  }
}
