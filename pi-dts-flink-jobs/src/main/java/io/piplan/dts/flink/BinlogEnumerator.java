package io.piplan.dts.flink;

import io.piplan.dts.Heartbeat;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;

/** Gives the one split to the first reader that comes, and has heartbeats written. */
final class BinlogEnumerator implements SplitEnumerator<BinlogSplit, List<BinlogSplit>> {
  private final SplitEnumeratorContext<BinlogSplit> context;
  private final Heartbeat heartbeat;
  private final HeartbeatWriter writer;
  private List<BinlogSplit> unassigned;

  BinlogEnumerator(
      SplitEnumeratorContext<BinlogSplit> context,
      BinlogOptions options,
      List<BinlogSplit> unassigned) {
    this.context = context;
    this.heartbeat = options.beats();
    this.writer = heartbeat == null ? null : new HeartbeatWriter(options.server(), heartbeat);
    this.unassigned = List.copyOf(unassigned);
  }

  @Override
  public void start() {
    if (writer == null) {
      return;
    }
    PiMetrics metrics = PiMetrics.of(context.metricGroup(), heartbeat.sync());
    metrics.counter("heartbeatsWritten", writer::written);
    metrics.counter("heartbeatFailures", writer::failures);
    context.callAsync(
        () -> {
          writer.beat();
          return writer.written();
        },
        (written, failure) -> {},
        0,
        heartbeat.interval().toMillis());
  }

  @Override
  public void handleSplitRequest(int subtask, String host) {
    // Splits are given out when a reader registers.
  }

  @Override
  public void addSplitsBack(List<BinlogSplit> splits, int subtask) {
    unassigned = List.copyOf(splits);
    if (context.registeredReaders().containsKey(subtask)) {
      assign(subtask);
    }
  }

  @Override
  public void addReader(int subtask) {
    assign(subtask);
  }

  private void assign(int subtask) {
    unassigned.forEach(split -> context.assignSplit(split, subtask));
    unassigned = List.of();
  }

  @Override
  public List<BinlogSplit> snapshotState(long checkpoint) {
    return unassigned;
  }

  @Override
  public void close() {
    if (writer != null) {
      writer.close();
    }
  }
}
