package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * A row of a query's result: each value as the text that the server prints, null for NULL. The
 * arrays belong to the row.
 */
public record TextRow(byte[][] values) {
  public static TextRow read(ByteBuf payload, int columns) {
    PayloadReader in = new PayloadReader(payload, "text row");
    byte[][] values = new byte[columns][];
    for (int i = 0; i < columns; i++) {
      values[i] = in.lengthEncodedBytesOrNull();
    }
    in.end();
    return new TextRow(values);
  }

  /** Returns the sequence number of the packet after. */
  public int write(ByteBuf out, int sequence) {
    ByteBuf payload = out.alloc().buffer();
    try {
      PayloadWriter to = new PayloadWriter(payload);
      for (byte[] value : values) {
        to.lengthEncodedBytesOrNull(value);
      }
      return Frames.write(out, sequence, payload);
    } finally {
      payload.release();
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TextRow row && Arrays.deepEquals(values, row.values);
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
