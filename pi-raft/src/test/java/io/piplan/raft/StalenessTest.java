package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** With a clock of its own, looked at each 10 ms. */
class StalenessTest {
  private long millis = 1_000;
  private long lookTakes;
  private HeardOfLeader heard;
  private long applied;
  private final Staleness staleness =
      new Staleness(
          () -> {
            millis += lookTakes;
            return heard;
          },
          () -> applied,
          Duration.ofMillis(150),
          () -> TimeUnit.MILLISECONDS.toNanos(millis));

  private void hear(int underWay, long commit) {
    hear("1", 3, underWay, commit);
  }

  /** Just now, after the last look. */
  private void hear(String leader, long term, int underWay, long commit) {
    long nanos = TimeUnit.MILLISECONDS.toNanos(millis) + 1;
    heard = new HeardOfLeader(leader, term, nanos, underWay, commit);
  }

  private void pass(int times) {
    for (int i = 0; i < times; i++) {
      millis += 10;
      staleness.look();
    }
  }

  private void rest() {
    hear(0, 5);
    applied = 5;
    staleness.look();
    millis += 5;
    hear(0, 5);
    millis += 5;
    staleness.look();
  }

  private long age() {
    return staleness.age().toMillis();
  }

  @Test
  void nothingIsKnownAtFirst() {
    assertThat(staleness.age()).isGreaterThan(Duration.ofDays(1));
    hear(0, 5);
    applied = 5;
    staleness.look();
    assertThat(staleness.age()).isGreaterThan(Duration.ofDays(1));
  }

  @Test
  void aLeaderAtRestIsHeardOfByItsMessages() {
    rest();
    assertThat(age()).isEqualTo(10);
    pass(4);
    assertThat(age()).isEqualTo(50);
    hear(0, 5);
    pass(1);
    assertThat(age()).isEqualTo(10);
  }

  /** The leader says that it has committed 9; that is here when 800 ms have passed. */
  @Test
  void aMessageCountsWhenWhatItNamesIsApplied() {
    rest();
    hear(1, 9);
    pass(80);
    assertThat(age()).isEqualTo(810);
    // The disk is done with it, which says nothing about what the leader did meanwhile.
    hear(0, 9);
    pass(1);
    applied = 9;
    assertThat(age()).isEqualTo(810);
    pass(1);
    hear(0, 9);
    pass(1);
    assertThat(age()).isEqualTo(10);
  }

  /** As of one that was away: it is told 900, and gets them one after the other. */
  @Test
  void whatIsMissingHereIsNotForgotten() {
    rest();
    pass(3);
    for (int i = 6; i < 12; i++) {
      hear(0, 900);
      applied = i;
      pass(1);
    }
    assertThat(age()).isEqualTo(100);
    applied = 900;
    hear(0, 900);
    pass(1);
    assertThat(age()).isEqualTo(10);
  }

  /** It may know less than has been committed. */
  @Test
  void anotherLeaderCountsFromItsSecondSign() {
    rest();
    pass(3);
    hear("2", 4, 0, 7);
    applied = 7;
    pass(1);
    assertThat(age()).isEqualTo(50);
    hear("2", 4, 0, 7);
    pass(1);
    assertThat(age()).isEqualTo(10);
  }

  /** It came before the last look, and the disk was done with it while that look was taken. */
  @Test
  void whatWasDoneWithDuringALookIsNothingNew() {
    rest();
    pass(3);
    lookTakes = 4;
    heard =
        new HeardOfLeader("1", 3, TimeUnit.MILLISECONDS.toNanos(millis + 10 + lookTakes / 2), 0, 5);
    pass(1);
    long old = age();
    pass(1);
    assertThat(age()).isEqualTo(old + 10 + lookTakes);
    hear(0, 5);
    pass(1);
    assertThat(age()).isEqualTo(10 + 2 * lookTakes);
  }

  /** Ratis notes it as if it were the leader's. */
  @Test
  void whatMayBeAVoteIsNoMessageOfTheLeader() {
    rest();
    pass(16);
    hear(0, 5);
    pass(1);
    assertThat(age()).isEqualTo(180);
    hear(0, 5);
    pass(1);
    assertThat(age()).isEqualTo(10);
  }

  @Test
  void withoutALeaderItGrowsOlder() {
    rest();
    heard = null;
    pass(10);
    assertThat(age()).isEqualTo(110);
  }
}
