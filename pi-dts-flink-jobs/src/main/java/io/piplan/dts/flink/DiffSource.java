package io.piplan.dts.flink;

import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Compares the parts of a diff in parallel, and sends what it finds as {@link DiffFinding} texts.
 * Ends when all are compared. A part whose finding is not in a checkpoint is compared again, so one
 * may be sent twice.
 */
public final class DiffSource
    implements Source<String, DiffSplit, DiffPlanState>, ResultTypeQueryable<String> {
  private final DiffJobOptions job;

  public DiffSource(DiffJobOptions job) {
    this.job = job;
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SplitEnumerator<DiffSplit, DiffPlanState> createEnumerator(
      SplitEnumeratorContext<DiffSplit> context) {
    return new DiffEnumerator(context, job, new DiffPlanState(false, List.of()));
  }

  @Override
  public SplitEnumerator<DiffSplit, DiffPlanState> restoreEnumerator(
      SplitEnumeratorContext<DiffSplit> context, DiffPlanState state) {
    return new DiffEnumerator(context, job, state);
  }

  @Override
  public SimpleVersionedSerializer<DiffSplit> getSplitSerializer() {
    return new DiffSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<DiffPlanState> getEnumeratorCheckpointSerializer() {
    return new DiffPlanState.Serializer();
  }

  @Override
  public SourceReader<String, DiffSplit> createReader(SourceReaderContext context) {
    return new Reader(job, context);
  }

  @Override
  public TypeInformation<String> getProducedType() {
    return Types.STRING;
  }

  private static final class Reader
      extends SingleThreadMultiplexSourceReaderBase<String, String, DiffSplit, DiffSplit> {
    Reader(DiffJobOptions job, SourceReaderContext context) {
      super(
          () -> new DiffSplitReader(job, context.currentParallelism()),
          (finding, output, split) -> output.collect(finding),
          context.getConfiguration(),
          context);
    }

    @Override
    public void start() {
      // Parts out of a checkpoint come first.
      if (getNumberOfCurrentlyAssignedSplits() == 0) {
        context.sendSplitRequest();
      }
    }

    @Override
    protected void onSplitFinished(Map<String, DiffSplit> finished) {
      context.sendSplitRequest();
    }

    @Override
    protected DiffSplit initializedState(DiffSplit split) {
      return split;
    }

    @Override
    protected DiffSplit toSplitType(String splitId, DiffSplit split) {
      return split;
    }
  }
}
