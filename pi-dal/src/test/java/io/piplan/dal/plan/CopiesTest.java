package io.piplan.dal.plan;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

class CopiesTest {
  @Test
  void aLongQueryGoesToFewShards() {
    String text = "x".repeat(1 << 20);
    BitSet shards = new BitSet();
    shards.set(0, 64);
    assertThatCode(() -> Copies.check(text, shards)).doesNotThrowAnyException();
    shards.set(64);
    assertThatThrownBy(() -> Copies.check(text, shards))
        .hasMessageContaining("a query of 1048576 characters over 65 shards; send it in parts");
  }
}
