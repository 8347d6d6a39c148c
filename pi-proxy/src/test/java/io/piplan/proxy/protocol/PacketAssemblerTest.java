package io.piplan.proxy.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PacketAssemblerTest {
  private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

  @Property
  void packetsComeOutHoweverTheirBytesCome(
      @ForAll @Size(max = 20) List<byte[]> payloads, @ForAll long seed) {
    ByteBuf wire = Unpooled.buffer();
    payloads.forEach(payload -> Frames.write(wire, 0, Unpooled.wrappedBuffer(payload)));
    PacketAssembler assembler = new PacketAssembler(ALLOCATOR, 1 << 20);
    List<byte[]> found = new ArrayList<>();
    for (ByteBuf piece : Bytes.pieces(wire, new Random(seed), 9)) {
      assembler.add(piece);
      Packet packet = assembler.next(0);
      while (packet != null) {
        found.add(Bytes.all(packet.payload()));
        packet.release();
        packet = assembler.next(0);
      }
    }
    assertThat(found).hasSameSizeAs(payloads);
    for (int i = 0; i < payloads.size(); i++) {
      assertThat(found.get(i)).isEqualTo(payloads.get(i));
    }
    assertThat(assembler.waiting()).isZero();
    assembler.release();
  }

  @Test
  void payloadsAtTheLimitOfAPacketAreOne() {
    for (int length : new int[] {Frames.MAX - 1, Frames.MAX, Frames.MAX + 1, 2 * Frames.MAX}) {
      ByteBuf wire = Unpooled.buffer();
      byte[] bytes = Bytes.random(new Random(length), length);
      int next = Frames.write(wire, 0, Unpooled.wrappedBuffer(bytes));
      int parts = length / Frames.MAX + 1;
      assertThat(next).isEqualTo(parts);
      assertThat(wire.readableBytes()).isEqualTo(length + parts * Frames.HEADER);
      PacketAssembler assembler = new PacketAssembler(ALLOCATOR, 1 << 30);
      byte[] raw = Bytes.all(wire);
      for (ByteBuf piece : Bytes.pieces(wire, new Random(1), 5 << 20)) {
        assertThat(assembler.next(0)).isNull();
        assembler.add(piece);
      }
      Packet packet = assembler.next(0);
      assertThat(packet.lastSequence()).isEqualTo(parts - 1);
      assertThat(Bytes.all(packet.payload())).isEqualTo(bytes);
      assertThat(Bytes.all(packet.raw())).isEqualTo(raw);
      packet.release();
      assembler.release();
    }
  }

  @Test
  void whatAnnouncesToBeTooLongIsRefusedBeforeItHasCome() {
    PacketAssembler assembler = new PacketAssembler(ALLOCATOR, 1000);
    assembler.add(Bytes.of((byte) 0xe9, (byte) 3, (byte) 0, (byte) 0));
    assertThatThrownBy(() -> assembler.next(0))
        .isInstanceOfSatisfying(
            ProxyException.class,
            e -> assertThat(e.error()).isEqualTo(ProxyError.STATEMENT_TOO_LARGE))
        .hasMessageContaining("1001")
        .hasMessageContaining("1000");
  }

  @Test
  void packetsOutOfOrderAreRefused() {
    PacketAssembler assembler = new PacketAssembler(ALLOCATOR, 1000);
    assembler.add(Bytes.of((byte) 1, (byte) 0, (byte) 0, (byte) 3, (byte) 14));
    assertThatThrownBy(() -> assembler.next(0)).hasMessageContaining("found sequence number 3");
  }
}
