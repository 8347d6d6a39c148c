package io.piplan.dts.hive;

import java.io.IOException;

/** One file of a change log that is being written. Used by one thread. */
interface RowFile extends AutoCloseable {
  /** What is known of a change beside its row. */
  record Entry(String op, String lsn, long sourceMillis) {
    /** No time is known of copied rows. */
    static final long NO_TIME = 0;
  }

  /**
   * Adds a row. Values are not copied: they must stay as they are until {@link #close}.
   *
   * @throws BadValue if a value does not fit; the file is as before then
   */
  void add(Entry entry, RowValues row) throws IOException;

  /** Ends the file, which is then whole and on its way to the disk. */
  @Override
  void close() throws IOException;

  /** A value that its column cannot hold. */
  final class BadValue extends RuntimeException {
    private final HiveColumn column;

    BadValue(HiveColumn column, String message) {
      super(message);
      this.column = column;
    }

    HiveColumn column() {
      return column;
    }
  }
}
