package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commonest faults, each once, on one group of processes; the others are tagged chaos. */
class KvClusterIT {
  @TempDir static Path folder;
  private static KvProcesses members;

  @BeforeAll
  static void start() {
    members = new KvProcesses(folder, 3);
  }

  @AfterAll
  static void end() {
    members.close();
  }

  private static void under(KvTrial.Fault fault) throws Exception {
    KvTrial.under(members, 100, fault);
  }

  @Test
  void theLeaderIsKilled() throws Exception {
    under(
        all -> {
          String leader = all.leader();
          all.kill(leader);
          assertThat(all.leader()).isNotEqualTo(leader);
          all.start(leader);
        });
  }

  @Test
  void theLeaderIsCutOffFromTheOthers() throws Exception {
    under(
        all -> {
          String leader = all.leader();
          all.network().isolate(leader);
          Thread.sleep(2_000);
          assertThat(all.leader()).isNotEqualTo(leader);
          all.network().heal();
        });
  }

  @Test
  void theLeaderIsStoppedAndWakes() throws Exception {
    under(
        all -> {
          String leader = all.leader();
          all.signal(leader, "STOP");
          assertThat(all.leader()).isNotEqualTo(leader);
          all.signal(leader, "CONT");
        });
  }
}
