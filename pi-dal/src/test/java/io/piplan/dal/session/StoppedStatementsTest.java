package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was stopped on a replica is not begun again on the source. */
class StoppedStatementsTest {
  @ParameterizedTest
  @ValueSource(ints = {1317, 1969, 3024})
  void aStoppedStatementIsNotRepeated(int number) {
    DalException stopped = DalException.ofNode(number, "70100", "interrupted", null);
    assertThat(stopped.error()).isEqualTo(DalError.KILLED);
    assertThat(stopped.mysqlNumber()).isEqualTo(number);
    assertThat(ReplicaRoute.isRepeated(stopped)).isFalse();
    assertThat(RoutedSession.endsTransaction(stopped)).isFalse();
  }

  @Test
  void anotherErrorOfAReplicaIs() {
    DalException error = DalException.ofNode(1146, "42S02", "no such table", null);
    assertThat(error.error()).isEqualTo(DalError.NODE);
    assertThat(ReplicaRoute.isRepeated(error)).isTrue();
  }
}
