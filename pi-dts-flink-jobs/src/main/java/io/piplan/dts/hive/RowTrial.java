package io.piplan.dts.hive;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.hive.ql.exec.vector.VectorizedRowBatch;

/** Finds out whether rows would fit, without writing them. */
final class RowTrial implements TableWriter.Rows {
  private final Map<RowFormat, VectorizedRowBatch> scratch = new HashMap<>();

  @Override
  public void add(
      String table, RowFormat format, List<String> partition, RowFile.Entry entry, RowValues row) {
    if (entry.op().equals(LogColumns.DELETED)) {
      return;
    }
    VectorizedRowBatch batch =
        scratch.computeIfAbsent(format, f -> OrcColumns.schema(f.columns()).createRowBatch(1));
    for (int i = 0; i < format.size(); i++) {
      int column = format.source(i);
      if (!row.isNull(column)) {
        format.setter(i).set(batch.cols[LogColumns.FIRST.size() + i], 0, row, column);
      }
    }
  }
}
