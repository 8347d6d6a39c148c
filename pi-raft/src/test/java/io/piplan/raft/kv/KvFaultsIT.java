package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What callers see while members are killed and stopped. Snapshots are written every 200 entries,
 * so most faults also come upon one.
 */
@Tag("chaos")
class KvFaultsIT {
  @TempDir Path folder;

  private void under(KvTrial.Fault fault) throws Exception {
    try (KvProcesses members = new KvProcesses(folder, 3)) {
      KvTrial.under(members, 300, fault);
    }
  }

  @Test
  void leaderKilled() throws Exception {
    under(
        members -> {
          for (int i = 0; i < 3; i++) {
            String leader = members.leader();
            members.kill(leader);
            members.leader();
            members.start(leader);
            Thread.sleep(2_000);
          }
        });
  }

  @Test
  void followerKilled() throws Exception {
    under(
        members -> {
          for (int i = 0; i < 3; i++) {
            String follower = members.follower();
            members.kill(follower);
            Thread.sleep(500);
            members.start(follower);
            Thread.sleep(2_000);
          }
        });
  }

  @Test
  void allKilled() throws Exception {
    under(
        members -> {
          List<String> all = members.ids();
          all.forEach(members::kill);
          all.forEach(members::start);
          members.leader();
        });
  }

  @Test
  void leaderStoppedAndWoken() throws Exception {
    under(
        members -> {
          for (int i = 0; i < 3; i++) {
            String leader = members.leader();
            members.signal(leader, "STOP");
            Thread.sleep(1_500);
            members.signal(leader, "CONT");
            Thread.sleep(1_500);
          }
        });
  }

  @Test
  void followerStoppedAndWoken() throws Exception {
    under(
        members -> {
          String follower = members.follower();
          members.signal(follower, "STOP");
          Thread.sleep(3_000);
          members.signal(follower, "CONT");
          Thread.sleep(1_000);
        });
  }

  /** Longer than an election, so that all wake up with time-outs that are over. */
  @Test
  void allStoppedAndWoken() throws Exception {
    under(
        members -> {
          members.ids().forEach(id -> members.signal(id, "STOP"));
          Thread.sleep(2_000);
          members.ids().forEach(id -> members.signal(id, "CONT"));
          members.leader();
        });
  }

  /**
   * A torn last entry, as after a crash of the machine, is cut off: it was never confirmed. (Here
   * it may have been; a majority has it elsewhere.)
   */
  @Test
  void tailOfAFollowersLogTorn() throws Exception {
    under(
        members -> {
          String follower = members.follower();
          members.kill(follower);
          Path log = open(members.directory(follower));
          long end = end(log);
          try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            file.setLength(end - 3);
          }
          members.start(follower);
          Thread.sleep(4_000);
          assertThat(members.runs(follower)).as(members.log(follower)).isTrue();
        });
  }

  private static Path open(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("log_inprogress_"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Behind the last byte that isn't zero: files are longer than what was written. */
  private static long end(Path log) throws IOException {
    byte[] bytes = Files.readAllBytes(log);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return end;
  }
}
