package io.piplan.dts.apply;

import io.piplan.dts.Layout;
import io.piplan.dts.Lsn;

/**
 * Tells copied rows of a table as it is from those of the table as it was: the latter are of no use
 * and are read again.
 *
 * @param wanted whether the table is copied at all
 * @param since since when the table is as it is
 * @param layout as in {@link io.piplan.dts.CopyBatch}
 */
public record CopyGuard(boolean wanted, Lsn since, int layout) {
  public static final CopyGuard ALL = new CopyGuard(true, Lsn.START, Layout.ANY);
  public static final CopyGuard NONE = new CopyGuard(false, Lsn.START, Layout.ANY);

  boolean takes(Lsn snapshot, int read) {
    boolean same = layout == Layout.ANY || read == Layout.ANY || layout == read;
    return wanted && same && since.isAtOrBefore(snapshot);
  }
}
