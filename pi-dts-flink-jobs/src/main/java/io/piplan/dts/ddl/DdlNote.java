package io.piplan.dts.ddl;

import io.piplan.dts.Lsn;

/**
 * What was done for a statement, as a {@link TextTarget} keeps it.
 *
 * @param target what was done, in words
 * @param note what is left out, or why it failed
 * @param doneMillis 0 if it is not done
 */
record DdlNote(
    String file,
    long position,
    long event,
    String statement,
    DdlLog.State state,
    String target,
    String note,
    long sourceMillis,
    long begunMillis,
    long doneMillis) {
  boolean isOf(Lsn place) {
    return lsn().equals(new Lsn(place.file(), place.position(), place.event(), 0));
  }

  Lsn lsn() {
    return new Lsn(file, position, event, 0);
  }
}
