package io.piplan.dal.merge;

import io.piplan.dal.Column;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import java.util.List;

/** Leaves out what comes before the offset and after the limit, and hidden columns. */
final class MergedStream implements RowStream {
  private final List<Column> columns;
  private final Merger.RowSource source;
  private final List<RowStream> owned;
  private final boolean hides;
  private long skip;
  private long left;

  MergedStream(
      List<Column> columns, Merger.RowSource source, MergeSpec spec, List<RowStream> owned) {
    this.columns = List.copyOf(columns);
    this.source = source;
    this.owned = owned;
    this.hides = spec.hidden() > 0;
    this.skip = spec.offset();
    this.left = spec.limit() < 0 ? Long.MAX_VALUE : spec.limit();
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public Row next() {
    while (skip > 0) {
      if (source.next() == null) {
        skip = 0;
        left = 0;
      }
      skip--;
    }
    if (left <= 0) {
      return null;
    }
    Row row = source.next();
    left = row == null ? 0 : left - 1;
    return row == null || !hides ? row : row.first(columns.size());
  }

  @Override
  public int warnings() {
    return owned.stream().mapToInt(RowStream::warnings).sum();
  }

  @Override
  public void close() {
    owned.forEach(RowStream::close);
  }
}
