package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.raft.faults.SmallDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each member on a disk of its own of 48 MB. One whose disk is full ends when it needs more, says
 * so, and comes back when there is space and somebody starts it.
 */
@Tag("chaos")
class KvFullDiskIT {
  @TempDir Path folder;

  private interface Fault {
    void happen(KvProcesses members, Map<String, SmallDisk> disks) throws Exception;
  }

  private void under(Fault fault) throws Exception {
    Map<String, SmallDisk> disks = new TreeMap<>();
    try {
      for (String id : List.of("1", "2", "3")) {
        disks.put(id, SmallDisk.mount(48));
      }
      KvProcesses.Places places = id -> Optional.of(disks.get(id).folder().resolve("data"));
      try (KvProcesses members = new KvProcesses(folder, 3, places)) {
        KvTrial.under(members, 300, one -> fault.happen(one, disks));
      }
    } finally {
      disks.values().forEach(SmallDisk::close);
    }
  }

  /** Room that the open file of the log has already is used up by large values. */
  private static void write(KvProcesses members, List<String> untilTheyEnd) throws Exception {
    String large = "{\"value\":\"" + "x".repeat(200_000) + "\"}";
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (untilTheyEnd.stream().anyMatch(members::runs)) {
      assertThat(System.nanoTime()).as("still there: %s", untilTheyEnd).isLessThan(deadline);
      for (String id : members.ids()) {
        try {
          members.send("PUT", members.url(id) + "/large", large);
        } catch (IOException e) {
          // That one has ended, or leads nobody.
          Thread.sleep(20);
        }
      }
    }
  }

  private static void full(KvProcesses members, Map<String, SmallDisk> disks, List<String> ids)
      throws Exception {
    ids.forEach(id -> disks.get(id).fill());
    write(members, ids);
    for (String id : ids) {
      assertThat(members.log(id)).contains("ends: PI-RAFT-1004").contains("No space left");
    }
  }

  private static void comeBack(
      KvProcesses members, Map<String, SmallDisk> disks, List<String> ids) {
    for (String id : ids) {
      disks.get(id).free();
      members.start(id);
    }
    for (String id : ids) {
      await().atMost(Duration.ofSeconds(60)).until(() -> members.status(id) != null);
    }
  }

  @Test
  void leadersDiskFull() throws Exception {
    under(
        (members, disks) -> {
          String leader = members.leader();
          full(members, disks, List.of(leader));
          assertThat(members.leader()).isNotEqualTo(leader);
          comeBack(members, disks, List.of(leader));
        });
  }

  @Test
  void followersDiskFull() throws Exception {
    under(
        (members, disks) -> {
          String follower = members.follower();
          full(members, disks, List.of(follower));
          comeBack(members, disks, List.of(follower));
        });
  }

  @Test
  void allDisksFull() throws Exception {
    under(
        (members, disks) -> {
          full(members, disks, members.ids());
          comeBack(members, disks, members.ids());
          members.leader();
        });
  }
}
