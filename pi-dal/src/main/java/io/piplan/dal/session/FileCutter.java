package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Value;
import io.piplan.dal.sql.LoadStatement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Cuts a file into rows where LOAD DATA of the servers would, byte by byte, and tells some of their
 * fields. A row's bytes stay as they are: what they mean is the node's business.
 */
final class FileCutter {
  private static final int LONGEST_ROW = 16 << 20;
  private static final int NONE = -1;
  private static final int END = -1;
  private static final byte[] NULL_WORD = {'N', 'U', 'L', 'L'};

  private final InputStream in;
  private final LoadStatement.Format format;
  private final int fields;
  private final boolean[] wanted;
  private final Value[] values;
  private final byte[] buffer = new byte[64 * 1024];
  private int at;
  private int end;
  private int[] back = new int[64];
  private int backSize;
  private byte[] row = new byte[1024];
  private int rowSize;
  private byte[] field = new byte[256];
  private int fieldSize;
  private boolean foundNull;
  private boolean lineEnded;
  private long number;

  /**
   * A cutter.
   *
   * @param fields how many a row has; what comes after them is not looked at in its quotes, as the
   *     servers do
   * @param wanted which of them are told
   */
  FileCutter(InputStream in, LoadStatement.Format format, int fields, boolean[] wanted) {
    this.in = in;
    this.format = format;
    this.fields = fields;
    this.wanted = wanted.clone();
    this.values = new Value[wanted.length];
  }

  /** Leaves lines out, whatever stands in them. */
  void skipLines(long lines) {
    for (long i = 0; i < lines && !isAtEnd(); i++) {
      rowSize = 0;
      skipLine();
      number++;
    }
  }

  private boolean isAtEnd() {
    int next = get();
    if (next != END) {
      push(next);
    }
    return next == END;
  }

  /** Goes to the next row; false after the last. */
  boolean next() {
    rowSize = 0;
    if (isAtEnd()) {
      return false;
    }
    number++;
    Arrays.fill(values, null);
    lineEnded = false;
    for (int i = 0; i < fields && !lineEnded; i++) {
      Value value = field(i < wanted.length && wanted[i]);
      if (i < wanted.length) {
        values[i] = value;
      }
    }
    if (!lineEnded) {
      skipLine();
    }
    return true;
  }

  /** Its number in the file, from 1, with the lines that were left out. */
  long number() {
    return number;
  }

  /** Its bytes with their end, in an array that may be longer and is used again. */
  byte[] row() {
    return row;
  }

  int rowSize() {
    return rowSize;
  }

  /** A field that was wanted; null if the row is too short to have it. */
  Value value(int index) {
    return values[index];
  }

  /** Null if it isn't wanted. */
  private Value field(boolean told) {
    fieldSize = 0;
    foundNull = false;
    int first = get();
    boolean enclosed = format.enclosed() != NONE && first == format.enclosed();
    if (first == END) {
      lineEnded = true;
      return told ? value(false) : null;
    }
    if (!enclosed) {
      push(first);
    }
    boolean closed = enclosed ? enclosed() : plain();
    return told ? value(closed) : null;
  }

  private boolean plain() {
    while (true) {
      int c = get();
      if (c == END) {
        lineEnded = true;
        return false;
      }
      if (escapes(c)) {
        escaped();
      } else if (isEnd(c, format.lineEnd())) {
        lineEnded = true;
        return false;
      } else if (isEnd(c, format.fieldEnd())) {
        return false;
      } else {
        add(c);
      }
    }
  }

  /** A quote that is the escape, too, escapes itself only. */
  private boolean escapes(int c) {
    if (c != format.escape() || format.escape() != format.enclosed()) {
      return c == format.escape();
    }
    int next = get();
    if (next != END) {
      push(next);
    }
    return next == format.escape();
  }

  /** Returns whether what was opened is closed. */
  private boolean enclosed() {
    // As if it were no quote, should it never be closed.
    add(format.enclosed());
    while (true) {
      int c = get();
      if (c == END) {
        lineEnded = true;
        return false;
      }
      if (c == format.escape() && format.escape() != format.enclosed()) {
        escaped();
      } else if (c == format.enclosed()) {
        int after = get();
        if (after == format.enclosed()) {
          add(after);
        } else if (after == END || isEnd(after, format.lineEnd())) {
          lineEnded = true;
          return true;
        } else if (isEnd(after, format.fieldEnd())) {
          return true;
        } else {
          push(after);
          add(c);
        }
      } else {
        add(c);
      }
    }
  }

  private void escaped() {
    int c = get();
    if (c == END) {
      add(format.escape());
      return;
    }
    foundNull |= c == 'N';
    add(
        switch (c) {
          case 'n' -> '\n';
          case 't' -> '\t';
          case 'r' -> '\r';
          case 'b' -> '\b';
          case '0' -> 0;
          case 'Z' -> 0x1a;
          default -> c;
        });
  }

  private Value value(boolean closed) {
    int from = closed ? 1 : 0;
    byte[] bytes = Arrays.copyOfRange(field, from, fieldSize);
    boolean word = !closed && format.enclosed() != NONE && Arrays.equals(bytes, NULL_WORD);
    if (word || (bytes.length == 1 && foundNull)) {
      return Value.NULL;
    }
    try {
      return Value.text(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Value.bytes(bytes);
    }
  }

  /** Up to the line's end, in which quotes mean nothing. */
  private void skipLine() {
    while (true) {
      int c = get();
      if (c == END || isEnd(c, format.lineEnd())) {
        return;
      }
      if (c == format.escape() && get() == END) {
        return;
      }
    }
  }

  /** Whether this byte and those after it are an end; if not, those after it come again. */
  private boolean isEnd(int c, byte[] text) {
    if (c != text[0]) {
      return false;
    }
    for (int i = 1; i < text.length; i++) {
      int next = get();
      if (next != text[i]) {
        if (next != END) {
          push(next);
        }
        for (int j = i - 1; j >= 1; j--) {
          push(text[j]);
        }
        return false;
      }
    }
    return true;
  }

  // --- bytes

  /** The next byte as a signed number, which belongs to the row from now on; {@link #END}. */
  private int get() {
    int c;
    if (backSize > 0) {
      c = back[--backSize];
    } else {
      if (at == end && !fill()) {
        return END;
      }
      c = buffer[at++] & 0xff;
    }
    if (rowSize == row.length) {
      if (rowSize >= LONGEST_ROW) {
        throw new DalException(
            DalError.REFUSED,
            "row "
                + number
                + " of the file is longer than "
                + LONGEST_ROW
                + " bytes; LINES TERMINATED BY may name another end than the file has");
      }
      row = Arrays.copyOf(row, Math.min(LONGEST_ROW, row.length * 2));
    }
    row[rowSize++] = (byte) c;
    return c;
  }

  private boolean fill() {
    try {
      at = 0;
      end = Math.max(0, in.read(buffer, 0, buffer.length));
      return end > 0;
    } catch (IOException e) {
      throw new DalException(
          DalError.KILLED, "the client's file came to no end: " + e.getMessage(), e);
    }
  }

  private void push(int c) {
    if (backSize == back.length) {
      back = Arrays.copyOf(back, back.length * 2);
    }
    back[backSize++] = c;
    rowSize--;
  }

  private void add(int c) {
    if (fieldSize == field.length) {
      field = Arrays.copyOf(field, field.length * 2);
    }
    field[fieldSize++] = (byte) c;
  }
}
