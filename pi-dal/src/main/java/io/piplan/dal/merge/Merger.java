package io.piplan.dal.merge;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Puts streams together. */
public final class Merger {
  private final int mostGroups;
  private final long mostBytes;

  /**
   * A merger.
   *
   * @param mostGroups how many rows, groups or distinct values may be kept in memory
   * @param mostBytes how many bytes they may have, of one statement
   */
  public Merger(int mostGroups, long mostBytes) {
    this.mostBytes = mostBytes;
    this.mostGroups = mostGroups;
  }

  /** Of one more statement. */
  public RowMemory memory() {
    return new RowMemory(mostGroups, mostBytes);
  }

  /** One stream, which owns the others: closing it closes them. */
  public RowStream merge(List<RowStream> streams, MergeSpec spec) {
    try {
      checkAlike(streams);
      return start(streams, spec, streams.get(0).columns());
    } catch (RuntimeException e) {
      streams.forEach(RowStream::close);
      throw e;
    }
  }

  /**
   * As {@link #merge}, of streams whose rows come in any order, and are ordered in memory.
   *
   * @param mostRows of each stream
   * @param mostBytes of all rows
   * @return empty if there are more; the streams are open then
   */
  public Optional<RowStream> ordered(
      List<RowStream> streams, MergeSpec spec, int mostRows, long mostBytes) {
    checkAlike(streams);
    List<Row> rows = new ArrayList<>();
    long bytes = 0;
    for (RowStream stream : streams) {
      int before = rows.size();
      for (Row row = stream.next(); row != null; row = stream.next()) {
        rows.add(row);
        bytes += row.payload().length;
        if (rows.size() - before > mostRows || bytes > mostBytes) {
          return Optional.empty();
        }
      }
    }
    List<Column> columns = streams.get(0).columns();
    Comparator<List<byte[]>> order = order(spec, columns);
    rows.sort((a, b) -> order.compare(a.textValues(), b.textValues()));
    Iterator<Row> iterator = rows.iterator();
    return Optional.of(
        new MergedStream(
            columns.subList(0, columns.size() - spec.hidden()),
            () -> iterator.hasNext() ? iterator.next() : null,
            spec,
            streams));
  }

  private static void checkAlike(List<RowStream> streams) {
    List<Column> first = streams.get(0).columns();
    for (RowStream stream : streams) {
      List<Column> columns = stream.columns();
      if (columns.size() != first.size()) {
        throw new DalException(
            DalError.NODE_PROTOCOL, "shards answer with different numbers of columns");
      }
      for (int i = 0; i < first.size(); i++) {
        if (columns.get(i).showsBitsAsNumber() != first.get(i).showsBitsAsNumber()) {
          throw new DalException(
              DalError.REFUSED,
              "shards show the bits of "
                  + first.get(i).name()
                  + " in two ways, as they group them in two ways; select it as a number, with + 0"
                  + " behind its column");
        }
      }
    }
  }

  /**
   * The groups of several shards, with their hidden columns, in any order. The streams are closed.
   */
  public List<List<byte[]>> groups(List<RowStream> streams, MergeSpec spec) {
    try {
      checkAlike(streams);
      GroupMerge groups = new GroupMerge(spec, streams.get(0).columns(), memory());
      streams.forEach(groups::add);
      return groups.finished();
    } finally {
      streams.forEach(RowStream::close);
    }
  }

  /** Finished groups in their order, and as many as are wanted. */
  public RowStream ordered(List<Column> columns, List<List<byte[]>> rows, MergeSpec spec) {
    Comparator<List<byte[]>> order = order(spec, columns);
    List<List<byte[]>> sorted = new ArrayList<>(rows);
    if (order != null) {
      sorted.sort(order);
    }
    Iterator<List<byte[]>> iterator = sorted.iterator();
    return new MergedStream(
        columns.subList(0, columns.size() - spec.hidden()),
        () -> iterator.hasNext() ? Row.ofText(iterator.next()) : null,
        spec,
        List.of());
  }

  private RowStream start(List<RowStream> streams, MergeSpec spec, List<Column> columns) {
    Comparator<List<byte[]>> order = order(spec, columns);
    RowSource source;
    if (spec.group() != null) {
      GroupMerge groups = new GroupMerge(spec, columns, memory());
      streams.forEach(groups::add);
      source = groups.rows(order);
    } else {
      source = order == null ? new ConcatSource(streams) : new SortedSource(streams, order);
    }
    List<Column> visible = columns.subList(0, columns.size() - spec.hidden());
    return new MergedStream(visible, source, spec, streams);
  }

  /** Null if there is none. */
  private static Comparator<List<byte[]>> order(MergeSpec spec, List<Column> columns) {
    Comparator<List<byte[]>> order = null;
    for (MergeSpec.SortKey key : spec.order()) {
      Comparator<List<byte[]>> one = new ValueOrder(key.key(), spec, columns)::compare;
      one = key.descending() ? one.reversed() : one;
      order = order == null ? one : order.thenComparing(one);
    }
    return order;
  }

  /** Rows with their hidden columns. */
  interface RowSource {
    /** Null after the last. */
    Row next();
  }

  /** One stream after the other. */
  private static final class ConcatSource implements RowSource {
    private final List<RowStream> streams;
    private int at;

    ConcatSource(List<RowStream> streams) {
      this.streams = streams;
    }

    @Override
    public Row next() {
      while (at < streams.size()) {
        Row row = streams.get(at).next();
        if (row != null) {
          return row;
        }
        at++;
      }
      return null;
    }
  }
}
