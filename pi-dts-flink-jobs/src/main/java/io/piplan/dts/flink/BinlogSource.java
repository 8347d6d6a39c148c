package io.piplan.dts.flink;

import io.piplan.dts.StreamElement;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * The changes of one MySQL or MariaDB server in binlog order, and marks of how far they go. Runs
 * with parallelism 1; what it emits is not addressed yet (see {@link BinlogRouter}).
 *
 * <p>A checkpoint holds a place between two transactions: after a restore the transaction in which
 * the checkpoint fell is sent again from its beginning, every row with the same LSN as before.
 */
public final class BinlogSource
    implements Source<StreamElement, BinlogSplit, List<BinlogSplit>>,
        ResultTypeQueryable<StreamElement> {
  private final BinlogOptions options;

  public BinlogSource(BinlogOptions options) {
    this.options = options;
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.CONTINUOUS_UNBOUNDED;
  }

  @Override
  public SplitEnumerator<BinlogSplit, List<BinlogSplit>> createEnumerator(
      SplitEnumeratorContext<BinlogSplit> context) {
    return new BinlogEnumerator(
        context,
        options,
        List.of(new BinlogSplit(options.start(), options.server().timeline().number())));
  }

  @Override
  public SplitEnumerator<BinlogSplit, List<BinlogSplit>> restoreEnumerator(
      SplitEnumeratorContext<BinlogSplit> context, List<BinlogSplit> unassigned) {
    return new BinlogEnumerator(context, options, unassigned);
  }

  @Override
  public SimpleVersionedSerializer<BinlogSplit> getSplitSerializer() {
    return new BinlogSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<List<BinlogSplit>> getEnumeratorCheckpointSerializer() {
    return new BinlogEnumeratorStateSerializer();
  }

  @Override
  public SourceReader<StreamElement, BinlogSplit> createReader(SourceReaderContext context) {
    return new BinlogSourceReader(options, context);
  }

  @Override
  public TypeInformation<StreamElement> getProducedType() {
    return new StreamElementTypeInfo();
  }
}
