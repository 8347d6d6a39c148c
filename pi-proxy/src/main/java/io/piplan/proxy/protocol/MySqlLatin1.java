package io.piplan.proxy.protocol;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What servers call latin1: windows-1252, with the five bytes that have no character there as
 * controls, so that each byte is a character.
 */
final class MySqlLatin1 extends Charset {
  private static final char UNKNOWN = '\uFFFD';

  private final char[] chars = new char[256];

  /** Those of 0x80 to 0x9F; all others have the numbers of their characters. */
  private final Map<Character, Byte> controls = new HashMap<>();

  MySqlLatin1() {
    super("MySQL-latin1", null);
    Charset windows = Charset.forName("windows-1252");
    for (int i = 0; i < chars.length; i++) {
      char c = new String(new byte[] {(byte) i}, windows).charAt(0);
      chars[i] = c == UNKNOWN ? (char) i : c;
      if (i >= 0x80 && i < 0xA0) {
        controls.put(chars[i], (byte) i);
      }
    }
  }

  @Override
  public boolean contains(Charset other) {
    return other.equals(this) || other.equals(StandardCharsets.US_ASCII);
  }

  @Override
  public CharsetDecoder newDecoder() {
    return new CharsetDecoder(this, 1, 1) {
      @Override
      protected CoderResult decodeLoop(ByteBuffer in, CharBuffer out) {
        while (in.hasRemaining()) {
          if (!out.hasRemaining()) {
            return CoderResult.OVERFLOW;
          }
          out.put(chars[in.get() & 0xff]);
        }
        return CoderResult.UNDERFLOW;
      }
    };
  }

  @Override
  public CharsetEncoder newEncoder() {
    return new CharsetEncoder(this, 1, 1) {
      @Override
      protected CoderResult encodeLoop(CharBuffer in, ByteBuffer out) {
        while (in.hasRemaining()) {
          if (!out.hasRemaining()) {
            return CoderResult.OVERFLOW;
          }
          char c = in.get(in.position());
          Byte written = c < 0x80 || (c >= 0xA0 && c <= 0xFF) ? Byte.valueOf((byte) c) : of(c);
          if (written == null) {
            return unknown(in, c);
          }
          in.get();
          out.put(written);
        }
        return CoderResult.UNDERFLOW;
      }
    };
  }

  private Byte of(char c) {
    return controls.get(c);
  }

  /** Two chars may be one character. */
  private static CoderResult unknown(CharBuffer in, char c) {
    if (!Character.isSurrogate(c)) {
      return CoderResult.unmappableForLength(1);
    }
    if (Character.isLowSurrogate(c)) {
      return CoderResult.malformedForLength(1);
    }
    if (in.remaining() < 2) {
      return CoderResult.UNDERFLOW;
    }
    return Character.isLowSurrogate(in.get(in.position() + 1))
        ? CoderResult.unmappableForLength(2)
        : CoderResult.malformedForLength(1);
  }
}
