package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import java.io.Serializable;
import java.time.ZoneId;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

/** Turns changes and copied rows of one table into the rows that Flink's planner asked for. */
public final class ChangeRows implements Serializable {
  private final TableSchema schema;
  private final RowToRowData converter;
  private final List<RowMetadata> metadata;
  private final RowType physical;
  private final boolean zeroDatesAreNull;
  private final ZoneId serverTimeZone;
  private final boolean log;

  /**
   * @param schema the table's schema; the rows are read by it
   */
  public ChangeRows(TableSchema schema, SourceRequest request) {
    this(
        schema,
        request.physical(),
        request.scan().zeroDatesAreNull(),
        request.scan().serverTimeZone(),
        request.metadata(),
        request.log());
  }

  private ChangeRows(
      TableSchema schema,
      RowType physical,
      boolean zeroDatesAreNull,
      ZoneId serverTimeZone,
      List<RowMetadata> metadata,
      boolean log) {
    this.schema = schema;
    this.physical = physical;
    this.zeroDatesAreNull = zeroDatesAreNull;
    this.serverTimeZone = serverTimeZone;
    this.metadata = List.copyOf(metadata);
    this.log = log;
    this.converter = new RowToRowData(schema, physical, zeroDatesAreNull, serverTimeZone);
  }

  /** The same for rows of another schema of the table, after it was altered. */
  ChangeRows with(TableSchema altered) {
    return new ChangeRows(altered, physical, zeroDatesAreNull, serverTimeZone, metadata, log);
  }

  TableSchema schema() {
    return schema;
  }

  /**
   * Hands over +I, -U and +U, or -D. Both halves of an update have the same position. As a log: one
   * +I, of an update the row as it became.
   */
  public void change(ChangeEvent change, Consumer<RowData> out) {
    switch (change.op()) {
      case INSERT -> out.accept(row(RowKind.INSERT, change.after(), change));
      case UPDATE -> {
        if (!log) {
          out.accept(row(RowKind.UPDATE_BEFORE, change.before(), change));
        }
        out.accept(row(RowKind.UPDATE_AFTER, change.after(), change));
      }
      case DELETE -> out.accept(row(RowKind.DELETE, change.before(), change));
    }
  }

  /** A copied row: +I, its position is the boundary of the snapshot it was read in. */
  public RowData copied(Row row, Lsn snapshot) {
    return row(
        RowKind.INSERT,
        row,
        new RowMetadata.Origin(schema.id(), snapshot, "r", RowKind.INSERT.shortString(), 0));
  }

  private RowData row(RowKind kind, Row row, ChangeEvent change) {
    String op = change.op() == Op.INSERT ? "c" : change.op() == Op.UPDATE ? "u" : "d";
    return row(
        kind,
        row,
        new RowMetadata.Origin(
            change.table(), change.lsn(), op, kind.shortString(), change.sourceMillis()));
  }

  private RowData row(RowKind kind, Row row, RowMetadata.Origin origin) {
    GenericRowData data = converter.convert(row, metadata.size());
    for (int i = 0; i < metadata.size(); i++) {
      data.setField(data.getArity() - metadata.size() + i, metadata.get(i).read(origin));
    }
    data.setRowKind(log ? RowKind.INSERT : kind);
    return data;
  }
}
