package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.raft.RaftOptions;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commonest faults over Ratis' other transport. */
@Tag("chaos")
class KvNettyFaultsIT {
  @TempDir Path folder;

  private void under(KvTrial.Fault fault) throws Exception {
    KvProcesses.Places places =
        new KvProcesses.Places() {
          @Override
          public Optional<Path> directory(String id) {
            return Optional.empty();
          }

          @Override
          public RaftOptions.Transport transport() {
            return RaftOptions.Transport.NETTY;
          }
        };
    try (KvProcesses members = new KvProcesses(folder, 3, places)) {
      KvTrial.under(members, 300, fault);
    }
  }

  @Test
  void leaderKilled() throws Exception {
    under(
        members -> {
          String leader = members.leader();
          members.kill(leader);
          assertThat(members.leader()).isNotEqualTo(leader);
          members.start(leader);
          members.awaitCaughtUp(leader);
        });
  }

  /** Away for longer than the log is kept: it gets a snapshot. */
  @Test
  void followerKilled() throws Exception {
    under(
        members -> {
          String follower = members.follower();
          members.kill(follower);
          Thread.sleep(3_000);
          members.start(follower);
          members.awaitCaughtUp(follower);
        });
  }

  @Test
  void leaderStoppedAndWoken() throws Exception {
    under(
        members -> {
          String leader = members.leader();
          members.signal(leader, "STOP");
          assertThat(members.leader()).isNotEqualTo(leader);
          members.signal(leader, "CONT");
          members.awaitCaughtUp(leader);
        });
  }

  @Test
  void leaderCutOff() throws Exception {
    under(
        members -> {
          String leader = members.leader();
          members.network().isolate(leader);
          Thread.sleep(3_000);
          assertThat(members.leader()).isNotEqualTo(leader);
          members.network().heal();
          members.awaitCaughtUp(leader);
        });
  }
}
