package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.piplan.dal.Column;
import io.piplan.proxy.protocol.ColumnDefinition;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.protocol.OkPacket;
import io.piplan.proxy.protocol.PayloadReader;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * What passes before the first row of a result: its columns' definitions get the names of logical
 * tables. What comes after is not looked at.
 */
final class LogicalHead {
  private final UnaryOperator<Column> logical;
  private final KnownHeads known;
  private ByteBuf kept = Unpooled.EMPTY_BUFFER;
  private boolean over;
  private boolean error;

  LogicalHead(UnaryOperator<Column> logical, KnownHeads known) {
    this.logical = logical;
    this.known = known;
  }

  /** Whether the response is an error. */
  boolean isError() {
    return error;
  }

  /** Takes bytes over; gives what can go to the client, null for nothing yet. */
  ByteBuf pass(ByteBuf bytes) {
    if (over) {
      return bytes;
    }
    ByteBuf all = bytes;
    if (kept.isReadable()) {
      all = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(bytes.alloc(), kept, bytes);
    }
    kept = Unpooled.EMPTY_BUFFER;
    ByteBuf out;
    try {
      out = head(all);
    } catch (RuntimeException e) {
      all.release();
      throw e;
    }
    if (out == null) {
      kept = all;
    }
    return out;
  }

  private ByteBuf head(ByteBuf in) {
    int start = in.readerIndex();
    if (in.readableBytes() <= Frames.HEADER) {
      return null;
    }
    int length = in.getUnsignedMediumLE(start);
    int first = in.getUnsignedByte(start + Frames.HEADER);
    if (first == OkPacket.OK || first == ErrPacket.ERR) {
      over = true;
      error = first == ErrPacket.ERR;
      return in;
    }
    if (in.readableBytes() < Frames.HEADER + length) {
      return null;
    }
    long columns =
        new PayloadReader(in.slice(start + Frames.HEADER, length), "column count").lengthEncoded();
    int at = start + Frames.HEADER + length;
    int end = at;
    for (long i = 0; i < columns; i++) {
      if (in.writerIndex() - end < Frames.HEADER) {
        return null;
      }
      end += Frames.HEADER + in.getUnsignedMediumLE(end);
      if (in.writerIndex() < end) {
        return null;
      }
    }
    over = true;
    return renamed(in, start, at, columns, end);
  }

  private ByteBuf renamed(ByteBuf in, int start, int definitions, long columns, int end) {
    ByteBuf out = in.alloc().buffer(in.readableBytes() + 32 * (int) Math.min(columns, 4096));
    try {
      out.writeBytes(in, start, definitions - start);
      ByteBuf told = in.slice(definitions, end - definitions);
      byte[] before = known.find(logical, told);
      if (before == null) {
        int begin = out.writerIndex();
        definitions(in, definitions, columns, out);
        known.add(told, out.slice(begin, out.writerIndex() - begin));
      } else {
        out.writeBytes(before);
      }
      out.writeBytes(in, end, in.writerIndex() - end);
    } catch (RuntimeException e) {
      out.release();
      throw e;
    }
    in.release();
    return out;
  }

  private void definitions(ByteBuf in, int from, long columns, ByteBuf out) {
    int at = from;
    for (long i = 0; i < columns; i++) {
      int length = in.getUnsignedMediumLE(at);
      int sequence = in.getUnsignedByte(at + Frames.HEADER - 1);
      ColumnDefinition column =
          ColumnDefinition.read(in.slice(at + Frames.HEADER, length), StandardCharsets.UTF_8);
      named(column).write(out, sequence, StandardCharsets.UTF_8);
      at += Frames.HEADER + length;
    }
  }

  private ColumnDefinition named(ColumnDefinition column) {
    if (column.originalTable().isEmpty()) {
      return column;
    }
    Column known =
        logical.apply(
            new Column(
                column.schema(),
                column.table(),
                column.originalTable(),
                column.name(),
                column.originalName(),
                column.collation(),
                column.length(),
                column.type(),
                column.flags(),
                column.decimals()));
    return new ColumnDefinition(
        known.schema(),
        known.table(),
        known.orgTable(),
        column.name(),
        column.originalName(),
        column.collation(),
        column.length(),
        column.type(),
        column.flags(),
        column.decimals());
  }

  void release() {
    kept.release();
    kept = Unpooled.EMPTY_BUFFER;
  }
}
