package io.piplan.dts.flink;

import io.piplan.dts.StreamElement;
import io.piplan.dts.resync.ResyncOptions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;

/** Sends the rows of the parts that it is given. Keeps no state, as {@link CopySourceReader}. */
final class ResyncSourceReader
    extends SingleThreadMultiplexSourceReaderBase<
        StreamElement, StreamElement, ResyncSplit, ResyncSplit> {
  private final CopyRate rate;
  private final ConcurrentHashMap<String, PartReadEvent> outcomes;

  private ResyncSourceReader(
      ResyncOptions options,
      CopyRate rate,
      ConcurrentHashMap<String, PartReadEvent> outcomes,
      SourceReaderContext context) {
    super(
        () -> new ResyncSplitReader(options, rate, outcomes),
        (element, output, split) -> output.collect(element),
        context.getConfiguration(),
        context);
    this.rate = rate;
    this.outcomes = outcomes;
  }

  static ResyncSourceReader of(ResyncOptions options, SourceReaderContext context) {
    return new ResyncSourceReader(options, new CopyRate(), new ConcurrentHashMap<>(), context);
  }

  @Override
  public void start() {
    context.sendSplitRequest();
  }

  @Override
  public List<ResyncSplit> snapshotState(long checkpointId) {
    return List.of();
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    if (event instanceof CopyRateEvent limit) {
      rate.set(limit);
    }
  }

  @Override
  protected void onSplitFinished(Map<String, ResyncSplit> finished) {
    for (String split : finished.keySet()) {
      context.sendSourceEventToCoordinator(outcomes.remove(split));
      context.sendSplitRequest();
    }
  }

  @Override
  protected ResyncSplit initializedState(ResyncSplit split) {
    return split;
  }

  @Override
  protected ResyncSplit toSplitType(String splitId, ResyncSplit split) {
    return split;
  }
}
