package io.piplan.dts.apply;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Statements on their way to the target, sent many at a time to save round trips. Build one into
 * {@link #sql()}, then {@link #end()} it.
 */
final class Script implements AutoCloseable {
  static final int PACKET = 512 << 10;

  private final Statement statement;
  private final SqlBuffer buffer = new SqlBuffer(PACKET + (64 << 10));
  private int ended;

  Script(Connection connection) throws SQLException {
    this.statement = connection.createStatement();
    // Else the drivers look for {escapes} in what are values.
    statement.setEscapeProcessing(false);
  }

  SqlBuffer sql() {
    return buffer;
  }

  /** Ends a statement; it may be sent now or with later ones. */
  void end() throws SQLException {
    buffer.put(';');
    if (buffer.length() >= PACKET && ended > 0) {
      // The new one may be as large as the target allows by itself.
      int from = ended;
      int length = buffer.length() - from;
      send(0, from);
      System.arraycopy(buffer.array(), from, buffer.array(), 0, length);
      buffer.truncate(length);
    }
    ended = buffer.length();
    if (ended >= PACKET) {
      flush();
    }
  }

  /** Whether the statement being built is long enough. */
  boolean isFull() {
    return buffer.length() - ended >= PACKET;
  }

  void flush() throws SQLException {
    if (ended > 0) {
      send(0, ended);
      clear();
    }
  }

  private void send(int from, int end) throws SQLException {
    boolean rows = statement.execute(text(from, end - 1));
    while (rows || statement.getLargeUpdateCount() >= 0) {
      rows = statement.getMoreResults();
    }
  }

  /** Sends one statement by itself, after those that wait. */
  long run() throws SQLException {
    int from = ended;
    if (from > 0) {
      send(0, from);
    }
    String text = text(from, buffer.length());
    clear();
    return statement.executeLargeUpdate(text);
  }

  /** Forgets all that was not sent. */
  void clear() {
    buffer.reset();
    ended = 0;
  }

  private String text(int from, int end) {
    String text = new String(buffer.array(), from, end - from, StandardCharsets.UTF_8);
    if (text.indexOf('\uFFFD') >= 0) {
      checkUtf8(from, end);
    }
    return text;
  }

  private void checkUtf8(int from, int end) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(buffer.array(), from, end - from));
    } catch (CharacterCodingException e) {
      throw new BadValueException(null, "text that is not UTF-8");
    }
  }

  @Override
  public void close() throws SQLException {
    statement.close();
  }
}
