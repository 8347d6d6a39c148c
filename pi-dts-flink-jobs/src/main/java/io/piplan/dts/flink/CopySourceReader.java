package io.piplan.dts.flink;

import io.piplan.dts.ChunkId;
import io.piplan.dts.StreamElement;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;

/**
 * Sends the rows of the chunks that it is given. Keeps no state: the enumerator knows which chunks
 * are done, and what a lost reader had is read again.
 */
final class CopySourceReader
    extends SingleThreadMultiplexSourceReaderBase<
        StreamElement, StreamElement, CopySplit, CopySplit> {
  /** Two, so that the next chunk is there when one ends. */
  private static final int CHUNKS_AHEAD = 2;

  private final CopyRate rate;

  private CopySourceReader(CopyOptions options, CopyRate rate, SourceReaderContext context) {
    super(
        () -> new CopySplitReader(options, rate),
        (element, output, split) -> output.collect(element),
        context.getConfiguration(),
        context);
    this.rate = rate;
  }

  static CopySourceReader of(CopyOptions options, SourceReaderContext context) {
    return new CopySourceReader(options, new CopyRate(), context);
  }

  @Override
  public void start() {
    for (int i = 0; i < CHUNKS_AHEAD; i++) {
      context.sendSplitRequest();
    }
  }

  @Override
  public List<CopySplit> snapshotState(long checkpointId) {
    return List.of();
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    if (event instanceof CopyRateEvent limit) {
      rate.set(limit);
    }
  }

  @Override
  protected void onSplitFinished(Map<String, CopySplit> finished) {
    for (CopySplit split : finished.values()) {
      ChunkId id = split.chunk().id();
      context.sendSourceEventToCoordinator(
          new ChunkReadEvent(id.table().database(), id.table().table(), id.number()));
      context.sendSplitRequest();
    }
  }

  @Override
  protected CopySplit initializedState(CopySplit split) {
    return split;
  }

  @Override
  protected CopySplit toSplitType(String splitId, CopySplit split) {
    return split;
  }
}
