package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;

/** Writes the values of one packet's payload; the other half of {@link PayloadReader}. */
public final class PayloadWriter {
  private final ByteBuf out;

  public PayloadWriter(ByteBuf out) {
    this.out = out;
  }

  public PayloadWriter u1(int value) {
    out.writeByte(value);
    return this;
  }

  public PayloadWriter u2(int value) {
    out.writeShortLE(value);
    return this;
  }

  public PayloadWriter u3(int value) {
    out.writeMediumLE(value);
    return this;
  }

  public PayloadWriter u4(long value) {
    out.writeIntLE((int) value);
    return this;
  }

  public PayloadWriter i8(long value) {
    out.writeLongLE(value);
    return this;
  }

  public PayloadWriter zeros(int count) {
    out.writeZero(count);
    return this;
  }

  public PayloadWriter bytes(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** The text must not hold a zero byte. */
  public PayloadWriter nullTerminated(String text, Charset charset) {
    return nullTerminated(text.getBytes(charset));
  }

  public PayloadWriter nullTerminated(byte[] text) {
    for (byte b : text) {
      if (b == 0) {
        throw ProtocolException.malformed("a zero byte in a text that a zero byte ends");
      }
    }
    out.writeBytes(text).writeByte(0);
    return this;
  }

  /** A number of 64 bits without a sign, in as few bytes as hold it. */
  public PayloadWriter lengthEncoded(long value) {
    if (value >= 0 && value < 0xfb) {
      return u1((int) value);
    }
    if (value >= 0 && value <= 0xffff) {
      return u1(0xfc).u2((int) value);
    }
    if (value >= 0 && value <= 0xffffff) {
      return u1(0xfd).u3((int) value);
    }
    return u1(0xfe).i8(value);
  }

  public PayloadWriter lengthEncodedBytes(byte[] bytes) {
    return lengthEncoded(bytes.length).bytes(bytes);
  }

  /** NULL is a byte of its own. */
  public PayloadWriter lengthEncodedBytesOrNull(byte[] bytes) {
    return bytes == null ? u1(0xfb) : lengthEncodedBytes(bytes);
  }

  public PayloadWriter lengthEncodedText(String text, Charset charset) {
    return lengthEncodedBytes(text.getBytes(charset));
  }
}
