package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.lcs.SequencePolicy;
import io.piplan.lcs.server.LcsAnswer.Begun;
import io.piplan.lcs.server.LcsAnswer.Extended;
import io.piplan.lcs.server.LcsAnswer.Outcome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class LcsStateTest {
  private LcsState state = new LcsState();

  private Begun lead(long term) {
    return LcsAnswer.begun(state.apply(1, new LcsCommand.Lead(term).encode()));
  }

  private Extended extend(int id, long term, long expected, long limit) {
    return LcsAnswer.extended(
        state.apply(1, new LcsCommand.Extend(id, term, expected, limit).encode()));
  }

  private LcsAnswer.Stored open(String name, SequencePolicy policy) {
    return LcsAnswer.stored(state.apply(1, new LcsCommand.Open(name, policy).encode()));
  }

  private Outcome release(long term) {
    return LcsAnswer.extended(state.apply(1, new LcsCommand.Release(term).encode())).outcome();
  }

  @Test
  void limitsGrowFromWhatIsExpected() {
    lead(3);
    assertThat(open("a", SequencePolicy.COUNTER).limit()).isZero();
    assertThat(extend(0, 3, 0, 100)).isEqualTo(new Extended(Outcome.DONE, 100));
    assertThat(extend(0, 3, 0, 100)).isEqualTo(new Extended(Outcome.OTHER_LIMIT, 100));
    assertThat(extend(0, 3, 100, 50)).isEqualTo(new Extended(Outcome.EXHAUSTED, 100));
    assertThat(extend(1, 3, 0, 100).outcome()).isEqualTo(Outcome.UNKNOWN_SEQUENCE);
    assertThat(extend(-1, 3, 0, 100).outcome()).isEqualTo(Outcome.UNKNOWN_SEQUENCE);
  }

  @Test
  void theLastNumberIsTheLast() {
    lead(3);
    open("a", new SequencePolicy(SequencePolicy.Kind.COUNTER, 5, 10));
    assertThat(extend(0, 3, 4, 1_000)).isEqualTo(new Extended(Outcome.DONE, 10));
    assertThat(extend(0, 3, 10, 2_000).outcome()).isEqualTo(Outcome.EXHAUSTED);
  }

  @Test
  void anEarlierLeaderIsRefusedOnceALaterHasBegun() {
    open("a", SequencePolicy.COUNTER);
    lead(3);
    extend(0, 3, 0, 100);
    assertThat(lead(5).outcome()).isEqualTo(Outcome.DONE);
    assertThat(extend(0, 3, 100, 200).outcome()).isEqualTo(Outcome.FENCED);
    assertThat(lead(3).outcome()).isEqualTo(Outcome.FENCED);
    assertThat(release(3)).isEqualTo(Outcome.FENCED);
    assertThat(extend(0, 5, 100, 200).outcome()).isEqualTo(Outcome.DONE);
  }

  @Test
  void onlyTheFirstLeaderAndOneAfterAReleaseNeedNotWait() {
    assertThat(lead(3).waits()).isFalse();
    assertThat(lead(5).waits()).isTrue();
    assertThat(release(5)).isEqualTo(Outcome.DONE);
    assertThat(lead(6).waits()).isFalse();
    // Asked again because the answer was lost.
    assertThat(lead(6).waits()).isFalse();
    assertThat(lead(7).waits()).isTrue();
  }

  @Test
  void whoHasReleasedExtendsNothingUntilItLeadsAgain() {
    open("a", SequencePolicy.COUNTER);
    lead(3);
    release(3);
    assertThat(extend(0, 3, 0, 100).outcome()).isEqualTo(Outcome.FENCED);
    lead(3);
    assertThat(extend(0, 3, 0, 100).outcome()).isEqualTo(Outcome.DONE);
    assertThat(lead(4).waits()).isTrue();
  }

  @Test
  void aSequenceKeepsItsPolicyAndNumber() {
    LcsAnswer.Stored a = open("a", SequencePolicy.TIME);
    assertThat(open("b", SequencePolicy.COUNTER).id()).isEqualTo(1);
    assertThat(open("a", SequencePolicy.COUNTER)).isEqualTo(a);
    assertThat(LcsAnswer.stored(state.query(LcsState.queryOf("a")))).isEqualTo(a);
    assertThat(LcsAnswer.stored(state.query(LcsState.queryOf(1))).name()).isEqualTo("b");
    assertThat(LcsAnswer.stored(state.query(LcsState.queryOf("c")))).isNull();
    assertThat(LcsAnswer.stored(state.query(LcsState.queryOf(2)))).isNull();
    assertThat(LcsAnswer.stored(state.query(LcsState.queryOf(-1)))).isNull();
  }

  @Test
  void aSnapshotHoldsAll() throws IOException {
    open("a", SequencePolicy.COUNTER);
    open("b", SequencePolicy.TIME);
    lead(3);
    extend(0, 3, 0, 77);
    release(3);
    state.apply(1, new LcsCommand.Announce("1", "h:1", "http://h:2").encode());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    state.save(new DataOutputStream(bytes));
    state = new LcsState();
    state.load(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    assertThat(state.address("1")).isEqualTo(new LcsState.Address("h:1", "http://h:2"));
    Begun begun = lead(4);
    assertThat(begun.waits()).isFalse();
    assertThat(begun.sequences())
        .containsExactly(
            new LcsAnswer.Stored(0, "a", SequencePolicy.COUNTER, 77),
            new LcsAnswer.Stored(1, "b", SequencePolicy.TIME, 0));
  }
}
