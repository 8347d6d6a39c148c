package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;

/**
 * Reads the values of one packet's payload. Every read checks that the bytes are there; what is not
 * becomes a {@link ProtocolException} that names the packet and the field's place.
 */
public final class PayloadReader {
  private final ByteBuf in;
  private final String packet;
  private final int start;

  /**
   * @param in the payload from its reader index on, which moves; ownership stays with the caller
   * @param packet what the packet is called, for errors
   */
  public PayloadReader(ByteBuf in, String packet) {
    this.in = in;
    this.packet = packet;
    this.start = in.readerIndex();
  }

  public int remaining() {
    return in.readableBytes();
  }

  public boolean hasMore() {
    return in.isReadable();
  }

  public int u1() {
    need(1);
    return in.readUnsignedByte();
  }

  public int u2() {
    need(2);
    return in.readUnsignedShortLE();
  }

  public int u3() {
    need(3);
    return in.readUnsignedMediumLE();
  }

  public int i4() {
    need(4);
    return in.readIntLE();
  }

  public long u4() {
    need(4);
    return in.readUnsignedIntLE();
  }

  public long i8() {
    need(8);
    return in.readLongLE();
  }

  public void skip(int bytes) {
    need(bytes);
    in.skipBytes(bytes);
  }

  public byte[] bytes(int count) {
    need(count);
    byte[] bytes = new byte[count];
    in.readBytes(bytes);
    return bytes;
  }

  public byte[] rest() {
    return bytes(in.readableBytes());
  }

  /** Bytes up to a zero byte, which is read too. */
  public byte[] nullTerminated() {
    int length = in.bytesBefore((byte) 0);
    if (length < 0) {
      throw broken("a text without its ending zero byte");
    }
    byte[] bytes = bytes(length);
    in.skipBytes(1);
    return bytes;
  }

  public String nullTerminated(Charset charset) {
    return new String(nullTerminated(), charset);
  }

  /** A length-encoded number; as a signed long, so that values of 2^63 and more are negative. */
  public long lengthEncoded() {
    int first = u1();
    return switch (first) {
      case 0xfc -> u2();
      case 0xfd -> u3();
      case 0xfe -> i8();
      case 0xfb -> throw broken("NULL where a number belongs");
      case 0xff -> throw broken("0xff where a number belongs");
      default -> first;
    };
  }

  /** A length-encoded text; null for NULL. */
  public byte[] lengthEncodedBytesOrNull() {
    need(1);
    if (in.getUnsignedByte(in.readerIndex()) == 0xfb) {
      in.skipBytes(1);
      return null;
    }
    return lengthEncodedBytes();
  }

  public byte[] lengthEncodedBytes() {
    long length = lengthEncoded();
    if (length < 0 || length > in.readableBytes()) {
      throw broken(
          "a value of "
              + Long.toUnsignedString(length)
              + " bytes, of which only "
              + in.readableBytes()
              + " are there");
    }
    return bytes((int) length);
  }

  public String lengthEncodedText(Charset charset) {
    return new String(lengthEncodedBytes(), charset);
  }

  /** For a packet which must be at its end. */
  public void end() {
    if (in.isReadable()) {
      throw broken(in.readableBytes() + " bytes after its end");
    }
  }

  ProtocolException broken(String what) {
    return ProtocolException.malformed(
        "malformed " + packet + ": " + what + ", at byte " + (in.readerIndex() - start));
  }

  private void need(int bytes) {
    if (bytes < 0 || in.readableBytes() < bytes) {
      throw broken("it ends early, " + bytes + " more bytes belong here");
    }
  }
}
