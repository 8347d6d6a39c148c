package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.ColumnDefinition;
import io.piplan.proxy.protocol.EofPacket;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.protocol.OkPacket;
import io.piplan.proxy.protocol.PayloadWriter;
import io.piplan.proxy.protocol.TextRow;
import java.nio.charset.Charset;
import java.util.List;

/** Writes results that the proxy itself makes, as text. */
final class ResultWriter {
  private ResultWriter() {}

  /** One packet with nothing but this text. */
  static void text(ByteBuf out, String text, Charset charset) {
    ByteBuf payload = out.alloc().buffer();
    try {
      payload.writeCharSequence(text, charset);
      Frames.write(out, 1, payload);
    } finally {
      payload.release();
    }
  }

  static void rows(
      ByteBuf out,
      List<String> columns,
      List<List<String>> rows,
      Charset charset,
      int capabilities,
      int status) {
    int sequence = count(out, columns.size());
    for (String column : columns) {
      sequence = ColumnDefinition.text(column).write(out, sequence, charset);
    }
    if (!Capability.has(capabilities, Capability.DEPRECATE_EOF)) {
      sequence = new EofPacket(0, status).write(out, sequence);
    }
    for (List<String> row : rows) {
      byte[][] values = new byte[row.size()][];
      for (int i = 0; i < values.length; i++) {
        values[i] = row.get(i) == null ? null : row.get(i).getBytes(charset);
      }
      sequence = new TextRow(values).write(out, sequence);
    }
    OkPacket.of(status).writeAfterRows(out, sequence, capabilities);
  }

  private static int count(ByteBuf out, int columns) {
    ByteBuf payload = out.alloc().buffer();
    try {
      new PayloadWriter(payload).lengthEncoded(columns);
      return Frames.write(out, 1, payload);
    } finally {
      payload.release();
    }
  }
}
