package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.proxy.ProxyException;
import org.junit.jupiter.api.Test;

class UnfinishedStatementsTest {
  private static final int LONG = UnfinishedStatements.SHORT + 1;

  @Test
  void allTogetherAreBounded() {
    UnfinishedStatements all = new UnfinishedStatements(3L * LONG);
    UnfinishedStatements.Share a = all.new Share();
    UnfinishedStatements.Share b = all.new Share();
    a.holds(2L * LONG);
    b.holds(LONG);

    assertThatThrownBy(() -> b.holds(LONG + 1L))
        .isInstanceOf(ProxyException.class)
        .hasMessageContaining("would have more than " + 3L * LONG);
    assertThatThrownBy(() -> a.holds(3L * LONG)).isInstanceOf(ProxyException.class);
    // Short ones always find room.
    UnfinishedStatements.Share c = all.new Share();
    c.holds(UnfinishedStatements.SHORT);
    a.holds(0);
    b.holds(3L * LONG);
    b.holds(0);
    c.holds(3L * LONG);
  }
}
