package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Cuts answers between two packets, however they come. */
class ResultLimitTest {
  private final AtomicInteger stopped = new AtomicInteger();
  private final ResultLimit limit = new ResultLimit(100, stopped::incrementAndGet);

  private static ByteBuf packets(int count, int length) {
    ByteBuf out = Unpooled.buffer();
    for (int i = 0; i < count; i++) {
      out.writeMediumLE(length).writeByte(i + 1).writeZero(length);
    }
    return out;
  }

  /** The length and number of each packet, and the error's number for the last. */
  private List<String> passed(ByteBuf bytes, int piece) {
    ByteBuf all = Unpooled.buffer();
    while (bytes.isReadable()) {
      ByteBuf out =
          limit.pass(
              bytes.readBytes(Math.min(piece, bytes.readableBytes())), StandardCharsets.UTF_8);
      if (out != null) {
        all.writeBytes(out);
        out.release();
      }
    }
    List<String> packets = new ArrayList<>();
    while (all.isReadable()) {
      int length = all.readUnsignedMediumLE();
      int sequence = all.readUnsignedByte();
      ByteBuf payload = all.readSlice(length);
      packets.add(
          payload.getByte(0) == (byte) 0xff
              ? sequence + ":error " + payload.getUnsignedShortLE(1)
              : sequence + ":" + length);
    }
    return packets;
  }

  @Test
  void theErrorTakesThePlaceOfTheFirstPacketBehindTheLimit() {
    for (int piece : new int[] {1, 3, 7, 50, 10_000}) {
      limit.begins();
      stopped.set(0);
      assertThat(passed(packets(20, 26), piece))
          .as("pieces of %d", piece)
          .containsExactly("1:26", "2:26", "3:26", "4:26", "5:error 1104");
      assertThat(stopped).hasValue(1);
    }
  }

  @Test
  void whatEndsAtTheLimitIsWhole() {
    assertThat(passed(packets(2, 90), 11)).containsExactly("1:90", "2:90");
    assertThat(stopped).hasValue(0);
  }
}
