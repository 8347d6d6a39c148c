package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.apply.VersionRule.Found;
import io.piplan.dts.apply.VersionRule.Origin;
import org.junit.jupiter.api.Test;

/** Every combination there is. */
class VersionRuleTest {
  private interface Case {
    void check(Origin origin, boolean removes, boolean raises, Found found, Verdict verdict);
  }

  private static void all(Case check) {
    boolean[] both = {false, true};
    for (Origin origin : Origin.values()) {
      for (Age age : Age.values()) {
        for (boolean removes : both) {
          for (boolean raises : both) {
            for (boolean present : both) {
              for (boolean locked : both) {
                Found found = new Found(locked, present, age);
                check.check(
                    origin,
                    removes,
                    raises,
                    found,
                    VersionRule.decide(origin, removes, raises, found));
              }
            }
          }
        }
      }
    }
  }

  @Test
  void nothingIsAppliedToALockedRow() {
    all(
        (origin, removes, raises, found, verdict) ->
            assertThat(verdict == Verdict.ASIDE).isEqualTo(found.locked()));
  }

  @Test
  void anOlderChangeNeverChangesARow() {
    all(
        (origin, removes, raises, found, verdict) -> {
          if (found.age() == Age.OLDER && !found.locked()) {
            boolean gone = removes && !found.present();
            assertThat(verdict).isEqualTo(gone ? Verdict.APPLY : Verdict.STALE);
          }
        });
  }

  @Test
  void aNewerChangeGoesAhead() {
    all(
        (origin, removes, raises, found, verdict) -> {
          if (found.age() == Age.NEWER && !found.locked()) {
            assertThat(verdict).isEqualTo(Verdict.APPLY);
          }
        });
  }

  @Test
  void withoutVersionsTheSourcesOrderCounts() {
    all(
        (origin, removes, raises, found, verdict) -> {
          if (found.age() == Age.UNKNOWN && !found.locked()) {
            assertThat(verdict).isEqualTo(Verdict.APPLY);
          }
        });
  }

  @Test
  void theSameVersionIsAReplayUnlessItDeletesMendsOrIsNone() {
    all(
        (origin, removes, raises, found, verdict) -> {
          if (found.age() == Age.SAME && !found.locked()) {
            boolean mends = found.present() && (origin != Origin.BINLOG || !raises);
            assertThat(verdict).isEqualTo(removes || mends ? Verdict.APPLY : Verdict.REPLAY);
          }
        });
  }
}
