package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsException;
import io.piplan.dts.PositionMark;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StreamElement;
import io.piplan.dts.binlog.OwnTransactions;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.core.io.InputStatus;

/** Emits what the split reader fetched and remembers where a restore goes on. */
final class BinlogSourceReader
    extends SingleThreadMultiplexSourceReaderBase<
        StreamElement, StreamElement, BinlogSplit, BinlogSplitState> {
  private final BinlogOptions reading;

  BinlogSourceReader(BinlogOptions options, SourceReaderContext context) {
    this(options, context, new OwnTransactions(options.leavesOutSyncs()));
  }

  private BinlogSourceReader(
      BinlogOptions options, SourceReaderContext context, OwnTransactions ownTransactions) {
    super(
        () -> new BinlogSplitReader(options, ownTransactions),
        BinlogSourceReader::emit,
        context.getConfiguration(),
        context);
    this.reading = options;
    if (options.leavesOutSyncs()) {
      new PiMetrics(context.metricGroup().addGroup("pi_dts"))
          .counter("transactionsOfSyncs", ownTransactions::leftOutSoFar);
    }
  }

  /** A checkpoint of before a fail-over has a place in another server's binlog. */
  @Override
  public void addSplits(List<BinlogSplit> splits) {
    int timeline = reading.server().timeline().number();
    super.addSplits(
        splits.stream()
            .map(
                split ->
                    split.timeline() < timeline
                        ? new BinlogSplit(reading.start(), timeline)
                        : split)
            .toList());
  }

  private static void emit(
      StreamElement element, SourceOutput<StreamElement> output, BinlogSplitState state) {
    output.collect(element);
    if (element instanceof ChangeEvent change) {
      state.emitted(change.lsn(), change.gtids());
    } else if (element instanceof PositionMark mark && !mark.quiet()) {
      // Writers don't store quiet marks, and a checkpoint must not be ahead of what they stored.
      state.emitted(mark.lsn(), mark.gtids());
    } else if (element instanceof SchemaChange change) {
      state.emitted(change.lsn(), change.gtids());
    }
  }

  @Override
  public InputStatus pollNext(ReaderOutput<StreamElement> output) throws Exception {
    try {
      return super.pollNext(output);
    } catch (DtsException e) {
      throw Failures.of(e);
    }
  }

  @Override
  protected void onSplitFinished(Map<String, BinlogSplitState> finished) {
    throw new IllegalStateException("a binlog has no end");
  }

  @Override
  protected BinlogSplitState initializedState(BinlogSplit split) {
    return new BinlogSplitState(split);
  }

  @Override
  protected BinlogSplit toSplitType(String id, BinlogSplitState state) {
    return state.split();
  }
}
