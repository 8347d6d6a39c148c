package io.piplan.dal;

import java.util.List;

/**
 * Rows, one at a time, in order. Used by one thread. {@link #next} may wait for a node; a stream
 * that is closed before its end leaves its node connection usable or gives it up, never half read.
 */
public interface RowStream extends AutoCloseable {
  List<Column> columns();

  default RowFormat format() {
    return RowFormat.TEXT;
  }

  /**
   * The next row; null after the last.
   *
   * @throws DalException if the node fails
   */
  Row next();

  /** Known after the last row. */
  default int warnings() {
    return 0;
  }

  @Override
  void close();
}
