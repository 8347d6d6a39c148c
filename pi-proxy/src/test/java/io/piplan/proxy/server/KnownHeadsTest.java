package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.dal.Column;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class KnownHeadsTest {
  private final KnownHeads heads = new KnownHeads();
  private final UnaryOperator<Column> names = UnaryOperator.identity();
  private final UnaryOperator<Column> others = names.andThen(column -> column)::apply;

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  @Test
  void whatBecameOfDefinitionsIsKnownByTheSameNamesOnly() {
    assertThat(heads.find(names, bytes("orders_0"))).isNull();
    heads.add(bytes("orders_0"), bytes("orders"));
    assertThat(heads.find(names, bytes("orders_0")))
        .isEqualTo("orders".getBytes(StandardCharsets.UTF_8));
    assertThat(heads.find(names, bytes("orders_1"))).isNull();
    assertThat(heads.find(others, bytes("orders_0"))).isNull();
    assertThat(heads.find(names, bytes("orders_0"))).isNull();
  }

  @Test
  void theBufferMayBeUsedForSomethingElse() {
    ByteBuf told = bytes("orders_0");
    assertThat(heads.find(names, told)).isNull();
    heads.add(told, bytes("orders"));
    told.setByte(0, 'X');
    assertThat(heads.find(names, told)).isNull();
    assertThat(heads.find(names, bytes("orders_0"))).isNotNull();
  }

  @Test
  void longOnesAndTooManyAreNotKept() {
    assertThat(heads.find(names, bytes("x".repeat(3_000)))).isNull();
    heads.add(bytes("x".repeat(3_000)), bytes("orders"));
    assertThat(heads.find(names, bytes("x".repeat(3_000)))).isNull();
    heads.add(bytes("first"), bytes("orders"));
    for (int i = 0; i < 1_000; i++) {
      heads.add(bytes("orders_" + i), bytes("orders"));
    }
    assertThat(heads.find(names, bytes("first"))).isNull();
  }
}
