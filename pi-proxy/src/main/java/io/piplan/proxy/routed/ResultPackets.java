package io.piplan.proxy.routed;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.dal.Column;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.proxy.protocol.BinaryRow;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.ColumnDefinition;
import io.piplan.proxy.protocol.ColumnType;
import io.piplan.proxy.protocol.EofPacket;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.protocol.OkPacket;
import io.piplan.proxy.protocol.PayloadWriter;
import io.piplan.proxy.protocol.ServerStatus;
import io.piplan.proxy.protocol.SessionChange;
import io.piplan.proxy.protocol.TextRow;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** Writes results of PiDAL as packets, with few rows in memory. */
final class ResultPackets {
  private static final int PIECE = 32 * 1024;

  private final Answer answer;
  private final IntSupplier status;
  private final IntSupplier warned;
  private final Supplier<List<SessionChange>> changes;
  private int sequence = 1;
  private boolean more;

  /**
   * @param status of the session, asked when a response ends
   * @param warned how many warnings a statement has left, also those that no result tells of
   * @param changes of the session since they were asked for last
   */
  ResultPackets(
      Answer answer,
      IntSupplier status,
      IntSupplier warned,
      Supplier<List<SessionChange>> changes) {
    this.answer = answer;
    this.status = status;
    this.warned = warned;
    this.changes = changes;
  }

  /** The number of the next packet. */
  int sequence() {
    return sequence;
  }

  /** The response goes on after the packets that the client itself has sent. */
  void goOnAt(int next) {
    sequence = next;
  }

  /** Whether the result that is written next has another one after it. */
  void more(boolean another) {
    more = another;
  }

  private int statusNow() {
    return status.getAsInt() | (more ? ServerStatus.MORE_RESULTS : 0);
  }

  int status() {
    return status.getAsInt();
  }

  static ErrPacket error(DalException e) {
    return new ErrPacket(e.mysqlNumber(), e.sqlState(), e.getMessage());
  }

  void ok() {
    done(Result.Done.NOTHING);
  }

  void done(Result.Done done) {
    ByteBuf out = answer.buffer();
    sequence =
        new OkPacket(
                done.affectedRows(),
                done.lastInsertId(),
                statusNow(),
                Math.max(done.warnings(), warned.getAsInt()),
                done.info(),
                changes.get())
            .write(out, sequence, answer.capabilities());
    answer.send(out);
  }

  /** As rows end, without any. */
  void endOfNothing() {
    ByteBuf out = answer.buffer();
    OkPacket.of(statusNow()).writeAfterRows(out, sequence, answer.capabilities());
    answer.send(out);
  }

  void refuse(ErrPacket error) {
    ByteBuf out = answer.buffer();
    error.write(out, sequence, answer.charset());
    answer.send(out);
  }

  void text(String text) {
    ByteBuf out = answer.buffer();
    ByteBuf payload = Unpooled.wrappedBuffer(text.getBytes(answer.charset()));
    Frames.write(out, 1, payload);
    answer.send(out);
  }

  /** The answer to COM_FIELD_LIST: definitions only, each with its default, which is left out. */
  void fields(List<Column> columns) {
    ByteBuf out = answer.buffer();
    int sequence = 1;
    for (Column column : columns) {
      sequence = definition(column).writeListed(out, sequence, answer.charset());
    }
    OkPacket.of(status.getAsInt()).writeAfterRows(out, sequence, answer.capabilities());
    answer.send(out);
  }

  /**
   * Reads the stream to its end and closes it. An error in between ends the response.
   *
   * @return whether there was none
   */
  boolean rows(RowStream stream, boolean binary) {
    Writing writing = new Writing(answer.buffer(), sequence);
    try (stream) {
      begin(writing, stream.columns());
      List<ColumnType> types =
          binary
              ? stream.columns().stream().map(column -> ColumnType.of(column.type())).toList()
              : List.of();
      for (Row row = stream.next(); row != null; row = stream.next()) {
        row(writing, row, stream.columns(), types, binary);
        sendPiece(writing);
      }
      writing.warnings = Math.max(stream.warnings(), warned.getAsInt());
    } catch (DalException e) {
      writing.failure = error(e);
    } catch (RuntimeException e) {
      writing.out.release();
      throw e;
    }
    end(writing);
    return writing.failure == null;
  }

  /** A response on its way. */
  private static final class Writing {
    private ByteBuf out;
    private int sequence;
    private int warnings;
    private ErrPacket failure;

