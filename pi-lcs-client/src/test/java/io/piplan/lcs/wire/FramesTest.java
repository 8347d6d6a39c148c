package io.piplan.lcs.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class FramesTest {
  @Property
  void answersAreWrittenAlikeInBothWays(
      @ForAll long request,
      @ForAll @LongRange(min = 1, max = Long.MAX_VALUE) long first,
      @ForAll @IntRange(min = 1) int count) {
    ByteBuf one = Unpooled.buffer();
    Frames.numbers(one, request, first, count);
    ByteBuf other = Unpooled.buffer().writeZero(Frames.NUMBERS_LENGTH + 3);
    Frames.setNumbers(other, 3, request, first, count);
    assertThat(ByteBufUtil.hexDump(other, 3, Frames.NUMBERS_LENGTH))
        .isEqualTo(ByteBufUtil.hexDump(one));
  }

  @Property
  void requestsAreReadAsTheyWereWritten(
      @ForAll long request, @ForAll int sequence, @ForAll int count) {
    ByteBuf in = Unpooled.buffer().writeZero(5);
    Frames.next(in, request, sequence, count);
    assertThat(in.readableBytes()).isEqualTo(5 + Frames.NEXT_LENGTH);
    assertThat(Frames.isNext(in, 5)).isTrue();
    assertThat(Frames.request(in, 5)).isEqualTo(request);
    assertThat(Frames.nextSequence(in, 5)).isEqualTo(sequence);
    assertThat(Frames.nextCount(in, 5)).isEqualTo(count);
  }

  @Test
  void otherFramesAndBeginningsOfRequestsAreNone() {
    ByteBuf in = Unpooled.buffer();
    Frames.next(in, 1, 2, 3);
    assertThat(Frames.isNext(in.slice(0, Frames.NEXT_LENGTH - 1), 0)).isFalse();
    assertThat(Frames.isNext(in, 1)).isFalse();
    assertThat(Frames.isNext(in.copy().setByte(3, 18), 0)).isFalse();
    assertThat(Frames.isNext(in.copy().setByte(4, FrameType.OPEN), 0)).isFalse();
    assertThat(Frames.isNext(Unpooled.buffer(), 0)).isFalse();
  }
}
