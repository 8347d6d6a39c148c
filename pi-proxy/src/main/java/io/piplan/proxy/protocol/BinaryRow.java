package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.List;

/**
 * A row of a prepared statement's result. Values are the bytes as they are on the wire (numbers
 * little-endian, dates without their byte of length), null for NULL.
 */
public record BinaryRow(byte[][] values) {
  /** NULL bits of rows begin at the third bit; those of parameters at the first. */
  private static final int ROW_OFFSET = 2;

  public static BinaryRow read(ByteBuf payload, List<ColumnType> types) {
    PayloadReader in = new PayloadReader(payload, "binary row");
    int first = in.u1();
    if (first != 0) {
      throw in.broken("first byte " + first + ", expected 0");
    }
    byte[] nulls = in.bytes((types.size() + 7 + ROW_OFFSET) / 8);
    byte[][] values = new byte[types.size()][];
    for (int i = 0; i < values.length; i++) {
      if (!isSet(nulls, i + ROW_OFFSET)) {
        values[i] = readValue(in, types.get(i));
      }
    }
    in.end();
    return new BinaryRow(values);
  }

  static boolean isSet(byte[] bits, int bit) {
    return (bits[bit / 8] & (1 << (bit % 8))) != 0;
  }

  static byte[] readValue(PayloadReader in, ColumnType type) {
    return switch (type.form()) {
      case ONE_BYTE -> in.bytes(1);
      case TWO_BYTES -> in.bytes(2);
      case FOUR_BYTES -> in.bytes(4);
      case EIGHT_BYTES -> in.bytes(8);
      case TEMPORAL -> temporal(in, type);
      case LENGTH_ENCODED -> in.lengthEncodedBytes();
      case NOTHING -> new byte[0];
    };
  }

  private static byte[] temporal(PayloadReader in, ColumnType type) {
    int length = in.u1();
    boolean known =
        type == ColumnType.TIME
            ? length == 0 || length == 8 || length == 12
            : length == 0 || length == 4 || length == 7 || length == 11;
    if (!known) {
      throw in.broken("a " + type + " of " + length + " bytes");
    }
    return in.bytes(length);
  }

  static void writeValue(PayloadWriter out, ColumnType type, byte[] value) {
    switch (type.form()) {
      case TEMPORAL -> out.u1(value.length).bytes(value);
      case LENGTH_ENCODED -> out.lengthEncodedBytes(value);
      default -> out.bytes(value);
    }
  }

  /** Returns the sequence number of the packet after. */
  public int write(ByteBuf out, int sequence, List<ColumnType> types) {
    ByteBuf payload = out.alloc().buffer();
    try {
      byte[] nulls = new byte[(types.size() + 7 + ROW_OFFSET) / 8];
      for (int i = 0; i < values.length; i++) {
        if (values[i] == null) {
          nulls[(i + ROW_OFFSET) / 8] |= (byte) (1 << ((i + ROW_OFFSET) % 8));
        }
      }
      PayloadWriter to = new PayloadWriter(payload).u1(0).bytes(nulls);
      for (int i = 0; i < values.length; i++) {
        if (values[i] != null) {
          writeValue(to, types.get(i), values[i]);
        }
      }
      return Frames.write(out, sequence, payload);
    } finally {
      payload.release();
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BinaryRow row && Arrays.deepEquals(values, row.values);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(values);
  }

  @Override
  public String toString() {
    return Arrays.deepToString(values);
  }
}