    Writing(ByteBuf out, int sequence) {
      this.out = out;
      this.sequence = sequence;
    }
  }

  /** A cursor is open: columns, and rows when they are fetched. */
  void opened(Cursor cursor) {
    Writing writing = new Writing(answer.buffer(), sequence);
    definitions(writing, cursor.columns());
    writing.sequence =
        new OkPacket(
                0,
                0,
                status.getAsInt() | ServerStatus.CURSOR_EXISTS,
                Math.max(cursor.warnings(), warned.getAsInt()),
                "",
                List.of())
            .writeAfterRows(writing.out, writing.sequence, answer.capabilities());
    answer.send(writing.out);
  }

  /** The next rows of a cursor; whether it has come to its end. */
  boolean fetched(Cursor cursor, long most) {
    Writing writing = new Writing(answer.buffer(), sequence);
    boolean last = false;
    try {
      for (long i = 0; i < most && !last; i++) {
        Row row = cursor.next();
        last = row == null;
        if (!last) {
          row(writing, row, cursor.columns(), cursor.types(), true);
          sendPiece(writing);
        }
      }
    } catch (RuntimeException e) {
      writing.out.release();
      throw e;
    }
    int flag = last ? ServerStatus.LAST_ROW_SENT : ServerStatus.CURSOR_EXISTS;
    new OkPacket(0, 0, status.getAsInt() | flag, 0, "", List.of())
        .writeAfterRows(writing.out, writing.sequence, answer.capabilities());
    answer.send(writing.out);
    return last;
  }

  private void sendPiece(Writing writing) {
    if (writing.out.readableBytes() >= PIECE) {
      ByteBuf piece = writing.out;
      writing.out = answer.buffer();
      answer.send(piece);
    }
  }

  private void begin(Writing writing, List<Column> columns) {
    definitions(writing, columns);
    if (!Capability.has(answer.capabilities(), Capability.DEPRECATE_EOF)) {
      writing.sequence = new EofPacket(0, statusNow()).write(writing.out, writing.sequence);
    }
  }

  private void definitions(Writing writing, List<Column> columns) {
    ByteBuf count = answer.buffer();
    new PayloadWriter(count).lengthEncoded(columns.size());
    writing.sequence = Frames.write(writing.out, writing.sequence, count);
    count.release();
    for (Column column : columns) {
      writing.sequence = definition(column).write(writing.out, writing.sequence, answer.charset());
    }
  }

  private void row(
      Writing writing, Row row, List<Column> columns, List<ColumnType> types, boolean binary) {
    if (!binary && isUtf8()) {
      writing.sequence =
          Frames.write(writing.out, writing.sequence, Unpooled.wrappedBuffer(row.payload()));
      return;
    }
    byte[][] values = new byte[columns.size()][];
    for (int i = 0; i < values.length; i++) {
      byte[] text = row.textValues().get(i);
      byte[] told = isUtf8() || !isText(columns.get(i)) ? text : inClientsCharset(text);
      values[i] = binary ? BinaryValues.of(types.get(i), told) : told;
    }
    writing.sequence =
        binary
            ? new BinaryRow(values).write(writing.out, writing.sequence, types)
            : new TextRow(values).write(writing.out, writing.sequence);
  }

  private void end(Writing writing) {
    if (writing.failure != null) {
      writing.failure.write(writing.out, writing.sequence, answer.charset());
    } else {
      sequence =
          new OkPacket(0, 0, statusNow(), writing.warnings, "", List.of())
              .writeAfterRows(writing.out, writing.sequence, answer.capabilities());
    }
    answer.send(writing.out);
  }

  private boolean isUtf8() {
    return answer.charset().equals(StandardCharsets.UTF_8);
  }

  private static boolean isText(Column column) {
    return column.collation() != Column.BINARY_COLLATION;
  }

  private byte[] inClientsCharset(byte[] text) {
    return text == null
        ? null
        : new String(text, StandardCharsets.UTF_8).getBytes(answer.charset());
  }

  ColumnDefinition definition(Column column) {
    int collation = isUtf8() || !isText(column) ? column.collation() : answer.collation();
    return new ColumnDefinition(
        column.schema(),
        column.table(),
        column.orgTable(),
        column.name(),
        column.orgName(),
        collation,
        column.length(),
        column.type(),
        column.flags(),
        column.decimals());
  }
}
