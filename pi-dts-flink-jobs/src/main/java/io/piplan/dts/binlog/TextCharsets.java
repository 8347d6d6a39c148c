package io.piplan.dts.binlog;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/** The server's character sets. */
final class TextCharsets {
  /** Bytes of text from one character set to UTF-8; null if they are no text of it. */
  interface Transcoder {
    byte[] utf8(byte[] bytes, int offset, int length);
  }

  private static final Map<String, String> JAVA_NAMES =
      Map.ofEntries(
          Map.entry("ucs2", "UTF-16BE"),
          Map.entry("utf16", "UTF-16BE"),
          Map.entry("utf16le", "UTF-16LE"),
          Map.entry("utf32", "UTF-32BE"),
          Map.entry("latin2", "ISO-8859-2"),
          Map.entry("latin5", "ISO-8859-9"),
          Map.entry("latin7", "ISO-8859-13"),
          Map.entry("greek", "ISO-8859-7"),
          Map.entry("hebrew", "ISO-8859-8"),
          Map.entry("tis620", "TIS-620"),
          Map.entry("cp1250", "windows-1250"),
          Map.entry("cp1251", "windows-1251"),
          Map.entry("cp1256", "windows-1256"),
          Map.entry("cp1257", "windows-1257"),
          Map.entry("cp850", "IBM850"),
          Map.entry("cp852", "IBM852"),
          Map.entry("cp866", "IBM866"),
          Map.entry("koi8r", "KOI8-R"),
          Map.entry("koi8u", "KOI8-U"),
          Map.entry("macce", "x-MacCentralEurope"),
          Map.entry("macroman", "x-MacRoman"),
          Map.entry("gbk", "GBK"),
          Map.entry("gb2312", "GB2312"),
          Map.entry("gb18030", "GB18030"),
          Map.entry("big5", "Big5"),
          Map.entry("sjis", "Shift_JIS"),
          Map.entry("cp932", "windows-31j"),
          Map.entry("ujis", "EUC-JP"),
          Map.entry("eucjpms", "EUC-JP"),
          Map.entry("euckr", "EUC-KR"));

  private TextCharsets() {}

  static boolean isUtf8(String charset) {
    return switch (charset.toLowerCase(Locale.ROOT)) {
      case "utf8", "utf8mb3", "utf8mb4", "ascii", "binary" -> true;
      default -> false;
    };
  }

  /** Null if the character set is not known. */
  static Transcoder toUtf8(String charset) {
    String name = charset.toLowerCase(Locale.ROOT);
    if (name.equals("latin1")) {
      return latin1();
    }
    String javaName = JAVA_NAMES.get(name);
    if (javaName == null || !Charset.isSupported(javaName)) {
      return null;
    }
    CharsetDecoder decoder =
        Charset.forName(javaName)
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    return (bytes, offset, length) -> {
      try {
        String text = decoder.decode(ByteBuffer.wrap(bytes, offset, length)).toString();
        return text.getBytes(StandardCharsets.UTF_8);
      } catch (CharacterCodingException e) {
        return null;
      }
    };
  }

  /** MySQL's latin1 is windows-1252 whose five holes hold the control characters of ISO-8859-1. */
  private static Transcoder latin1() {
    byte[][] high = new byte[128][];
    for (int i = 0; i < 128; i++) {
      String text = new String(new byte[] {(byte) (i + 128)}, Charset.forName("windows-1252"));
      String character = text.equals("\uFFFD") ? String.valueOf((char) (i + 128)) : text;
      high[i] = character.getBytes(StandardCharsets.UTF_8);
    }
    return (bytes, offset, length) -> {
      int at = offset;
      int end = offset + length;
      while (at < end && bytes[at] >= 0) {
        at++;
      }
      if (at == end) {
        return Arrays.copyOfRange(bytes, offset, end);
      }
      byte[] utf8 = new byte[length * 3];
      int size = 0;
      for (int i = offset; i < end; i++) {
        if (bytes[i] >= 0) {
          utf8[size++] = bytes[i];
        } else {
          for (byte b : high[bytes[i] + 128]) {
            utf8[size++] = b;
          }
        }
      }
      return Arrays.copyOf(utf8, size);
    };
  }
}
