package io.piplan.proxy.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.ResponseWalker.Kind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ResponseWalkerTest {
  private static final int NEW = Capability.DEPRECATE_EOF | Capability.SESSION_TRACK;
  private static final int OLD = 0;

  /** Results as a server would send them; the last one ends with status {@code last}. */
  private static ByteBuf results(Random random, int capabilities, int count, int last) {
    ByteBuf wire = Unpooled.buffer();
    int sequence = 1;
    for (int i = 0; i < count; i++) {
      int status = i == count - 1 ? last : last | ServerStatus.MORE_RESULTS;
      if (random.nextInt(3) == 0) {
        OkPacket ok = new OkPacket(5, 300 + i, status, 3, "", List.of());
        sequence = ok.write(wire, sequence, capabilities);
      } else {
        sequence = rows(wire, random, sequence, capabilities, status);
      }
    }
    return wire;
  }

  private static int rows(ByteBuf wire, Random random, int first, int capabilities, int status) {
    int columns = 1 + random.nextInt(300);
    ByteBuf count = Unpooled.buffer();
    new PayloadWriter(count).lengthEncoded(columns);
    int sequence = Frames.write(wire, first, count);
    for (int i = 0; i < columns; i++) {
      sequence = ColumnDefinition.text("c" + i).write(wire, sequence, StandardCharsets.UTF_8);
    }
    if (!Capability.has(capabilities, Capability.DEPRECATE_EOF)) {
      sequence = new EofPacket(0, status).write(wire, sequence);
    }
    for (int i = random.nextInt(20); i > 0; i--) {
      byte[][] values = new byte[columns][];
      for (int c = 0; c < columns; c++) {
        values[c] = random.nextInt(5) == 0 ? null : Bytes.random(random, random.nextInt(30));
      }
      sequence = new TextRow(values).write(wire, sequence);
    }
    return new OkPacket(0, 0, status, 9, "", List.of())
        .writeAfterRows(wire, sequence, capabilities);
  }

  @Property(tries = 300)
  void findsTheEndHoweverTheBytesCome(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int count, @ForAll boolean modern) {
    int capabilities = modern ? NEW : OLD;
    Random random = new Random(seed);
    int status = ServerStatus.AUTOCOMMIT | ServerStatus.IN_TRANSACTION;
    ByteBuf wire = results(random, capabilities, count, status);
    int length = wire.readableBytes();
    ResponseWalker walker = new ResponseWalker(Kind.RESULTS, capabilities);
    ByteBuf come = Unpooled.buffer();
    boolean done = false;
    for (ByteBuf piece : Bytes.pieces(wire, random, 50)) {
      assertThat(done).isFalse();
      come.writeBytes(piece);
      done = walker.advance(come);
    }
    assertThat(done).isTrue();
    assertThat(come.readerIndex()).isEqualTo(length);
    assertThat(walker.status()).isEqualTo(status);
    assertThat(walker.failed()).isFalse();
  }

  @Test
  void leavesWhatComesAfter() {
    ByteBuf wire = results(new Random(1), NEW, 2, 2);
    int length = wire.readableBytes();
    wire.writeBytes(new byte[] {1, 0, 0, 0, 0});
    ResponseWalker walker = new ResponseWalker(Kind.RESULTS, NEW);
    assertThat(walker.advance(wire)).isTrue();
    assertThat(wire.readerIndex()).isEqualTo(length);
  }

  @Test
  void anErrorEndsAResultAnywhere() {
    for (int capabilities : new int[] {NEW, OLD}) {
      ByteBuf wire = Unpooled.buffer();
      rows(wire, new Random(3), 1, capabilities, ServerStatus.MORE_RESULTS);
      new ErrPacket(1317, "70100", "interrupted").write(wire, 9, StandardCharsets.UTF_8);
      ResponseWalker walker = new ResponseWalker(Kind.RESULTS, capabilities);
      assertThat(walker.advance(wire)).isTrue();
      assertThat(walker.failed()).isTrue();
      assertThat(walker.errorNumber()).isEqualTo(1317);
      assertThat(wire.isReadable()).isFalse();
    }
  }

  @Test
  void rowsOfOverSixteenMegabytesAreNoEnd() {
    for (int capabilities : new int[] {NEW, OLD}) {
      ByteBuf wire = Unpooled.buffer();
      ByteBuf count = Unpooled.buffer();
      new PayloadWriter(count).lengthEncoded(1);
      Frames.write(wire, 1, count);
      int sequence = ColumnDefinition.text("big").write(wire, 2, StandardCharsets.UTF_8);
      if (capabilities == OLD) {
        sequence = new EofPacket(0, 2).write(wire, sequence);
      }
      // Its first byte is 0xfe, as of an EOF; its second part begins with 0xff, as of an error.
      byte[] value = new byte[Frames.MAX + 1000];
      java.util.Arrays.fill(value, (byte) 0xff);
      sequence = new TextRow(new byte[][] {value}).write(wire, sequence);
      OkPacket.of(2).writeAfterRows(wire, sequence, capabilities);
      ResponseWalker walker = new ResponseWalker(Kind.RESULTS, capabilities);
      assertThat(walker.advance(wire)).isTrue();
      assertThat(walker.failed()).isFalse();
      assertThat(wire.isReadable()).isFalse();
    }
  }

  @Test
  void aCursorsRowsComeLater() {
    ByteBuf wire = Unpooled.buffer();
    ByteBuf count = Unpooled.buffer();
    new PayloadWriter(count).lengthEncoded(1);
    Frames.write(wire, 1, count);
    ColumnDefinition.number("id").write(wire, 2, StandardCharsets.UTF_8);
    new EofPacket(0, ServerStatus.CURSOR_EXISTS).write(wire, 3);
    ResponseWalker walker = new ResponseWalker(Kind.RESULTS, OLD);
    assertThat(walker.advance(wire)).isTrue();
  }

  @Test
  void preparedStatementsEndAfterTheirDefinitions() {
    for (int capabilities : new int[] {NEW, OLD}) {
      for (int parameters = 0; parameters < 3; parameters++) {
        for (int columns = 0; columns < 3; columns++) {
          ByteBuf wire = Unpooled.buffer();
          int sequence = new PreparedStatement(77, columns, parameters, 0).write(wire, 1);
          for (int count : new int[] {parameters, columns}) {
            for (int i = 0; i < count; i++) {
              sequence = ColumnDefinition.text("?").write(wire, sequence, StandardCharsets.UTF_8);
            }
            if (count > 0 && capabilities == OLD) {
              sequence = new EofPacket(0, 2).write(wire, sequence);
            }
          }
          ResponseWalker walker = new ResponseWalker(Kind.PREPARE, capabilities);
          assertThat(walker.advance(wire)).isTrue();
          assertThat(walker.statementId()).isEqualTo(77);
          assertThat(wire.isReadable()).isFalse();
        }
      }
    }
  }

  @Test
  void waitsForTheClientsFile() {
    ByteBuf wire = Unpooled.buffer();
    Frames.write(
        wire, 1, Unpooled.wrappedBuffer("\u00fbrows.csv".getBytes(StandardCharsets.ISO_8859_1)));
    ResponseWalker walker = new ResponseWalker(Kind.RESULTS, NEW);
    walker.mayWantFile();
    assertThat(walker.advance(wire)).isFalse();
    assertThat(walker.wantsFile()).isTrue();
    walker.fileSent();
    ByteBuf ok = Unpooled.buffer();
    OkPacket.of(2).write(ok, 4, NEW);
    assertThat(walker.advance(ok)).isTrue();
  }

  @Test
  void fileThatNoStatementLoadsIsNotAskedFor() {
    ByteBuf wire = Unpooled.buffer();
    Frames.write(
        wire, 1, Unpooled.wrappedBuffer("\u00fb/etc/passwd".getBytes(StandardCharsets.ISO_8859_1)));
    ResponseWalker walker = new ResponseWalker(Kind.RESULTS, NEW);
    assertThatThrownBy(() -> walker.advance(wire)).hasMessageContaining("asks for a file");
    assertThat(wire.readerIndex()).as("bytes that may be passed on").isZero();
  }

  @Property(tries = 2000)
  void garbageEndsWithAnErrorOrWaits(@ForAll byte[] garbage, @ForAll Kind kind) {
    ResponseWalker walker = new ResponseWalker(kind, NEW);
    ByteBuf wire = Unpooled.wrappedBuffer(garbage);
    try {
      walker.advance(wire);
      assertThat(wire.readerIndex()).isLessThanOrEqualTo(garbage.length);
    } catch (ProxyException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Property
  void filesEndWithAnEmptyPacket(@ForAll long seed) {
    Random random = new Random(seed);
    ByteBuf wire = Unpooled.buffer();
    for (int i = random.nextInt(6); i > 0; i--) {
      byte[] part = Bytes.random(random, 1 + random.nextInt(300));
      Frames.write(wire, i, Unpooled.wrappedBuffer(part));
    }
    Frames.write(wire, 9, Unpooled.EMPTY_BUFFER);
    int length = wire.readableBytes();
    wire.writeBytes(new byte[] {1, 0, 0, 0, 14});
    FileWalker walker = new FileWalker();
    ByteBuf come = Unpooled.buffer();
    for (ByteBuf piece : Bytes.pieces(wire, random, 20)) {
      come.writeBytes(piece);
      if (walker.advance(come)) {
        assertThat(come.readerIndex()).isEqualTo(length);
        return;
      }
    }
    throw new AssertionError("no end found");
  }
}
