package io.piplan.lcs.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.nio.charset.StandardCharsets;

/** Writes frames, and reads the texts in them. */
public final class Frames {
  private static final int LARGEST_TEXT = 60_000;

  private Frames() {}

  /**
   * Begins a frame whose length is filled in by {@link #end}.
   *
   * @return what {@code end} needs
   */
  public static int begin(ByteBuf out, byte type, long request) {
    int start = out.writerIndex();
    out.writeInt(0).writeByte(type).writeLong(request);
    return start;
  }

  public static void end(ByteBuf out, int begun) {
    out.setInt(begun, out.writerIndex() - begun - 4);
  }

  /** A frame without a body. */
  public static void empty(ByteBuf out, byte type, long request) {
    out.writeInt(FrameType.HEADER - 4).writeByte(type).writeLong(request);
  }

  public static void next(ByteBuf out, long request, int sequence, int count) {
    out.writeInt(FrameType.HEADER - 4 + 8).writeByte(FrameType.NEXT).writeLong(request);
    out.writeInt(sequence).writeInt(count);
  }

  /** Length of a request for numbers. */
  public static final int NEXT_LENGTH = FrameType.HEADER + 8;

  private static final int NEXT_SEQUENCE = FrameType.HEADER;
  private static final int NEXT_COUNT = FrameType.HEADER + 4;

  /** How a request for numbers begins: its length and type, as five bytes. */
  private static final long NEXT_BEGINS = (long) (NEXT_LENGTH - 4) << 8 | FrameType.NEXT;

  /** Whether a request for numbers is there, whole. */
  public static boolean isNext(ByteBuf in, int at) {
    return in.writerIndex() - at >= NEXT_LENGTH && in.getLong(at) >>> 24 == NEXT_BEGINS;
  }

  public static int nextSequence(ByteBuf in, int at) {
    return in.getInt(at + NEXT_SEQUENCE);
  }

  public static int nextCount(ByteBuf in, int at) {
    return in.getInt(at + NEXT_COUNT);
  }

  public static long request(ByteBuf in, int at) {
    return in.getLong(at + 5);
  }

  /** Length of an answer with numbers. */
  public static final int NUMBERS_LENGTH = FrameType.HEADER + 12;

  private static final long NUMBERS_BEGINS =
      ((long) (NUMBERS_LENGTH - 4) << 8 | FrameType.NUMBERS) << 24;

  /** The same as {@link #numbers} at a place that is there, with fewer and larger writes. */
  public static void setNumbers(ByteBuf out, int at, long request, long first, int count) {
    out.setLong(at, NUMBERS_BEGINS | request >>> 40);
    out.setLong(at + 8, request << 24 | first >>> 40);
    out.setLong(at + 16, first << 24 | count >>> 8);
    out.setByte(at + 24, count);
  }

  public static void numbers(ByteBuf out, long request, long first, int count) {
    out.writeInt(FrameType.HEADER - 4 + 12).writeByte(FrameType.NUMBERS).writeLong(request);
    out.writeLong(first).writeInt(count);
  }

  public static void value(ByteBuf out, long request, long value) {
    out.writeInt(FrameType.HEADER - 4 + 8).writeByte(FrameType.VALUE).writeLong(request);
    out.writeLong(value);
  }

  /**
   * @param leader address of the leader; empty if it isn't known
   */
  public static void error(
      ByteBuf out, long request, LcsError error, String found, String remedy, String leader) {
    int begun = begin(out, FrameType.ERROR, request);
    out.writeShort(error.number());
    text(out, found);
    text(out, remedy);
    text(out, leader);
    end(out, begun);
  }

  /** The exception in the body of an ERROR; its leader's address is left to be read. */
  public static LcsException error(ByteBuf in) {
    LcsError error = LcsError.of(in.readUnsignedShort());
    return new LcsException(error, text(in), text(in));
  }

  public static void text(ByteBuf out, String text) {
    int at = out.writerIndex();
    out.writeShort(0);
    int bytes = ByteBufUtil.writeUtf8(out, shortened(text));
    out.setShort(at, bytes);
  }

  /** No letter takes more than three bytes; those that take four count as two. */
  private static String shortened(String text) {
    if (text.length() <= LARGEST_TEXT / 3 || ByteBufUtil.utf8Bytes(text) <= LARGEST_TEXT) {
      return text;
    }
    return text.substring(0, LARGEST_TEXT / 3);
  }

  public static String text(ByteBuf in) {
    int length = in.readUnsignedShort();
    return in.readCharSequence(length, StandardCharsets.UTF_8).toString();
  }
}
