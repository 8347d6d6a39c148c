package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.raft.faults.TornLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that ends before the snapshot does. */
class LogBehindSnapshotIT {
  private static final RaftMember SELF = RaftMember.of("1", "127.0.0.1", Group.freePort());

  /** With five commands, and with ten and a snapshot of all of them. */
  @TempDir static Path before;

  @TempDir static Path after;
  @TempDir Path member;

  @BeforeAll
  static void write(@TempDir Path running) throws IOException {
    try (RaftNode node = start(running)) {
      add(node, 5);
      copy(running, before);
      add(node, 5);
      node.snapshot();
      copy(running, after);
    }
  }

  private static void add(RaftNode node, int times) {
    for (int i = 0; i < times; i++) {
      Group.add(node, "a", 1);
    }
  }

  private static RaftNode start(Path folder) {
    return RaftNode.start(
        RaftOptions.of("test", SELF, List.of(SELF), folder)
            .withElection(Duration.ofMillis(200), Duration.ofMillis(400)),
        new Counters());
  }

  private static void copy(Path from, Path into) throws IOException {
    for (Path file : find(from, ".*")) {
      Path to = into.resolve(from.relativize(file).toString());
      Files.createDirectories(to.getParent());
      Files.copy(file, to);
    }
  }

  private static List<Path> find(Path folder, String name) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> file.getFileName().toString().matches(name))
          .toList();
    }
  }

  /** The newest snapshot, with the log as it was before. */
  private void behind() throws IOException {
    copy(after, member);
    for (Path file : find(member, "log_.*")) {
      Files.delete(file);
    }
    for (Path file : find(before, "log_.*")) {
      Files.copy(file, member.resolve(before.relativize(file).toString()));
    }
  }

  private void refused() {
    assertThatThrownBy(() -> start(member).close())
        .isInstanceOf(RaftException.class)
        .hasMessageContaining("PI-RAFT-1003")
        .hasMessageContaining(member.toString())
        .hasMessageContaining("its disk has lost what it had confirmed")
        .hasMessageContaining("let it join anew");
  }

  @Test
  void aDiskThatLostTheEndOfTheLogIsNotTrusted() throws IOException {
    behind();
    refused();
  }

  @Test
  void norOneThatLostTheLastEntry() throws IOException {
    copy(after, member);
    TornLog.tear(member);
    refused();
  }

  /** It was killed while it wrote the next snapshot. */
  @Test
  void norOneThatHasBegunAnotherSnapshotSince() throws IOException {
    behind();
    for (Path note : find(member, "written-here")) {
      Files.writeString(note, "99");
    }
    refused();
  }

  /** As when a member is killed that has just got a snapshot of what it never had. */
  @Test
  void aLogThatASentSnapshotReplacesIsRemoved() throws IOException {
    behind();
    for (Path note : find(member, "written-here")) {
      Files.delete(note);
    }
    for (int i = 0; i < 2; i++) {
      try (RaftNode node = start(member)) {
        assertThat(Group.get(node, "a", RaftRead.LINEARIZABLE)).isEqualTo(10 + i);
        assertThat(Group.add(node, "a", 1)).isEqualTo(11 + i);
      }
    }
  }

  /** What is wrong with it Ratis says. */
  @Test
  void aDamagedLogIsNotRemoved() throws IOException {
    behind();
    for (Path note : find(member, "written-here")) {
      Files.delete(note);
    }
    Path log = find(member, "log_inprogress_.*").get(0);
    byte[] bytes = Files.readAllBytes(log);
    bytes[20] ^= 4;
    Files.write(log, bytes);
    assertThatThrownBy(() -> start(member).close())
        .hasMessageContaining("PI-RAFT-1003")
        .hasMessageContaining("is damaged");
    assertThat(log).exists();
  }

  /** It was killed when Ratis had moved the old ones aside for what the leader sent. */
  @Test
  void snapshotsThatWereMovedAsideArePutBack() throws IOException {
    copy(after, member);
    Path snapshots = find(member, "written-here").get(0).getParent();
    Files.move(snapshots, snapshots.resolveSibling("sm.tmp20261127_101112"));
    Path part = snapshots.resolveSibling("tmp").resolve("snapshot-1");
    Files.createDirectories(part);
    Files.writeString(part.resolve("snapshot.1_99"), "a part of it");
    try (RaftNode node = start(member)) {
      assertThat(node.status().snapshotIndex()).isPositive();
      assertThat(Group.get(node, "a", RaftRead.LINEARIZABLE)).isEqualTo(10);
    }
    assertThat(part).doesNotExist();
  }

  /** Or when what the leader sent had taken their place. */
  @Test
  void snapshotsThatWereReplacedAreRemoved() throws IOException {
    copy(after, member);
    Path snapshots = find(member, "written-here").get(0).getParent();
    Path aside = Files.createDirectories(snapshots.resolveSibling("sm.tmp20261127_101112"));
    Files.writeString(aside.resolve("snapshot.1_1"), "an old one");
    start(member).close();
    assertThat(aside).doesNotExist();
  }

  @Test
  void oneThatIsWholeStarts() throws IOException {
    copy(after, member);
    try (RaftNode node = start(member)) {
      assertThat(Group.get(node, "a", RaftRead.LINEARIZABLE)).isEqualTo(10);
    }
  }
}
