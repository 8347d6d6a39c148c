package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Follows one response of a server through its bytes, to know where it ends and what its end says,
 * without decoding a row or making an object for it.
 *
 * <p>It is given bytes as they come off the network and moves their reader index past what may be
 * passed on. What it leaves (a header that isn't complete, the first bytes of an OK) is given again
 * with the bytes that follow.
 */
public final class ResponseWalker {
  /** What kind of response a command has. */
  public enum Kind {
    /** OK, ERR, a demand for a file, or columns and rows; several of these. */
    RESULTS,
    /** The answer to COM_STMT_PREPARE. */
    PREPARE,
    /** Rows or definitions up to their end, without a head (COM_STMT_FETCH, COM_FIELD_LIST). */
    ROWS,
    /** One packet. */
    SINGLE
  }

  private enum State {
    FIRST,
    COLUMNS,
    COLUMNS_END,
    ROWS,
    DEFINITIONS,
    SINGLE,
    DONE
  }

  /** All that is read of an OK: its first byte, two numbers of at most nine, four more bytes. */
  private static final int OK_HEAD = 23;

  /** What a server answers when a statement was stopped. */
  public static final int STOPPED = 1317;

  private static final byte[] TIME_OUT_STATE = "#HY000".getBytes(StandardCharsets.US_ASCII);

  private final Kind kind;
  private final boolean deprecateEof;
  private State state;
  private long skip;
  private boolean continues;
  private long left;
  private boolean mayWantFile;
  private boolean wantsFile;
  private boolean failed;
  private int errorNumber;
  private int status;
  private boolean hasStatus;
  private int warnings;
  private long lastInsertId;
  private int statementId;
  private int lastSequence;
  private int told = -1;
  private int timeOut;

  public ResponseWalker(Kind kind, int capabilities) {
    this.kind = kind;
    this.deprecateEof = Capability.has(capabilities, Capability.DEPRECATE_EOF);
    this.state =
        switch (kind) {
          case RESULTS, PREPARE -> State.FIRST;
          case ROWS -> State.ROWS;
          case SINGLE -> State.SINGLE;
        };
  }

  /**
   * Writes into the bytes that pass, wherever they tell the server's status, whether the session is
   * in a transaction and commits by itself: who shares connections knows that better than a server.
   *
   * @param status with {@link ServerStatus#SESSION} bits only
   */
  public void tell(int status) {
    told = status;
  }

  /**
   * It is being stopped since it takes too long: an error that says that it was stopped is to say
   * that.
   *
   * @param number of the error that takes its place
   */
  public void tellTimeOut(int number) {
    timeOut = number;
  }

  /** The command is one to which the server may answer by asking for a file. */
  public void mayWantFile() {
    mayWantFile = true;
  }

  /**
   * Goes on over these bytes.
   *
   * @return whether the response is at its end; bytes after it are left
   */
  public boolean advance(ByteBuf in) {
    while (true) {
      if (skip > 0) {
        int step = (int) Math.min(skip, in.readableBytes());
        in.skipBytes(step);
        skip -= step;
        if (skip > 0) {
          return false;
        }
      }
      if ((state == State.DONE && !continues) || wantsFile) {
        return state == State.DONE;
      }
      if (!oneFrame(in)) {
        return false;
      }
    }
  }

  /** Takes the next frame's head, if enough of it is there. */
  private boolean oneFrame(ByteBuf in) {
    if (in.readableBytes() < Frames.HEADER) {
      return false;
    }
    int at = in.readerIndex();
    int length = in.getUnsignedMediumLE(at);
    if (!continues) {
      int first = -1;
      if (length > 0) {
        if (in.readableBytes() == Frames.HEADER) {
          return false;
        }
        first = in.getUnsignedByte(at + Frames.HEADER);
      }
      boolean plainRow = state == State.ROWS && first != 0xfe && first != 0xff;
      if (!plainRow) {
        int head = Math.min(length, OK_HEAD);
        if (in.readableBytes() < Frames.HEADER + head) {
          return false;
        }
        if (state == State.COLUMNS || state == State.DEFINITIONS) {
          definition();
        } else {
          classify(in.slice(at + Frames.HEADER, head), first, length);
        }
      }
    }
    lastSequence = in.getUnsignedByte(at + 3);
    continues = length == Frames.MAX;
    in.skipBytes(Frames.HEADER);
    skip = length;
    return true;
  }

  private void classify(ByteBuf head, int first, int length) {
    switch (state) {
      case FIRST -> first(head, first);
      case COLUMNS_END -> {
        EofPacket eof = eof(head);
        if (ServerStatus.has(eof.status(), ServerStatus.CURSOR_EXISTS)) {
          // Rows come when they are fetched.
          ended(eof.status(), eof.warnings());
        } else {
          state = State.ROWS;
        }
      }
      case ROWS -> row(head, first, length);
      case SINGLE -> single(head, first, length);
      case COLUMNS, DEFINITIONS, DONE ->
          throw ProtocolException.malformed("a packet after the end of a response");
    }
  }

  /** Passes one, of which nothing is read: not even a slice is made of it. */
  private void definition() {
    if (--left > 0) {
      return;
    }
    if (state == State.DEFINITIONS) {
      state = State.DONE;
    } else {
      state = deprecateEof ? State.ROWS : State.COLUMNS_END;
    }
  }

  private void first(ByteBuf head, int first) {
    if (first == ErrPacket.ERR) {
      error(head);
    } else if (kind == Kind.PREPARE) {
      PreparedStatement prepared = PreparedStatement.read(head);
      statementId = prepared.id();
      warnings = prepared.warnings();
      left = withEnd(prepared.parameters()) + withEnd(prepared.columns());
      state = left == 0 ? State.DONE : State.DEFINITIONS;
    } else if (first == OkPacket.OK) {
      ok(head);
    } else if (first == 0xfb) {
      if (!mayWantFile) {
        // Its name may be that of any file of the client's.
        throw ProtocolException.malformed("it asks for a file, and no LOAD DATA LOCAL runs");
      }
      wantsFile = true;
    } else {
      left = new PayloadReader(head, "column count").lengthEncoded();
      if (left <= 0) {
        throw ProtocolException.malformed("a result with " + left + " columns");
      }
      state = State.COLUMNS;
    }
  }

  /** Definitions, and the EOF after them if there is one. */
  private long withEnd(int definitions) {
    return definitions > 0 && !deprecateEof ? definitions + 1L : definitions;
  }

  private void row(ByteBuf head, int first, int length) {
    if (first == ErrPacket.ERR) {
      error(head);
    } else if (first == OkPacket.END_OF_ROWS) {
      if (length <= EofPacket.LENGTH && !deprecateEof) {
        EofPacket eof = eof(head);
        ended(eof.status(), eof.warnings());
      } else if (deprecateEof && length < Frames.MAX) {
        ok(head);
      }
    }
  }

  private void single(ByteBuf head, int first, int length) {
    if (first == ErrPacket.ERR) {
      error(head);
    } else if (first == EofPacket.EOF && length == EofPacket.LENGTH) {
      EofPacket eof = eof(head);
      ended(eof.status() & ~ServerStatus.MORE_RESULTS, eof.warnings());
    } else if (first == OkPacket.OK || first == OkPacket.END_OF_ROWS) {
      ok(head);
    } else {
      state = State.DONE;
    }
  }

  private void error(ByteBuf head) {
    failed = true;
    int at = head.readerIndex() + 1;
    errorNumber = head.readableBytes() >= 3 ? head.getUnsignedShortLE(at) : 0;
    state = State.DONE;
    if (timeOut != 0
        && errorNumber == STOPPED
        && head.readableBytes() >= 3 + TIME_OUT_STATE.length
        && head.getByte(at + 2) == '#') {
      head.setShortLE(at, timeOut);
      head.setBytes(at + 2, TIME_OUT_STATE);
    }
  }

  private void ok(ByteBuf head) {
    PayloadReader in = new PayloadReader(head, "OK packet");
    in.skip(1);
    in.lengthEncoded();
    long insertId = in.lengthEncoded();
    if (insertId != 0) {
      lastInsertId = insertId;
    }
    int status = in.u2();
    int warned = in.u2();
    rewrite(head, head.readerIndex() - 4);
    ended(status, warned);
  }

  private EofPacket eof(ByteBuf head) {
    EofPacket eof = EofPacket.read(head);
    rewrite(head, head.readerIndex() - 2);
    return eof;
  }

  private void rewrite(ByteBuf head, int at) {
    if (told >= 0) {
      head.setShortLE(at, (head.getUnsignedShortLE(at) & ~ServerStatus.SESSION) | told);
    }
  }

  private void ended(int status, int warnings) {
    this.status = status;
    hasStatus = true;
    this.warnings = warnings;
    boolean more = kind == Kind.RESULTS && ServerStatus.has(status, ServerStatus.MORE_RESULTS);
    state = more ? State.FIRST : State.DONE;
  }

  /**
   * Whether the server asks for a file now; the client answers, then {@link #fileSent} is called.
   */
  public boolean wantsFile() {
    return wantsFile && skip == 0;
  }

  /** The client has sent its file: the response goes on. */
  public void fileSent() {
    wantsFile = false;
  }

  public boolean done() {
    return state == State.DONE && skip == 0 && !continues;
  }

  /** Whether another packet could be put in here, e.g. an error. */
  public boolean betweenPackets() {
    return skip == 0 && !continues;
  }

  public boolean failed() {
    return failed;
  }

  /** As the server has told it. */
  public int errorNumber() {
    return errorNumber;
  }

  /** Whether an OK or EOF told the server's status. */
  public boolean hasStatus() {
    return hasStatus;
  }

  /** Of the last OK or EOF. */
  public int status() {
    return status;
  }

  public int warnings() {
    return warnings;
  }

  /** The last one that isn't 0 in this response. */
  public long lastInsertId() {
    return lastInsertId;
  }

  /** Of a statement that was prepared. */
  public int statementId() {
    return statementId;
  }

  public int lastSequence() {
    return lastSequence;
  }
}
