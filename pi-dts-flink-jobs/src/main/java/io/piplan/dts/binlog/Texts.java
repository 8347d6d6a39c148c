package io.piplan.dts.binlog;

import com.github.shyiko.mysql.binlog.event.deserialization.json.JsonBinary;
import io.piplan.dts.Column;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Text and bytes of row images; text becomes UTF-8. */
final class Texts {
  private static final byte[] EMPTY = {};

  private Texts() {}

  static ColumnDecoder raw(int prefix) {
    return in -> in.take((int) in.little(prefix));
  }

  /** BINARY(n): the server leaves trailing zero bytes out. */
  static ColumnDecoder padded(int prefix, int length) {
    return in -> {
      byte[] bytes = in.take((int) in.little(prefix));
      return bytes.length < length ? Arrays.copyOf(bytes, length) : bytes;
    };
  }

  static ColumnDecoder characters(TableId table, Column column, int prefix) {
    String charset = column.charset();
    if (charset == null || TextCharsets.isUtf8(charset)) {
      return raw(prefix);
    }
    TextCharsets.Transcoder transcoder = TextCharsets.toUtf8(charset);
    if (transcoder == null) {
      throw unreadable(table, column, "has the character set " + charset);
    }
    return in -> {
      int length = (int) in.little(prefix);
      int start = in.position;
      in.skip(length);
      byte[] utf8 = transcoder.utf8(in.bytes, start, length);
      if (utf8 == null) {
        throw unreadable(table, column, "holds text that is not valid " + charset);
      }
      return utf8;
    };
  }

  static ColumnDecoder enumeration(List<String> labels, int bytes) {
    byte[][] texts = utf8(labels);
    return in -> {
      int index = (int) in.little(bytes);
      // 0 is the value of an insert that was not in the list: the server shows it as empty text.
      return index == 0 ? EMPTY : label(texts, index - 1);
    };
  }

  static ColumnDecoder set(List<String> labels, int bytes) {
    byte[][] texts = utf8(labels);
    return in -> {
      long bits = in.little(bytes);
      int size = 0;
      for (long rest = bits; rest != 0; rest &= rest - 1) {
        size += label(texts, Long.numberOfTrailingZeros(rest)).length + 1;
      }
      byte[] joined = new byte[Math.max(0, size - 1)];
      int at = 0;
      for (long rest = bits; rest != 0; rest &= rest - 1) {
        if (at > 0) {
          joined[at++] = ',';
        }
        byte[] text = texts[Long.numberOfTrailingZeros(rest)];
        System.arraycopy(text, 0, joined, at, text.length);
        at += text.length;
      }
      return joined;
    };
  }

  private static byte[] label(byte[][] texts, int index) {
    if (index < 0 || index >= texts.length) {
      throw new TruncatedEventException(
          "label " + (index + 1) + " of an ENUM or SET that has " + texts.length);
    }
    return texts[index];
  }

  private static byte[][] utf8(List<String> labels) {
    return labels.stream()
        .map(label -> label.getBytes(StandardCharsets.UTF_8))
        .toArray(byte[][]::new);
  }

  static ColumnDecoder binaryJson(int prefix) {
    return in -> {
      byte[] binary = in.take((int) in.little(prefix));
      if (binary.length == 0) {
        return new byte[] {'n', 'u', 'l', 'l'};
      }
      try {
        JsonText text = new JsonText();
        JsonBinary.parse(binary, text);
        return text.utf8();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private static DtsException unreadable(TableId table, Column column, String what) {
    return new DtsException(
        DtsError.SOURCE_TYPE_UNSUPPORTED,
        "column "
            + column.name()
            + " of "
            + table
            + " "
            + what
            + ", which can't be turned into UTF-8",
        "convert the column to utf8mb4 (ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4), or exclude the table");
  }
}
