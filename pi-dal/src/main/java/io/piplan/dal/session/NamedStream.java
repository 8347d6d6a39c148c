package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.Row;
import io.piplan.dal.RowFormat;
import io.piplan.dal.RowStream;
import java.util.List;

/** A stream whose columns name logical tables, and which does something when it is closed. */
final class NamedStream implements RowStream {
  private final RowStream stream;
  private final List<Column> columns;
  private final Runnable closed;
  private boolean open = true;

  NamedStream(RowStream stream, List<Column> columns, Runnable closed) {
    this.stream = stream;
    this.columns = columns;
    this.closed = closed;
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public RowFormat format() {
    return stream.format();
  }

  @Override
  public Row next() {
    return stream.next();
  }

  @Override
  public int warnings() {
    return stream.warnings();
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      try {
        stream.close();
      } finally {
        closed.run();
      }
    }
  }
}
