package io.piplan.dal.merge;

import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Streams that are each in order, one row of each in memory. */
final class SortedSource implements Merger.RowSource {
  private final PriorityQueue<Head> heads;

  /** The next row of a stream. */
  private record Head(Row row, RowStream stream, int number) {}

  SortedSource(List<RowStream> streams, Comparator<List<byte[]>> order) {
    Comparator<Head> byRow = (a, b) -> order.compare(a.row().textValues(), b.row().textValues());
    this.heads = new PriorityQueue<>(streams.size(), byRow.thenComparingInt(Head::number));
    for (int i = 0; i < streams.size(); i++) {
      push(streams.get(i), i);
    }
  }

  private void push(RowStream stream, int number) {
    Row row = stream.next();
    if (row != null) {
      heads.add(new Head(row, stream, number));
    }
  }

  @Override
  public Row next() {
    Head head = heads.poll();
    if (head == null) {
      return null;
    }
    push(head.stream(), head.number());
    return head.row();
  }
}
