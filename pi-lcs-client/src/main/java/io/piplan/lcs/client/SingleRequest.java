package io.piplan.lcs.client;

import io.netty.buffer.ByteBuf;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A request of one caller. */
final class SingleRequest<T> extends Request {
  private final Writer writer;
  private final byte expected;
  private final Function<ByteBuf, T> reader;
  private final Kind kind;
  private final long deadline;
  private final CompletableFuture<T> answer = new CompletableFuture<>();

  /** Writes a frame with a number. */
  interface Writer {
    void write(ByteBuf out, long number);
  }

  /** Who may answer, and how soon. */
  enum Kind {
    LEADER,
    /** Also by the leader, who takes his time. */
    SLOW,
    ANY_MEMBER
  }

  SingleRequest(
      long deadline, Kind kind, Writer writer, byte expected, Function<ByteBuf, T> reader) {
    this.deadline = deadline;
    this.kind = kind;
    this.writer = writer;
    this.expected = expected;
    this.reader = reader;
  }

  CompletableFuture<T> answer() {
    return answer;
  }

  @Override
  void write(ByteBuf out, long number) {
    writer.write(out, number);
  }

  @Override
  void answered(byte type, ByteBuf in) {
    if (type != expected) {
      failed(
          new LcsException(
              LcsError.FRAME_INVALID,
              "an answer of type " + type + " where " + expected + " was expected",
              "use client and server of the same version"));
      return;
    }
    answer.complete(reader.apply(in));
  }

  @Override
  void failed(LcsException failure) {
    answer.completeExceptionally(failure);
  }

  @Override
  boolean expire(long now) {
    if (answer.isDone()) {
      return true;
    }
    if (now - deadline < 0) {
      return false;
    }
    answer.completeExceptionally(LeaderRouter.timedOut());
    return true;
  }

  @Override
  boolean anyMember() {
    return kind == Kind.ANY_MEMBER;
  }

  @Override
  boolean takesLong() {
    return kind == Kind.SLOW;
  }
}
