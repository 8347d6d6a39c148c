package io.piplan.dal.tx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SimpleTransactionTest {
  private final Server a = new Server();
  private final Server b = new Server();
  private final Server c = new Server();
  private final Transaction transaction =
      new SimpleTransaction(new Named(Map.of("a", a, "b", b, "c", c)));

  private void write(String... nodes) {
    for (String node : nodes) {
      transaction.on(node).run("INSERT");
    }
  }

  @Test
  void nodeThatFailsAfterAnotherHasCommittedIsNamed() {
    write("a", "b", "c");
    b.diesAtCommit = true;

    assertThatThrownBy(transaction::commit)
        .isInstanceOf(DalException.class)
        .satisfies(e -> assertThat(((DalException) e).error()).isEqualTo(DalError.PARTLY_COMMITTED))
        .hasMessageContaining("committed on a, but not on b or later nodes: it died")
        .hasMessageContaining("transaction_mode = 'xa'");
    assertThat(a.ended).containsExactly("COMMIT");
    assertThat(c.ended).isEmpty();
  }

  @Test
  void aSavepointOfSomeNodesEndsTheTransaction() {
    write("a", "b");
    transaction.savepoint("s");
    b.dead = true;
    for (Runnable task :
        new Runnable[] {
          () -> transaction.savepoint("t"),
          () -> transaction.rollbackTo("s"),
          () -> transaction.release("s")
        }) {
      assertThatThrownBy(task::run)
          .satisfies(e -> assertThat(((DalException) e).error()).isEqualTo(DalError.ROLLED_BACK))
          .hasMessageContaining("was done on some nodes and failed on node b: it is dead");
    }
    a.dead = true;
    assertThatThrownBy(() -> transaction.rollbackTo("s"))
        .satisfies(
            e -> assertThat(((DalException) e).error()).isEqualTo(DalError.NODE_UNREACHABLE));
    assertThatThrownBy(() -> transaction.rollbackTo("none"))
        .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1305));
  }

  @Test
  void firstNodeThatFailsLeavesNothing() {
    write("a", "b");
    a.diesAtCommit = true;

    assertThatThrownBy(transaction::commit)
        .isInstanceOf(DalException.class)
        .satisfies(
            e -> assertThat(((DalException) e).error()).isEqualTo(DalError.NODE_UNREACHABLE));
    assertThat(b.ended).isEmpty();
  }
}
