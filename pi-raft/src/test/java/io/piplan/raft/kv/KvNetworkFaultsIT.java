package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.raft.faults.FaultyNetwork;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What callers see while the network among members is cut, in one direction or both. Callers reach
 * all members all the time: one that is cut off must not answer them out of what it knew.
 */
@Tag("chaos")
class KvNetworkFaultsIT {
  @TempDir Path folder;

  private void under(KvTrial.Fault fault) throws Exception {
    try (KvProcesses members = new KvProcesses(folder, 3)) {
      KvTrial.under(members, 300, fault);
    }
  }

  private interface Cut {
    void of(FaultyNetwork network, String member);
  }

  private interface CutOfPair {
    void of(FaultyNetwork network, String leader, String follower);
  }

  /** Another one leads while the cut lasts. */
  private void leader(Cut cut) throws Exception {
    under(
        members -> {
          for (int i = 0; i < 2; i++) {
            String leader = members.leader();
            cut.of(members.network(), leader);
            Thread.sleep(3_000);
            assertThat(members.leader()).isNotEqualTo(leader);
            members.network().heal();
            Thread.sleep(2_000);
          }
        });
  }

  /** The leader stays, though the one that is cut off may want to be elected. */
  private void follower(CutOfPair cut) throws Exception {
    under(
        members -> {
          String leader = members.leader();
          long term = members.status(leader).path("term").asLong();
          cut.of(members.network(), leader, members.follower());
          Thread.sleep(3_000);
          members.network().heal();
          Thread.sleep(2_000);
          assertThat(members.leader()).isEqualTo(leader);
          assertThat(members.status(leader).path("term").asLong()).isEqualTo(term);
        });
  }

  @Test
  void leaderCutOff() throws Exception {
    leader(FaultyNetwork::isolate);
  }

  /** It hears that nobody else stands for election, and nobody hears it. */
  @Test
  void leaderNotHeard() throws Exception {
    leader(FaultyNetwork::mute);
  }

  /** The others go on hearing of it, so it has to find out by itself that it leads nobody. */
  @Test
  void leaderHearsNobody() throws Exception {
    leader(FaultyNetwork::deafen);
  }

  @Test
  void followerCutOff() throws Exception {
    follower((network, leader, follower) -> network.isolate(follower));
  }

  @Test
  void followerNotHeard() throws Exception {
    follower((network, leader, follower) -> network.mute(follower));
  }

  @Test
  void followerHearsNobody() throws Exception {
    follower((network, leader, follower) -> network.deafen(follower));
  }

  /** The third one reaches both. */
  @Test
  void leaderAndOneFollowerDoNotReachEachOther() throws Exception {
    follower((network, leader, follower) -> network.separate(leader, follower));
  }

  @Test
  void allConnectionsReset() throws Exception {
    under(
        members -> {
          for (int i = 0; i < 10; i++) {
            members.network().reset();
            Thread.sleep(300);
          }
        });
  }

  @Test
  void allIsSlow() throws Exception {
    under(
        members -> {
          members.network().delay(40);
          Thread.sleep(4_000);
          members.network().heal();
        });
  }

  /** Cuts shorter and longer than an election, each time of whoever leads. */
  @Test
  void leadersCutOffAgainAndAgain() throws Exception {
    under(
        members -> {
          for (int i = 0; i < 8; i++) {
            members.network().isolate(members.leader());
            Thread.sleep(200 + 200 * i);
            members.network().heal();
            Thread.sleep(300);
          }
        });
  }

  /** No majority: nothing is answered but errors; all goes on when it is whole. */
  @Test
  void allCutOff() throws Exception {
    under(
        members -> {
          members.ids().forEach(members.network()::isolate);
          Thread.sleep(4_000);
          members.network().heal();
          members.leader();
        });
  }
}
