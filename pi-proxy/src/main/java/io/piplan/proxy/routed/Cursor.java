package io.piplan.proxy.routed;

import io.piplan.dal.Column;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.proxy.protocol.ColumnType;
import java.util.List;

/**
 * The rows of a prepared statement that a client fetches some at a time. They are all read at once,
 * as the servers do, so that no node waits for the client and other statements can run meanwhile.
 */
final class Cursor implements AutoCloseable {
  private final List<Column> columns;
  private final List<ColumnType> types;
  private final RowSpool rows;
  private final int warnings;

  private Cursor(List<Column> columns, RowSpool rows, int warnings) {
    this.columns = columns;
    this.types = columns.stream().map(column -> ColumnType.of(column.type())).toList();
    this.rows = rows;
    this.warnings = warnings;
  }

  /**
   * Reads all rows and closes the stream.
   *
   * @param most bytes that they may take
   */
  static Cursor of(RowStream stream, long most) {
    RowSpool rows = new RowSpool(most);
    try (stream) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        rows.add(row);
      }
      rows.written();
      return new Cursor(List.copyOf(stream.columns()), rows, stream.warnings());
    } catch (RuntimeException e) {
      rows.close();
      throw e;
    }
  }

  List<Column> columns() {
    return columns;
  }

  List<ColumnType> types() {
    return types;
  }

  int warnings() {
    return warnings;
  }

  long bytes() {
    return rows.bytes();
  }

  /** Null after the last. */
  Row next() {
    return rows.next();
  }

  @Override
  public void close() {
    rows.close();
  }
}
