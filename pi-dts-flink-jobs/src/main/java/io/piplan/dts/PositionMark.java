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
 * @param sourceMillis source time in epoch milliseconds, 0 if not known
 */
public record PositionMark(
    int writer, Lsn lsn, Lsn previous, boolean transactionEnd, long sourceMillis)
    implements StreamElement {
  public PositionMark {
    Objects.requireNonNull(lsn, "lsn");
    Objects.requireNonNull(previous, "previous");
  }
}
