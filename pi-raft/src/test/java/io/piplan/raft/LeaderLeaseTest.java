package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With a clock and rounds of its own. A lease is 60 ms here, and a new leader waits for 72. */
class LeaderLeaseTest {
  private final Queue<CompletableFuture<Long>> rounds = new ArrayDeque<>();
  private final Queue<Runnable> later = new ArrayDeque<>();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1) {
        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
          later.add(task);
          return null;
        }
      };
  private long millis = 1_000;

  /** What rounds have told, and what is known of earlier leaders. */
  private final List<Long> told = new ArrayList<>();

  private long known;
  private final LeaderLease lease =
      new LeaderLease(
          Duration.ofMillis(100),
          length -> {
            told.add(TimeUnit.NANOSECONDS.toMillis(length));
            CompletableFuture<Long> round = new CompletableFuture<>();
            rounds.add(round);
            return round;
          },
          () -> TimeUnit.MILLISECONDS.toNanos(known),
          timer,
          () -> TimeUnit.MILLISECONDS.toNanos(millis));

  @BeforeEach
  void want() {
    lease.want();
  }

  @AfterEach
  void end() {
    timer.shutdownNow();
  }

  private void confirm(long term) {
    rounds.remove().complete(term);
  }

  @Test
  void aNewLeaderWaitsForTheLeaseOfTheLastOneAndTheDrift() {
    lease.leads(7);
    confirm(7);
    assertThat(lease.holds()).isFalse();
    assertThat(lease.waits()).isEqualTo(Duration.ofMillis(72));
    millis += 71;
    later.remove().run();
    confirm(7);
    assertThat(lease.holds()).isFalse();
    millis += 1;
    assertThat(lease.holds()).isTrue();
    assertThat(lease.holds(7)).isTrue();
    assertThat(lease.holds(6)).isFalse();
  }

  /** What it has to apply before it leads takes a part of the wait, or all. */
  @Test
  void theWaitBeginsWithTheElection() {
    lease.elected();
    millis += 50;
    lease.leads(7);
    assertThat(lease.waits()).isEqualTo(Duration.ofMillis(22));
    confirm(7);
    millis += 21;
    assertThat(lease.holds()).isFalse();
    millis += 1;
    assertThat(lease.holds()).isTrue();
  }

  /** The last leader's was 200 ms, as its election time-out was longer. */
  @Test
  void aNewLeaderWaitsForTheLongerOfBothLeases() {
    known = 200;
    lease.leads(7);
    confirm(7);
    millis += 239;
    later.remove().run();
    confirm(7);
    assertThat(lease.holds()).isFalse();
    millis += 1;
    assertThat(lease.holds()).isTrue();
    later.remove().run();
    // As long as it waits, whoever comes next must wait for the longer one too.
    assertThat(told).containsExactly(200L, 200L, 60L);
  }

  /** Commands count as rounds all along, and tell nobody that the longer lease is over. */
  @Test
  void aLongerLeaseIsToldNoMoreThoughThereAreAlwaysCommands() {
    known = 200;
    lease.leads(7);
    confirm(7);
    for (int i = 0; i < 24; i++) {
      millis += 10;
      lease.confirmed(7, TimeUnit.MILLISECONDS.toNanos(millis));
      later.remove().run();
    }
    assertThat(told).containsExactly(200L, 60L);
    rounds.remove().completeExceptionally(new IllegalStateException("no majority"));
    lease.confirmed(7, TimeUnit.MILLISECONDS.toNanos(millis));
    later.remove().run();
    confirm(7);
    lease.confirmed(7, TimeUnit.MILLISECONDS.toNanos(millis));
    later.remove().run();
    assertThat(told).containsExactly(200L, 60L, 60L);
  }

  /** A shorter one doesn't shorten the wait: this one's own may have been the last. */
  @Test
  void aShorterLeaseBeforeChangesNothing() {
    known = 20;
    lease.leads(7);
    assertThat(lease.waits()).isEqualTo(Duration.ofMillis(72));
    assertThat(told).containsExactly(60L);
  }

  /** Else the next leader might not know for how long it has to wait. */
  @Test
  void commandsCountOnlyWhenTheLengthIsKnownToOthers() {
    lease.leads(7);
    millis += 80;
    lease.confirmed(7, TimeUnit.MILLISECONDS.toNanos(millis - 1));
    assertThat(lease.holds()).isFalse();
    confirm(7);
    lease.confirmed(7, TimeUnit.MILLISECONDS.toNanos(millis - 1));
    assertThat(lease.holds()).isTrue();
  }

  @Test
  void anEarlierElectionCountsNotForALaterOne() {
    lease.elected();
    lease.leads(7);
    lease.ends();
    millis += 500;
    lease.elected();
    lease.leads(9);
    assertThat(lease.waits()).isEqualTo(Duration.ofMillis(72));
  }

  @Test
  void itNeedNotWaitIfNobodyElseAnswers() {
    lease.leads(7);
    confirm(7);
    lease.nobodyElseAnswers(6);
    assertThat(lease.holds()).isFalse();
    lease.nobodyElseAnswers(7);
    assertThat(lease.holds()).isTrue();
  }

  @Test
  void itEndsAfterItsLengthFromWhenTheRoundBegan() {
    lease.leads(7);
    lease.nobodyElseAnswers(7);
    millis += 40;
    confirm(7);
    assertThat(lease.remaining()).isEqualTo(Duration.ofMillis(20));
    millis += 19;
    assertThat(lease.holds()).isTrue();
    millis += 1;
    assertThat(lease.holds()).isFalse();
  }

  /** As after a stop of the process: the confirmation comes when its lease is over. */
  @Test
  void aLateConfirmationGivesNothing() {
    lease.leads(7);
    lease.nobodyElseAnswers(7);
    millis += 10_000;
    confirm(7);
    assertThat(lease.holds()).isFalse();
  }

  @Test
  void aConfirmationOfAnotherTermGivesNothing() {
    lease.leads(7);
    lease.nobodyElseAnswers(7);
    confirm(8);
    assertThat(lease.holds()).isFalse();
  }

  @Test
  void aRoundOfAnEarlierTermDoesNotServeALaterOne() {
    lease.leads(7);
    lease.ends();
    lease.leads(9);
    lease.nobodyElseAnswers(9);
    confirm(7);
    assertThat(lease.holds()).isFalse();
    confirm(9);
    assertThat(lease.holds()).isTrue();
  }

  @Test
  void itEndsWhenLeadershipDoesAndAsksNoMore() {
    lease.leads(7);
    lease.nobodyElseAnswers(7);
    confirm(7);
    lease.ends();
    assertThat(lease.holds()).isFalse();
    later.remove().run();
    assertThat(rounds).isEmpty();
  }

  @Test
  void aFailedRoundIsFollowedByAnother() {
    lease.leads(7);
    lease.nobodyElseAnswers(7);
    rounds.remove().completeExceptionally(new IllegalStateException("no majority"));
    assertThat(lease.holds()).isFalse();
    later.remove().run();
    confirm(7);
    assertThat(lease.holds()).isTrue();
  }

  @Test
  void confirmingAsksForTheTerm() {
    CompletableFuture<Void> right = lease.confirm(7);
    confirm(7);
    assertThat(right).isCompleted();
    CompletableFuture<Void> wrong = lease.confirm(7);
    confirm(8);
    assertThatThrownBy(wrong::join).hasMessageContaining("PI-RAFT-2001");
  }

  /** This one's term has ended, unnoticed: the next one's has to tell of the longer lease. */
  @Test
  void whatIsKnownOfAnEarlierTermIsNotToldInALaterOne() {
    lease.leads(7);
    confirm(7);
    millis += 500;
    known = 200;
    var unused = lease.confirm(7);
    unused = lease.confirm(9);
    assertThat(told).containsExactly(60L, 60L, 200L);
  }

  /** Not while it hands over, nor in a term that it doesn't know of. */
  @Test
  void itHasWaitedOnlyInTheTermThatItLeadsIn() {
    assertThat(lease.waited(7)).isFalse();
    lease.leads(7);
    millis += 71;
    assertThat(lease.waited(7)).isFalse();
    millis += 1;
    assertThat(lease.waited(7)).isTrue();
    assertThat(lease.waited(9)).isFalse();
    lease.ends();
    assertThat(lease.waited(7)).isFalse();
  }

  @Test
  void nobodyIsAskedBeforeSomebodyWantsIt() {
    LeaderLease unwanted =
        new LeaderLease(
            Duration.ofMillis(100),
            length -> {
              throw new AssertionError("asked");
            },
            () -> 0,
            timer,
            () -> TimeUnit.MILLISECONDS.toNanos(millis));
    unwanted.leads(7);
    assertThat(unwanted.leading()).isTrue();
    assertThat(unwanted.holds()).isFalse();
  }

  @Test
  void commandsOfTheTermCountAsRounds() {
    lease.leads(7);
    lease.nobodyElseAnswers(7);
    confirm(7);
    millis += 40;
    lease.confirmed(6, TimeUnit.MILLISECONDS.toNanos(millis));
    assertThat(lease.remaining()).isEqualTo(Duration.ofMillis(20));
    lease.confirmed(7, TimeUnit.MILLISECONDS.toNanos(millis));
    assertThat(lease.remaining()).isEqualTo(Duration.ofMillis(60));
    millis += 19;
    later.remove().run();
    assertThat(rounds).as("19 ms after a command nobody has to be asked").isEmpty();
    millis += 1;
    later.remove().run();
    assertThat(rounds).hasSize(1);
  }

  /** An answer to an older command that comes late takes nothing away. */
  @Test
  void theLatestCommandCounts() {
    lease.leads(7);
    lease.nobodyElseAnswers(7);
    confirm(7);
    millis += 10;
    lease.confirmed(7, TimeUnit.MILLISECONDS.toNanos(millis));
    lease.confirmed(7, TimeUnit.MILLISECONDS.toNanos(millis - 30));
    assertThat(lease.remaining()).isEqualTo(Duration.ofMillis(60));
  }
}
