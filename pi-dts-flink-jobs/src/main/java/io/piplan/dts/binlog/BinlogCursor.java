package io.piplan.dts.binlog;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Timeline;

/**
 * Knows where in the binlog reading is, and in which transaction. Each transaction must begin where
 * the one before it ended: a hole is an error (I4).
 */
final class BinlogCursor {
  private static final long LOW_32_BITS = 0xFFFF_FFFFL;
  private static final int FIRST_EVENT = 4;

  private final boolean unbroken;
  private final Timeline timeline;

  /** As the server calls it, and as places have it. */
  private String file;

  private String placed;
  private long position;
  private long eventStart;

  /** Start of the group that a GTID event has announced, or -1. */
  private long announced = -1;

  private long transactionStart;
  private boolean inTransaction;
  private boolean xa;
  private boolean rowsSeen;
  private long rowsEvents;
  private long transactionMillis;

  /** Just after a file's first event the server may leave events out. */
  private boolean holeAllowed;

  BinlogCursor(Timeline timeline, Lsn start, boolean unbroken) {
    this.timeline = timeline;
    this.file = start.file();
    this.placed = timeline.file(file);
    this.position = Math.max(FIRST_EVENT, start.position());
    this.unbroken = unbroken;
  }

  /** For messages: the event being looked at. */
  Lsn place() {
    return Lsn.boundary(placed, eventStart);
  }

  Lsn restart() {
    if (inTransaction) {
      return Lsn.boundary(placed, transactionStart);
    }
    return Lsn.boundary(placed, announced >= 0 ? announced : position);
  }

  boolean inTransaction() {
    return inTransaction;
  }

  long transactionMillis() {
    return transactionMillis;
  }

  /** Another file, either because this one ends or because the server opens one to read from. */
  void rotate(RawEvent event) {
    ByteReader in = event.reader();
    long nextPosition = in.little(8);
    String nextFile = in.text(in.remaining());
    if (inTransaction && rowsSeen) {
      throw gap("the binlog goes on in " + nextFile + " in the middle of a transaction");
    }
    if (!nextFile.equals(file)) {
      if (!file.isEmpty() && unbroken && fileNumber(nextFile) != fileNumber(file) + 1) {
        throw gap("file " + nextFile + " follows");
      }
      file = nextFile;
      placed = timeline.file(file);
      position = nextPosition;
    } else if (!unbroken || position == FIRST_EVENT) {
      position = nextPosition;
    } else if (nextPosition != position) {
      throw gap("the server goes on at position " + nextPosition);
    }
    inTransaction = false;
    announced = -1;
  }

  void format(RawEvent event) {
    // A format event without a position precedes reading from the middle of a file.
    if (event.nextPosition() != 0) {
      position = event.nextPosition();
    }
    holeAllowed = true;
  }

  /** Goes past an event that stands in the binlog. */
  void advance(RawEvent event) {
    boolean betweenTransactions = !inTransaction && announced < 0;
    if (event.nextPosition() == 0) {
      // Inside a transaction MariaDB 11 leaves positions out; the transaction's end has it again.
      eventStart = position;
      position += event.length();
      return;
    }
    long end = full(event.nextPosition());
    eventStart = end - event.length();
    if (betweenTransactions && unbroken && !holeAllowed && eventStart != position) {
      throw gap("the next event begins at " + eventStart);
    }
    position = end;
    holeAllowed = false;
  }

  /** A heartbeat names the server's end; true if that is where reading is. */
  boolean caughtUp(RawEvent event) {
    ByteReader in = event.reader();
    if (inTransaction || announced >= 0 || !in.text(in.remaining()).equals(file)) {
      return false;
    }
    long end = full(event.nextPosition());
    if (end != position && unbroken && !holeAllowed) {
      throw gap("the server says that it has sent everything up to " + end);
    }
    position = Math.max(position, end);
    return true;
  }

  /** A group of events follows. */
  void announce(long commitMillis) {
    if (inTransaction) {
      throw gap("a transaction begins inside another one");
    }
    announced = eventStart;
    transactionMillis = commitMillis;
  }

  void begin(boolean isXa) {
    transactionStart = announced >= 0 ? announced : eventStart;
    announced = -1;
    inTransaction = true;
    xa = isXa;
    rowsSeen = false;
    rowsEvents = 0;
  }

  void end() {
    inTransaction = false;
    announced = -1;
    transactionMillis = 0;
  }

  /** Where the transaction began that an event stands in, or the event itself. */
  Lsn transaction() {
    return Lsn.boundary(placed, inTransaction ? transactionStart : eventStart);
  }

  /** The place of a statement that changes tables; rows before it are before it. */
  Lsn statement() {
    if (inTransaction) {
      return new Lsn(placed, transactionStart, ++rowsEvents, 0);
    }
    return new Lsn(placed, announced >= 0 ? announced : eventStart, 1, 0);
  }

  Lsn nextRowsEvent() {
    if (!inTransaction) {
      throw new DtsException(
          DtsError.SOURCE_GAP,
          "rows at " + place() + " belong to a transaction whose start was not read",
          "start at a position between two transactions, as SHOW BINARY LOG STATUS or a backup"
              + " gives it");
    }
    return new Lsn(placed, transactionStart, ++rowsEvents, 0);
  }

  /** Notes that rows are passed on, or will be; they must not be taken back later. */
  void seesRows() {
    rowsSeen = true;
  }

  /** Whether only the end of the transaction tells what becomes of it. */
  boolean inXa() {
    return inTransaction && xa;
  }

  void refuseRollback(String sql) {
    if (inTransaction && rowsSeen) {
      throw new DtsException(
          DtsError.SOURCE_EVENT_UNKNOWN,
          "the transaction at "
              + Lsn.boundary(placed, transactionStart)
              + " is rolled back by "
              + Statement.shorten(sql)
              + " after rows were logged: it mixes tables with and without transactions",
          "convert the tables to InnoDB, and start the sync anew from a snapshot");
    }
  }

  private long full(long low) {
    long value = (position & ~LOW_32_BITS) | low;
    return value < position - (LOW_32_BITS >> 1) ? value + LOW_32_BITS + 1 : value;
  }

  private DtsException gap(String found) {
    return new DtsException(
        DtsError.SOURCE_GAP,
        "the binlog was read up to " + Lsn.boundary(placed, position) + ", but " + found,
        "do not skip it: start the sync anew from a snapshot, and report this");
  }

  private static long fileNumber(String name) {
    String digits = name.substring(name.lastIndexOf('.') + 1);
    return digits.chars().allMatch(Character::isDigit) && !digits.isEmpty()
        ? Long.parseLong(digits)
        : -1;
  }
}
