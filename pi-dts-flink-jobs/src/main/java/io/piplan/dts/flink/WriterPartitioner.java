package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.Lanes;
import io.piplan.dts.PositionMark;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StreamElement;
import org.apache.flink.api.common.functions.Partitioner;
import org.apache.flink.streaming.api.datastream.DataStream;

/** Brings each element to the writer it is addressed to. */
public final class WriterPartitioner implements Partitioner<Integer> {

  /** The stream as the writers' operator takes it, given its parallelism. */
  public static DataStream<StreamElement> toWriters(DataStream<StreamElement> stream, int writers) {
    return stream.partitionCustom(new WriterPartitioner(), element -> writer(element, writers));
  }

  static int writer(StreamElement element, int writers) {
    if (element instanceof ChangeEvent change) {
      return Lanes.writer(change.lane(), writers);
    }
    if (element instanceof PositionMark mark) {
      return mark.writer();
    }
    if (element instanceof SchemaChange change) {
      return change.writer();
    }
    return element instanceof CopyBatch batch ? batch.writer() : ((CopyEnd) element).writer();
  }

  @Override
  public int partition(Integer writer, int writers) {
    return writer;
  }
}
