package io.piplan.dts.apply;

/**
 * Decides by versions, and by nothing else, what becomes of a change. Pure.
 *
 * <p>A delete carries the version of the row that it deletes: it may take away that one or an older
 * one. Anything else has to be newer than what is there, or than what was deleted there.
 */
final class VersionRule {
  private VersionRule() {}

  /** Where a change comes from. */
  enum Origin {
    /** The source's binlog. */
    BINLOG,
    /** The copy of the table: mends rows of its own version too. */
    COPY,
    /** What was kept aside, after somebody decided that the source is right. */
    ASIDE
  }

  /**
   * What the target has for the row of a change.
   *
   * @param locked whether nothing may be applied to it
   * @param present whether there is a row
   * @param age of the change's version to that of the row, or of what was deleted where there is
   *     none; {@code UNKNOWN} where nothing is known
   */
  record Found(boolean locked, boolean present, Age age) {}

  /**
   * @param removes whether the change takes the row away
   * @param raises whether the change gave the row a version of its own: a write that leaves the
   *     version as it is can't be told from its replay, so the source's order counts
   */
  static Verdict decide(Origin origin, boolean removes, boolean raises, Found found) {
    if (found.locked()) {
      return Verdict.ASIDE;
    }
    return switch (found.age()) {
      case OLDER -> removes && !found.present() ? Verdict.APPLY : Verdict.STALE;
      case NEWER, UNKNOWN -> Verdict.APPLY;
      case SAME -> same(origin, removes, raises, found.present());
    };
  }

  private static Verdict same(Origin origin, boolean removes, boolean raises, boolean present) {
    if (removes) {
      return Verdict.APPLY;
    }
    if (!present) {
      // It is the state that was deleted.
      return Verdict.REPLAY;
    }
    return raises && origin == Origin.BINLOG ? Verdict.REPLAY : Verdict.APPLY;
  }
}
