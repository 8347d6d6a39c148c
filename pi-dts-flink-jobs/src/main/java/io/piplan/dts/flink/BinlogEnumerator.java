package io.piplan.dts.flink;

import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;

/** Gives the one split to the first reader that comes. */
final class BinlogEnumerator implements SplitEnumerator<BinlogSplit, List<BinlogSplit>> {
  private final SplitEnumeratorContext<BinlogSplit> context;
  private List<BinlogSplit> unassigned;

  BinlogEnumerator(SplitEnumeratorContext<BinlogSplit> context, List<BinlogSplit> unassigned) {
    this.context = context;
    this.unassigned = List.copyOf(unassigned);
  }

  @Override
  public void start() {}

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
  public void close() {}
}
