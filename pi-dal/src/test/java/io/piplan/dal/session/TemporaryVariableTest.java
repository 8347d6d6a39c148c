package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.node.NodeConnection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A variable that can't be set back reaches no other statement. */
class TemporaryVariableTest {
  private final List<String> ran = new ArrayList<>();
  private String failing = "";
  private DalException failure = new DalException(DalError.KILLED, "stopped");
  private boolean discarded;

  private final NodeConnection connection =
      new NodeConnection() {
        @Override
        public String node() {
          return "n0";
        }

        @Override
        public Result run(String sql) {
          ran.add(sql);
          if (sql.equals(failing)) {
            throw failure;
          }
          return Result.Done.NOTHING;
        }

        @Override
        public void cancel() {
          // Nothing runs.
        }

        @Override
        public void discard() {
          discarded = true;
        }

        @Override
        public void close() {
          // It is no real connection.
        }
      };

  private void runs() {
    new TemporaryVariable("timestamp", "5", "DEFAULT")
        .during(connection, () -> connection.run("UPDATE t SET a = 1"));
  }

  @Test
  void itIsSetBackAlsoAfterAnError() {
    runs();
    failing = "UPDATE t SET a = 1";
    assertThatThrownBy(this::runs).isSameAs(failure);
    assertThat(ran)
        .containsExactly(
            "SET timestamp = 5",
            "UPDATE t SET a = 1",
            "SET timestamp = DEFAULT",
            "SET timestamp = 5",
            "UPDATE t SET a = 1",
            "SET timestamp = DEFAULT");
    assertThat(discarded).isFalse();
  }

  @Test
  void ifItCannotTheConnectionIsGivenUpAndTheTransactionEnds() {
    failing = "SET timestamp = DEFAULT";
    assertThatThrownBy(this::runs)
        .hasMessage(
            "timestamp could not be set back on node n0 (stopped); the transaction is rolled back")
        .satisfies(e -> assertThat(RoutedSession.endsTransaction((DalException) e)).isTrue());
    assertThat(discarded).isTrue();
  }
}
