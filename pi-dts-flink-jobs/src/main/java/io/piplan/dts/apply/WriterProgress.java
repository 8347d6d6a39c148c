package io.piplan.dts.apply;

import io.piplan.dts.Lsn;

/**
 * How far a writer is, as it is stored with each of its transactions.
 *
 * @param position everything before it has been applied
 * @param sourceMillis source commit time of the last change applied, 0 if none yet
 * @param freshMillis all that the source had committed at this time has been applied; 0 if not
 *     known
 * @param heartbeatMillis when the newest heartbeat that has come through was written; 0 if none has
 * @param gtids the transactions before the position's, as the source spells a GTID set; null if
 *     they are not known
 */
public record WriterProgress(
    Lsn position, long sourceMillis, long freshMillis, long heartbeatMillis, String gtids) {

  /** One that says nothing of freshness. */
  public static WriterProgress at(Lsn position, long sourceMillis) {
    return new WriterProgress(position, sourceMillis, 0, 0, null);
  }
}
