package io.piplan.dts.apply;

import java.io.Serializable;

/**
 * What a writer looks at before it changes a row.
 *
 * @param versions the row versions: an older one never replaces a newer one
 * @param verifies whether the target's row must be the change's before image
 * @param copies whether the sync copies its tables, so that rows may still be missing
 * @param zeroDatesAreNull whether zero dates are written as NULL
 * @param tombstoneMillis how long keys of deleted rows are remembered
 * @param forgets the tables of which they are forgotten then
 */
public record GuardOptions(
    VersionChoice versions,
    boolean verifies,
    boolean copies,
    boolean zeroDatesAreNull,
    long tombstoneMillis,
    TombstoneChoice forgets)
    implements Serializable {
  /** Rows are written whatever is there. */
  public static final GuardOptions OFF =
      new GuardOptions(
          VersionChoice.NOTHING, false, false, false, 7 * 86_400_000L, TombstoneChoice.NONE);
}
