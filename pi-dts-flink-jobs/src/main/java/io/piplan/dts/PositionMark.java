package io.piplan.dts;

import java.util.Objects;

/**
 * Says to one writer: everything below {@code lsn} has been sent. Sent at the end of each source
 * transaction and when the source is idle, so that writers know how far they are. At every
 * checkpoint each writer gets one, so that after a restore no writer's progress is below where the
 * stream goes on.
 *
 * @param writer index of the writer it is addressed to
 * @param lsn a boundary
 * @param previous as in {@link ChangeEvent}
 * @param transactionEnd whether a source transaction ended here
 * @param sourceMillis all that the source had committed at this time, epoch milliseconds, lies
 *     before {@code lsn}: the commit time of the transaction that ended here, or now where the
 *     source has nothing more; 0 if not known
 * @param heartbeatMillis when the newest {@link Heartbeat} before {@code lsn} was written, by the
 *     source's clock; 0 if there is none that was not told before
 * @param quiet whether nothing lies between this mark and the last one that is not quiet but what
 *     syncs write of themselves. Such a mark is not worth storing: two syncs that go opposite ways
 *     would each store the other's storing, for ever
 * @param gtids the transactions before {@code lsn}, as the source spells a GTID set; null if they
 *     are not known
 */
public record PositionMark(
    int writer,
    Lsn lsn,
    Lsn previous,
    boolean transactionEnd,
    long sourceMillis,
    long heartbeatMillis,
    boolean quiet,
    String gtids)
    implements StreamElement {
  public PositionMark {
    Objects.requireNonNull(lsn, "lsn");
    Objects.requireNonNull(previous, "previous");
  }

  public PositionMark withQuiet(boolean newQuiet) {
    return newQuiet == quiet
        ? this
        : new PositionMark(
            writer, lsn, previous, transactionEnd, sourceMillis, heartbeatMillis, newQuiet, gtids);
  }

  /** One that says nothing of GTIDs. */
  public PositionMark(
      int writer,
      Lsn lsn,
      Lsn previous,
      boolean transactionEnd,
      long sourceMillis,
      long heartbeatMillis,
      boolean quiet) {
    this(writer, lsn, previous, transactionEnd, sourceMillis, heartbeatMillis, quiet, null);
  }

  /** One that is not quiet. */
  public PositionMark(
      int writer,
      Lsn lsn,
      Lsn previous,
      boolean transactionEnd,
      long sourceMillis,
      long heartbeatMillis) {
    this(writer, lsn, previous, transactionEnd, sourceMillis, heartbeatMillis, false, null);
  }

  /** One that tells of no heartbeat and is not quiet. */
  public PositionMark(
      int writer, Lsn lsn, Lsn previous, boolean transactionEnd, long sourceMillis) {
    this(writer, lsn, previous, transactionEnd, sourceMillis, 0, false, null);
  }
}
