package io.piplan.dts.copy;

import io.piplan.dts.LaneGroups;
import io.piplan.dts.Lanes;
import io.piplan.dts.Layout;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;

/** Which writer a table's rows go to; equal to what the binlog side does. */
public final class RowRouter {
  private final TableSchema schema;
  private final int[] key;
  private final int writers;
  private final int onlyWriter;
  private final int layout;

  public RowRouter(TableSchema schema, LaneGroups lanes, int writers) {
    this.schema = schema;
    this.key = schema.keyIndexes();
    this.writers = writers;
    String group = lanes.group(schema, null);
    this.layout = Layout.of(schema, group);
    this.onlyWriter = group == null ? -1 : Lanes.writer(Lanes.ofGroup(group), writers);
  }

  /** By what rows are laid out and addressed. */
  public int layout() {
    return layout;
  }

  public int writers() {
    return writers;
  }

  /** The one writer that all rows go to, or -1. */
  public int onlyWriter() {
    return onlyWriter;
  }

  public int writer(Row row) {
    return onlyWriter >= 0 ? onlyWriter : Lanes.writer(Lanes.ofKey(schema, key, row), writers);
  }
}
