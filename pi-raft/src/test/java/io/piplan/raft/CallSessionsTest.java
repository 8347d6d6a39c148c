package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CallSessionsTest {
  private static final UUID CALLER = new UUID(1, 2);
  private static final byte[] LARGE = new byte[600_000];

  @Test
  void whatIsRepeatedIsAnsweredAsBefore() {
    CallSessions sessions = new CallSessions();
    sessions.remember(CALLER, 0, new byte[] {7});
    assertThat(sessions.answered(CALLER, 0)).containsExactly(7);
    assertThat(sessions.answered(CALLER, 1)).isNull();
    assertThat(sessions.answered(new UUID(3, 4), 0)).isNull();
  }

  /** Long answers of later batches push out answers, not the knowledge of what was applied. */
  @Test
  void aLateBatchThatWasNotAppliedIsNewAndOneThatWasIsNot() throws IOException {
    CallSessions sessions = new CallSessions();
    for (long sequence = 1; sequence < 5; sequence++) {
      sessions.remember(CALLER, sequence, LARGE);
    }
    for (CallSessions one : new CallSessions[] {sessions, copy(sessions)}) {
      assertThat(one.answered(CALLER, 0)).as("never applied").isNull();
      assertThat(one.answered(CALLER, 1)).isEqualTo(BatchAnswers.forgotten());
      assertThat(one.answered(CALLER, 3)).isEqualTo(BatchAnswers.forgotten());
      assertThat(one.answered(CALLER, 4)).isEqualTo(LARGE);
      one.remember(CALLER, 0, new byte[] {7});
      assertThat(one.answered(CALLER, 0)).containsExactly(7);
      assertThat(one.answered(CALLER, 4)).isEqualTo(LARGE);
    }
  }

  @Test
  void oneLongAnswerIsKeptWhileItIsTheNewest() {
    CallSessions sessions = new CallSessions();
    byte[] huge = new byte[3 << 20];
    sessions.remember(CALLER, 0, huge);
    assertThat(sessions.answered(CALLER, 0)).isEqualTo(huge);
    sessions.remember(CALLER, 1, new byte[] {7});
    assertThat(sessions.answered(CALLER, 0)).isEqualTo(BatchAnswers.forgotten());
    assertThat(sessions.answered(CALLER, 1)).containsExactly(7);
  }

  @Test
  void soManyBatchesAreKnown() {
    CallSessions sessions = new CallSessions();
    for (long sequence = 0; sequence < 2L * CallSessions.MOST_BATCHES; sequence++) {
      sessions.remember(CALLER, sequence, new byte[] {(byte) sequence});
    }
    assertThat(sessions.answered(CALLER, CallSessions.MOST_BATCHES - 1L))
        .isEqualTo(BatchAnswers.forgotten());
    assertThat(sessions.answered(CALLER, CallSessions.MOST_BATCHES))
        .containsExactly(CallSessions.MOST_BATCHES);
  }

  private static CallSessions copy(CallSessions of) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    of.save(new DataOutputStream(bytes));
    CallSessions copy = new CallSessions();
    copy.load(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    return copy;
  }
}
