package io.piplan.dts;

import java.util.Objects;

/**
 * One row changed by one committed source transaction.
 *
 * @param lane the lane of the row's key; all changes of one key travel in one lane, in order
 * @param before the whole row before, null for an insert
 * @param after the whole row after, null for a delete
 * @param lsn its place in the binlog; boundaries never occur here
 * @param previous the place of the element sent to the same writer before it; {@link Lsn#START} for
 *     the first one of a stream that has no beginning (I4: a gap stops the stream)
 * @param sourceMillis commit time at the source in epoch milliseconds (whole seconds, as binlogs
 *     have it)
 * @param gtids the transactions before its own, as the source spells a GTID set; null if that is
 *     not known, or was said by an earlier change of the same transaction
 */
public record ChangeEvent(
    TableId table,
    int lane,
    Op op,
    Row before,
    Row after,
    Lsn lsn,
    Lsn previous,
    long sourceMillis,
    String gtids)
    implements StreamElement {
  public ChangeEvent {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(lsn, "lsn");
    Objects.requireNonNull(previous, "previous");
    if ((before == null) != (op == Op.INSERT) || (after == null) != (op == Op.DELETE)) {
      throw new IllegalArgumentException(
          op
              + " with "
              + (before == null ? "no " : "a ")
              + "before image and "
              + (after == null ? "no " : "an ")
              + "after image at "
              + lsn);
    }
  }

  /** One that says nothing of GTIDs. */
  public ChangeEvent(
      TableId table,
      int lane,
      Op op,
      Row before,
      Row after,
      Lsn lsn,
      Lsn previous,
      long sourceMillis) {
    this(table, lane, op, before, after, lsn, previous, sourceMillis, null);
  }

  /** The image that names the row as it was found: before for updates and deletes. */
  public Row keyRow() {
    return before == null ? after : before;
  }

  public ChangeEvent withAfter(Row newAfter) {
    return new ChangeEvent(table, lane, op, before, newAfter, lsn, previous, sourceMillis, gtids);
  }

  public ChangeEvent withRoute(int newLane, Lsn newPrevious) {
    return new ChangeEvent(
        table, newLane, op, before, after, lsn, newPrevious, sourceMillis, gtids);
  }

  public ChangeEvent withGtids(String newGtids) {
    return Objects.equals(newGtids, gtids)
        ? this
        : new ChangeEvent(table, lane, op, before, after, lsn, previous, sourceMillis, newGtids);
  }
}
