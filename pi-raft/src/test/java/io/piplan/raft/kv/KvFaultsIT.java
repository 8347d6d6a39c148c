package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What callers see while members fail, looked at by {@link VersionOrder}. Snapshots are written
 * every 200 entries, so most faults also come upon one.
 */
@Tag("chaos")
@Tag("unproven")
class KvFaultsIT {
  @TempDir Path folder;

  private interface Fault {
    void happen(KvProcesses members) throws Exception;
  }

  private void under(Fault fault) throws Exception {
    try (KvProcesses members = new KvProcesses(folder, 3)) {
      members.leader();
      KvCallers callers = new KvCallers(members, 8);
      try (callers) {
        await().atMost(Duration.ofSeconds(60)).until(() -> callers.answered() > 300);
        fault.happen(members);
        int then = callers.answered();
        await().atMost(Duration.ofSeconds(40)).until(() -> callers.answered() > then + 300);
      }
      assertThat(callers.failure()).isNull();
      for (Map.Entry<String, List<Linearizability.Call<VersionedRegister.Operation>>> key :
          callers.history().entrySet()) {
        assertThat(VersionOrder.violations(key.getValue()))
            .as("%d calls of %s", key.getValue().size(), key.getKey())
            .isEmpty();
      }
      System.out.println(callers.answered() + " answers hold");
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

  @Test
  void leaderKilledWhileAMemberJoins() throws Exception {
    under(
        members -> {
          String fourth = members.join();
          Thread taking = new Thread(() -> members.take(fourth));
          taking.start();
          Thread.sleep(300);
          String leader = members.leader();
          members.kill(leader);
          members.start(leader);
          taking.join(60_000);
          assertThat(taking.isAlive()).isFalse();
        });
  }

  /** A torn last entry: as after a crash of the machine. What was acknowledged is elsewhere. */
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
          // Either it goes on without the torn entry, or it says what is wrong and stays away.
          if (!members.runs(follower)) {
            assertThat(members.log(follower)).contains("PI-RAFT-1003");
          }
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
