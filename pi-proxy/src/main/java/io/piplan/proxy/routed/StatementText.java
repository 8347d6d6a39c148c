package io.piplan.proxy.routed;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The text of a statement. Apps may write bytes that are no characters between quotes: such a
 * literal becomes a hexadecimal one, which means the same and is written in characters.
 */
final class StatementText {
  /** What decoders write for bytes that are no character. */
  private static final char UNKNOWN = '\uFFFD';

  private final byte[] bytes;
  private final Charset charset;
  private final StringBuilder text;
  private int at;
  private int copied;

  private StatementText(byte[] bytes, Charset charset) {
    this.bytes = bytes;
    this.charset = charset;
    this.text = new StringBuilder(bytes.length + 64);
  }

  /**
   * The text behind a command's first byte.
   *
   * @throws ProxyException if there are bytes that can't be kept
   */
  static String of(ByteBuf payload, Charset charset) {
    int begin = payload.readerIndex() + 1;
    int length = payload.readableBytes() - 1;
    String plain = payload.toString(begin, length, charset);
    boolean utf8 = charset.equals(StandardCharsets.UTF_8);
    // Of another charset all other bytes are changed on their way to a node.
    if (plain.indexOf(UNKNOWN) < 0 && (utf8 || plain.indexOf('_') < 0 || isAscii(plain))) {
      return plain;
    }
    byte[] bytes = new byte[length];
    payload.getBytes(begin, bytes);
    return new StatementText(bytes, charset).written();
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7F) {
        return false;
      }
    }
    return true;
  }

  private String written() {
    while (at < bytes.length) {
      int c = bytes[at];
      if (c == '\'' || c == '"') {
        literal();
      } else if (c == '`') {
        at = end(false);
      } else if (c == '#' || (starts("--") && (at + 2 == bytes.length || isSpace(bytes[at + 2])))) {
        at = indexOf("\n");
      } else if (starts("/*")) {
        at = indexOf("*/");
      } else {
        at++;
      }
    }
    copy(bytes.length);
    return text.toString();
  }

  /** Bytes above ASCII are negative. */
  private static boolean isSpace(byte b) {
    return b >= 0 && b <= ' ';
  }

  private boolean starts(String word) {
    return matches(word, at);
  }

  private boolean matches(String word, int from) {
    for (int i = 0; i < word.length(); i++) {
      if (from + i >= bytes.length || bytes[from + i] != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Behind it. */
  private int indexOf(String word) {
    for (int i = at + 1; i < bytes.length; i++) {
      if (matches(word, i)) {
        return i + word.length();
      }
    }
    return bytes.length;
  }

  /** Behind the quote that ends what begins here. */
  private int end(boolean escapes) {
    int end = at + 1;
    while (end < bytes.length) {
      if (bytes[end] == '\\' && escapes) {
        end += 2;
      } else if (bytes[end] != bytes[at]) {
        end++;
      } else if (end + 1 < bytes.length && bytes[end + 1] == bytes[at]) {
        end += 2;
      } else {
        return end + 1;
      }
    }
    return bytes.length;
  }

  private void literal() {
    int end = end(true);
    if (isKept(end)) {
      at = end;
      return;
    }
    int before = at;
    while (before > 0 && bytes[before - 1] >= 0 && bytes[before - 1] <= ' ') {
      before--;
    }
    int word = before;
    while (word > 0 && isNamePart(bytes[word - 1])) {
      word--;
    }
    boolean introduced = word < before && bytes[word] == '_';
    boolean beside =
        (before > 0 && (bytes[before - 1] == '\'' || bytes[before - 1] == '"'))
            || (word < before && before == at && !introduced)
            || continues(end);
    if (beside || bytes[end - 1] != bytes[at] || end - at < 2 || !isSingle()) {
      throw unknown();
    }
    copy(at);
    text.append(introduced ? " " : "_binary ").append("x'");
    text.append(HexFormat.of().formatHex(content(end))).append('\'');
    copied = end;
    at = end;
  }

  /** Whether a literal is the same for a node when its characters are. */
  private boolean isKept(int end) {
    String read = new String(bytes, at, end - at, charset);
    if (charset.equals(StandardCharsets.UTF_8)) {
      return read.indexOf(UNKNOWN) < 0
          || Arrays.equals(
              read.getBytes(StandardCharsets.UTF_8), Arrays.copyOfRange(bytes, at, end));
    }
    return isAscii(read) || (read.indexOf(UNKNOWN) < 0 && !isIntroduced());
  }

  private boolean isIntroduced() {
    int word = at;
    while (word > 0 && bytes[word - 1] >= 0 && bytes[word - 1] <= ' ') {
      word--;
    }
    int end = word;
    while (word > 0 && isNamePart(bytes[word - 1])) {
      word--;
    }
    return word < end && bytes[word] == '_';
  }

  /** Whether another literal follows, which servers put together with this one. */
  private boolean continues(int end) {
    int next = end;
    while (next < bytes.length && bytes[next] >= 0 && bytes[next] <= ' ') {
      next++;
    }
    return next < bytes.length && (bytes[next] == '\'' || bytes[next] == '"');
  }

  private static boolean isNamePart(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '_'
        || b == '$'
        || b < 0;
  }

  /** Whether quotes and backslashes are bytes of their own. */
  private boolean isSingle() {
    return charset.equals(StandardCharsets.UTF_8) || charset.newEncoder().maxBytesPerChar() <= 1;
  }

  /** Without quotes and escapes. */
  private byte[] content(int end) {
    ByteArrayOutputStream content = new ByteArrayOutputStream(end - at);
    for (int i = at + 1; i < end - 1; i++) {
      byte b = bytes[i];
      if (b == bytes[at]) {
        i++;
        content.write(b);
      } else if (b == '\\' && i + 1 < end - 1) {
        i++;
        escaped(bytes[i], content);
      } else {
        content.write(b);
      }
    }
    return content.toByteArray();
  }

  private static void escaped(byte b, ByteArrayOutputStream content) {
    switch (b) {
      case '0' -> content.write(0);
      case 'b' -> content.write('\b');
      case 'n' -> content.write('\n');
      case 'r' -> content.write('\r');
      case 't' -> content.write('\t');
      case 'Z' -> content.write(0x1a);
      case '%', '_' -> {
        content.write('\\');
        content.write(b);
      }
      default -> content.write(b);
    }
  }

  /** What is outside of such literals must be characters. */
  private void copy(int end) {
    String more = new String(bytes, copied, end - copied, charset);
    if (more.indexOf(UNKNOWN) >= 0
        && !Arrays.equals(more.getBytes(charset), Arrays.copyOfRange(bytes, copied, end))) {
      throw unknown();
    }
    text.append(more);
    copied = end;
  }

  private ProxyException unknown() {
    return new ProxyException(
        ProxyError.NOT_IN_CHARSET,
        "Invalid "
            + charset
            + " character string: the statement has bytes that are no characters, outside of quotes"
            + " or where they can't be kept; write them as x'…', or as a parameter");
  }
}
