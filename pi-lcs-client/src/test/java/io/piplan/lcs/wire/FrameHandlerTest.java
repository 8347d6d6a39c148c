package io.piplan.lcs.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class FrameHandlerTest {
  /** Notes what it is handed. */
  private static final class Notes extends FrameHandler {
    private final List<String> frames = new ArrayList<>();
    private final List<String> bad = new ArrayList<>();

    @Override
    protected void frame(
        ChannelHandlerContext context, byte type, long request, ByteBuf in, int bodyLength) {
      byte[] body = new byte[bodyLength];
      in.getBytes(in.readerIndex(), body);
      frames.add(type + " " + request + " " + ByteBufUtil.hexDump(body));
      if (type == 99) {
        in.skipBytes(bodyLength + 1_000_000);
      }
    }

    @Override
    protected void framesEnd(ChannelHandlerContext context) {
      frames.add("end");
    }

    @Override
    protected void badFrame(ChannelHandlerContext context, String found) {
      bad.add(found);
    }
  }

  @Property(tries = 300)
  void framesArriveWholeHoweverTheyAreCut(
      @ForAll @Size(max = 20) List<@Size(max = 600) List<Byte>> bodies,
      @ForAll @Size(min = 1, max = 10) List<@IntRange(min = 1, max = 700) Integer> cuts) {
    ByteBuf all = Unpooled.buffer();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < bodies.size(); i++) {
      int begun = Frames.begin(all, (byte) 6, i);
      byte[] body = new byte[bodies.get(i).size()];
      for (int j = 0; j < body.length; j++) {
        body[j] = bodies.get(i).get(j);
      }
      all.writeBytes(body);
      Frames.end(all, begun);
      expected.add("6 " + i + " " + ByteBufUtil.hexDump(body));
    }
    Notes notes = new Notes();
    EmbeddedChannel channel = new EmbeddedChannel(notes);
    for (int i = 0; all.isReadable(); i++) {
      int length = Math.min(all.readableBytes(), cuts.get(i % cuts.size()));
      channel.writeInbound(all.readBytes(length));
    }
    notes.frames.removeIf("end"::equals);
    assertThat(notes.frames).isEqualTo(expected);
    assertThat(notes.bad).isEmpty();
    channel.finishAndReleaseAll();
  }

  @Property(tries = 1_000)
  void garbageIsNeverMoreThanABadFrame(@ForAll @Size(max = 400) List<Byte> garbage) {
    Notes notes = new Notes();
    EmbeddedChannel channel = new EmbeddedChannel(notes);
    ByteBuf bytes = Unpooled.buffer();
    garbage.forEach(one -> bytes.writeByte(one));
    channel.writeInbound(bytes);
    channel.checkException();
    assertThat(notes.bad).hasSizeLessThanOrEqualTo(1);
    channel.finishAndReleaseAll();
  }

  /** Else four bytes of each of many connections would take all the memory there is. */
  @Test
  void aFrameTakesRoomAsItComes() {
    UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false);
    Notes notes = new Notes();
    EmbeddedChannel channel = new EmbeddedChannel(notes);
    channel.config().setAllocator(memory);
    channel.writeInbound(Unpooled.buffer().writeInt(FrameType.LARGEST));
    assertThat(memory.metric().usedHeapMemory()).isBetween(1L, 1_000L);
    channel.writeInbound(Unpooled.buffer().writeByte(6).writeLong(1).writeZero(10_000));
    assertThat(memory.metric().usedHeapMemory()).isBetween(10_000L, 40_000L);
    channel.writeInbound(Unpooled.buffer().writeZero(FrameType.LARGEST - 10_009));
    assertThat(notes.frames).filteredOn(each -> each.startsWith("6 1 ")).hasSize(1);
    channel.finishAndReleaseAll();
    assertThat(memory.metric().usedHeapMemory()).isZero();
  }

  @Test
  void aWrongLengthIsBadAndNothingIsReadAfterIt() {
    for (int length : new int[] {-1, 0, 8, FrameType.LARGEST + 1, Integer.MAX_VALUE}) {
      Notes notes = new Notes();
      EmbeddedChannel channel = new EmbeddedChannel(notes);
      ByteBuf bytes = Unpooled.buffer().writeInt(length);
      Frames.next(bytes, 1, 2, 3);
      channel.writeInbound(bytes);
      channel.writeInbound(Unpooled.copiedBuffer(new byte[100]));
      assertThat(notes.bad).singleElement().asString().contains("length " + length);
      assertThat(notes.frames).containsOnly("end");
      channel.finishAndReleaseAll();
    }
  }

  @Test
  void aFrameThatPromisesMoreThanItHasIsBad() {
    Notes notes = new Notes();
    EmbeddedChannel channel = new EmbeddedChannel(notes);
    ByteBuf bytes = Unpooled.buffer();
    Frames.empty(bytes, (byte) 99, 1);
    channel.writeInbound(bytes);
    assertThat(notes.bad).singleElement().asString().contains("ends too early");
    channel.finishAndReleaseAll();
  }

  @Test
  void errorsTravel() {
    ByteBuf bytes = Unpooled.buffer();
    Frames.error(bytes, 5, LcsError.EXHAUSTED, "sequence ö ends", "use another", "h:1");
    bytes.skipBytes(FrameType.HEADER);
    LcsException read = Frames.error(bytes);
    assertThat(read.error()).isEqualTo(LcsError.EXHAUSTED);
    assertThat(read).hasMessage("PI-LCS-3004 sequence ö ends: use another");
    assertThat(Frames.text(bytes)).isEqualTo("h:1");
    assertThat(bytes.isReadable()).isFalse();
  }
}
