package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.Lanes;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableSchema;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;

/**
 * Turns rows that Flink's planner writes into changes for writers. With positions, a -U and the +U
 * of the same position become one update again; one that stays alone, because a condition holds for
 * one side only, is a delete or an insert.
 *
 * <p>As in {@link BinlogRouter}, an update that moves a row to another key is a delete and an
 * insert, whose row number is the odd one after.
 */
public final class RowsToChanges extends AbstractStreamOperator<StreamElement>
    implements OneInputStreamOperator<RowData, StreamElement> {
  /** Both sides of an update come in one go; after this time nothing more is to come. */
  private static final long ALONE_MILLIS = 100;

  private final TableSchema schema;
  private final RowDataToRow converter;
  private final int lsnIndex;
  private final LaneAssigner lanes;

  private transient Row before;
  private transient Lsn beforeLsn;
  private transient boolean timerSet;

  /**
   * @param schema of the rows, as the target's mapping has it
   * @param lsnIndex which field holds the position, or -1 if none does
   */
  public RowsToChanges(
      TableSchema schema, RowDataToRow converter, int lsnIndex, LaneAssigner lanes) {
    this.schema = schema;
    this.converter = converter;
    this.lsnIndex = lsnIndex;
    this.lanes = lanes;
    setChainingStrategy(ChainingStrategy.ALWAYS);
  }

  @Override
  public void processElement(StreamRecord<RowData> record) {
    try {
      RowData data = record.getValue();
      Row row = converter.convert(data);
      if (lsnIndex < 0) {
        single(isRemoval(data.getRowKind()) ? Op.DELETE : Op.INSERT, row, Lsn.START);
      } else {
        positioned(data.getRowKind(), row, LsnText.decode(data.getString(lsnIndex).toString()));
      }
    } catch (RuntimeException e) {
      throw Failures.of(e);
    }
  }

  private static boolean isRemoval(RowKind kind) {
    return kind == RowKind.DELETE || kind == RowKind.UPDATE_BEFORE;
  }

  private void positioned(RowKind kind, Row row, Lsn lsn) {
    if (kind == RowKind.UPDATE_AFTER && before != null && lsn.equals(beforeLsn)) {
      Row old = before;
      before = null;
      update(old, row, lsn);
      return;
    }
    flushBefore();
    if (kind == RowKind.UPDATE_BEFORE) {
      before = row;
      beforeLsn = lsn;
      setTimer();
    } else {
      single(kind == RowKind.DELETE ? Op.DELETE : Op.INSERT, row, lsn);
    }
  }

  private void update(Row old, Row row, Lsn lsn) {
    boolean moves =
        lanes.group(schema) == null && !Lanes.mayBeSameKey(schema, schema.keyIndexes(), old, row);
    if (moves) {
      single(Op.DELETE, old, lsn);
      single(Op.INSERT, row, new Lsn(lsn.file(), lsn.position(), lsn.event(), lsn.row() + 1));
    } else {
      send(Op.UPDATE, old, row, lsn);
    }
  }

  private void single(Op op, Row row, Lsn lsn) {
    send(op, op == Op.DELETE ? row : null, op == Op.DELETE ? null : row, lsn);
  }

  private void send(Op op, Row old, Row row, Lsn lsn) {
    int lane = lanes.lane(schema, old == null ? row : old);
    output.collect(
        new StreamRecord<>(new ChangeEvent(schema.id(), lane, op, old, row, lsn, Lsn.START, 0)));
  }

  private void flushBefore() {
    if (before != null) {
      Row alone = before;
      before = null;
      single(Op.DELETE, alone, beforeLsn);
    }
  }

  private void setTimer() {
    if (timerSet) {
      return;
    }
    timerSet = true;
    // A failure in the action fails the task: the service sees to that, not the future.
    var unused =
        getProcessingTimeService()
            .registerTimer(
                getProcessingTimeService().getCurrentProcessingTime() + ALONE_MILLIS,
                time -> {
                  timerSet = false;
                  flushBefore();
                });
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpoint) {
    flushBefore();
  }

  @Override
  public void finish() throws Exception {
    flushBefore();
    super.finish();
  }
}
