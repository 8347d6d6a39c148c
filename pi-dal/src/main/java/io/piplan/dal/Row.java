package io.piplan.dal;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One row as the payload of its packet, without the packet's header. Nothing is decoded until
 * somebody asks: rows of one node pass through as they came.
 */
public final class Row {
  private static final int NULL = 0xFB;

  private final byte[] payload;
  private List<byte[]> values;

  private Row(byte[] payload) {
    this.payload = payload;
  }

  /** A row around these bytes, which from now on belong to it. */
  public static Row of(byte[] payload) {
    return new Row(payload);
  }

  /** A row in {@link RowFormat#TEXT}; null is NULL. */
  public static Row ofText(List<byte[]> values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(16 * values.size());
    for (byte[] value : values) {
      if (value == null) {
        out.write(NULL);
      } else {
        writeLength(out, value.length);
        out.write(value, 0, value.length);
      }
    }
    Row row = new Row(out.toByteArray());
    row.values = new ArrayList<>(values);
    return row;
  }

  /** The payload itself, not a copy. */
  public byte[] payload() {
    return payload;
  }

  /**
   * The values of a row in {@link RowFormat#TEXT}; null for NULL.
   *
   * @throws DalException if these bytes are no such row
   */
  public List<byte[]> textValues() {
    if (values == null) {
      values = decode();
    }
    return values;
  }

  /** A row in {@link RowFormat#TEXT} of the first columns of this one. */
  public Row first(int columns) {
    int end = 0;
    for (int i = 0; i < columns; i++) {
      end = end(end);
    }
    Row row = new Row(Arrays.copyOf(payload, end));
    if (values != null) {
      row.values = values.subList(0, columns);
    }
    return row;
  }

  /** Of the value that begins here. */
  private int end(int begin) {
    int first = begin < payload.length ? payload[begin] & 0xFF : 0xFF;
    if (first == NULL) {
      return begin + 1;
    }
    int lengthBytes = lengthBytes(first);
    long end = begin + 1L + lengthBytes + length(begin, first, lengthBytes);
    if (first == 0xFF || end < begin || end > payload.length) {
      throw new DalException(DalError.NODE_PROTOCOL, "a row ends in the middle of a value");
    }
    return (int) end;
  }

  private static int lengthBytes(int first) {
    return first < NULL ? 0 : first == 0xFC ? 2 : first == 0xFD ? 3 : 8;
  }

  private long length(int at, int first, int lengthBytes) {
    if (lengthBytes == 0) {
      return first;
    }
    long length = 0;
    for (int i = 0; i < lengthBytes && at + 1 + i < payload.length; i++) {
      length |= (payload[at + 1 + i] & 0xFFL) << (8 * i);
    }
    return length;
  }

  private List<byte[]> decode() {
    List<byte[]> found = new ArrayList<>();
    int at = 0;
    while (at < payload.length) {
      int first = payload[at] & 0xFF;
      if (first == NULL) {
        found.add(null);
        at++;
        continue;
      }
      int lengthBytes = lengthBytes(first);
      long length = length(at, first, lengthBytes);
      at += 1 + lengthBytes;
      if (first == 0xFF || length < 0 || length > payload.length - at) {
        throw new DalException(
            DalError.NODE_PROTOCOL, "a row ends in the middle of value " + found.size());
      }
      found.add(Arrays.copyOfRange(payload, at, at + (int) length));
      at += (int) length;
    }
    return found;
  }

  private static void writeLength(ByteArrayOutputStream out, int length) {
    if (length < NULL) {
      out.write(length);
      return;
    }
    int bytes = length < 1 << 16 ? 2 : length < 1 << 24 ? 3 : 8;
    out.write(bytes == 2 ? 0xFC : bytes == 3 ? 0xFD : 0xFE);
    for (int i = 0; i < bytes; i++) {
      out.write((int) ((long) length >>> (8 * i)));
    }
  }
}
