package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
          tearAndStart(members, follower);
        });
  }

  /** It may have been confirmed by it and one other; that one has it, and is the next leader. */
  @Test
  void tailOfTheLeadersLogTorn() throws Exception {
    under(
        members -> {
          String leader = members.leader();
          members.kill(leader);
          assertThat(members.leader()).isNotEqualTo(leader);
          tearAndStart(members, leader);
        });
  }

  private static void tearAndStart(KvProcesses members, String id) throws Exception {
    Path log = open(members.directory(id));
    long end = end(log);
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
      file.setLength(end - 3);
    }
    members.start(id);
    Thread.sleep(4_000);
    assertThat(members.runs(id)).as(members.log(id)).isTrue();
  }

  /** What was written before is there, and more can be written. */
  @Test
  void eachFaultWhileNobodyAsks() throws Exception {
    try (KvProcesses members = new KvProcesses(folder, 3)) {
      long written = 0;
      for (int fault = 0; fault < 6; fault++) {
        String leader = members.leader();
        String follower = members.follower();
        switch (fault) {
          case 0 -> members.kill(leader);
          case 1 -> members.kill(follower);
          case 2 -> members.signal(leader, "STOP");
          case 3 -> members.network().isolate(leader);
          case 4 -> members.network().isolate(follower);
          default -> members.ids().forEach(members::kill);
        }
        Thread.sleep(2_500);
        switch (fault) {
          case 0 -> members.start(leader);
          case 1 -> members.start(follower);
          case 2 -> members.signal(leader, "CONT");
          case 3, 4 -> members.network().heal();
          default -> members.ids().forEach(members::start);
        }
        if (written > 0) {
          assertThat(read(members)).as("after fault %d", fault).isEqualTo(written);
        }
        written = fault + 1L;
        write(members, written);
        assertThat(read(members)).isEqualTo(written);
      }
    }
  }

  private static void write(KvProcesses members, long value) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(
            () ->
                members
                        .send(
                            "PUT",
                            members.url(members.leader()) + "/idle",
                            "{\"value\":" + value + "}")
                        .statusCode()
                    < 300);
  }

  private static long read(KvProcesses members) {
    return await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(
            () -> {
              HttpResponse<String> answer =
                  members.send("GET", members.url(members.leader()) + "/idle", "");
              return answer.statusCode() == 200
                  ? members.tree(answer.body()).path("value").asLong()
                  : -1;
            },
            value -> value >= 0);
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
