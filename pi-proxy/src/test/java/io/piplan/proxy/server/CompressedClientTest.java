package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.piplan.proxy.protocol.ProtocolException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class CompressedClientTest {
  private final AtomicBoolean busy = new AtomicBoolean();
  private final CompressedClient compression = new CompressedClient(busy::get);
  private final EmbeddedChannel channel = new EmbeddedChannel(compression);

  private static byte[] frame(int sequence, byte[] plain, boolean packs) {
    byte[] body = plain;
    if (packs) {
      Deflater deflater = new Deflater();
      deflater.setInput(plain);
      deflater.finish();
      byte[] packed = new byte[plain.length + 100];
      body = Arrays.copyOf(packed, deflater.deflate(packed));
      deflater.end();
    }
    ByteBuf out = Unpooled.buffer();
    out.writeMediumLE(body.length).writeByte(sequence).writeMediumLE(packs ? plain.length : 0);
    out.writeBytes(body);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  private byte[] in() {
    ByteBuf all = Unpooled.buffer();
    for (ByteBuf part = channel.readInbound(); part != null; part = channel.readInbound()) {
      all.writeBytes(part);
      part.release();
    }
    byte[] bytes = new byte[all.readableBytes()];
    all.readBytes(bytes);
    return bytes;
  }

  @Test
  void framesInPiecesOfAnySize() {
    Random random = new Random(7);
    byte[] noise = new byte[100_000];
    random.nextBytes(noise);
    byte[] zeros = new byte[1_000_000];
    ByteBuf all = Unpooled.buffer();
    all.writeBytes(frame(0, noise, true)).writeBytes(frame(1, zeros, true));
    all.writeBytes(frame(2, noise, false)).writeBytes(frame(3, new byte[] {1, 2, 3}, false));
    ByteBuf expected = Unpooled.buffer();
    expected.writeBytes(noise).writeBytes(zeros).writeBytes(noise).writeBytes(new byte[] {1, 2, 3});
    ByteBuf got = Unpooled.buffer();
    while (all.isReadable()) {
      int length = Math.min(all.readableBytes(), 1 + random.nextInt(5000));
      channel.writeInbound(Unpooled.copiedBuffer(all.readSlice(length)));
      got.writeBytes(in());
    }
    assertThat(got.equals(expected)).isTrue();
  }

  @Test
  void theNextCommandWaitsForTheResponse() {
    busy.set(true);
    channel.writeInbound(Unpooled.wrappedBuffer(frame(0, new byte[] {1}, false)));
    assertThat(in()).isEmpty();
    busy.set(false);
    compression.goOnLater();
    channel.runPendingTasks();
    assertThat(in()).containsExactly(1);
    busy.set(true);
    // What goes on with the same command comes through.
    channel.writeInbound(Unpooled.wrappedBuffer(frame(1, new byte[] {2}, false)));
    assertThat(in()).containsExactly(2);
  }

  @Test
  void aClientThatIsNotReadIsNotUnpacked() {
    channel.config().setAutoRead(false);
    channel.writeInbound(Unpooled.wrappedBuffer(frame(0, new byte[16_000_000], true)));
    assertThat(in()).isEmpty();
    channel.config().setAutoRead(true);
    channel.runPendingTasks();
    assertThat(in()).hasSize(16_000_000);
  }

  @Test
  void whatFloodsWhileACommandRunsIsNotReadOn() {
    busy.set(true);
    for (int i = 0; i < 10; i++) {
      channel.writeInbound(Unpooled.wrappedBuffer(frame(0, new byte[60_000], false)));
    }
    assertThat(channel.config().isAutoRead()).isFalse();
    busy.set(false);
    compression.goOnLater();
    channel.runPendingTasks();
    assertThat(channel.config().isAutoRead()).isTrue();
    assertThat(in()).hasSize(600_000);
  }

  @Test
  void garbageEndsTheConnection() {
    for (byte[] wrong :
        new byte[][] {
          {5, 0, 0, 0, 9, 0, 0, 1, 2, 3, 4, 5},
          {0, 0, 0, 0, 9, 0, 0},
          cutShort(frame(0, new byte[1000], true))
        }) {
      EmbeddedChannel other = new EmbeddedChannel(new CompressedClient(() -> false));
      Assertions.assertThatThrownBy(
              () -> {
                other.writeInbound(Unpooled.wrappedBuffer(wrong));
                other.checkException();
              })
          .isInstanceOf(ProtocolException.class)
          .hasMessageContaining("zlib");
    }
  }

  /** It says to become longer than it does. */
  private static byte[] cutShort(byte[] frame) {
    frame[4]++;
    return frame;
  }

  @Test
  void responsesGoOnWithTheNumbersOfTheCommand() throws Exception {
    channel.writeInbound(Unpooled.wrappedBuffer(frame(0, new byte[] {1}, false)));
    channel.writeInbound(Unpooled.wrappedBuffer(frame(1, new byte[] {1}, false)));
    byte[] zeros = new byte[150_000];
    channel.writeOutbound(Unpooled.wrappedBuffer(new byte[] {9, 8}), Unpooled.wrappedBuffer(zeros));
    ByteBuf out = Unpooled.buffer();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      out.writeBytes(part);
      part.release();
    }
    ByteBuf plain = Unpooled.buffer();
    for (int sequence = 2; out.isReadable(); sequence++) {
      int length = out.readUnsignedMediumLE();
      assertThat(out.readUnsignedByte()).isEqualTo((short) sequence);
      int unpacked = out.readUnsignedMediumLE();
      byte[] body = new byte[length];
      out.readBytes(body);
      if (unpacked == 0) {
        plain.writeBytes(body);
      } else {
        Inflater inflater = new Inflater();
        inflater.setInput(body);
        byte[] piece = new byte[unpacked];
        assertThat(inflater.inflate(piece)).isEqualTo(unpacked);
        inflater.end();
        plain.writeBytes(piece);
      }
    }
    assertThat(plain.readByte()).isEqualTo((byte) 9);
    assertThat(plain.readByte()).isEqualTo((byte) 8);
    assertThat(plain.readableBytes()).isEqualTo(150_000);
  }
}
