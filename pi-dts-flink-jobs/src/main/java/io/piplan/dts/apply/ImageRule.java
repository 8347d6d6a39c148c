package io.piplan.dts.apply;

import io.piplan.dts.Row;

/**
 * Decides whether the target's row is what the source's row was before a change. Pure.
 *
 * <p>A change that leads to what the target has already is never a conflict. Where rows have
 * versions of zones, a target that is behind is none either if zones took turns in writing the row:
 * their changes come by different ways, and the newest wins whatever comes first.
 */
final class ImageRule {
  private ImageRule() {}

  /**
   * @param before null for an insert
   * @param after null for a delete
   * @param version null if the table has none
   * @return what is wrong, or null
   */
  static ConflictKind check(Row before, Row after, FoundRow found, VersionColumn version) {
    if (found.isChanged()) {
      // As the change before left it, which held the lock of the row ever since.
      return null;
    }
    if (!found.isPresent()) {
      return missing(before, after, version);
    }
    if (found.isSameAsBefore() || found.isSameAsAfter()) {
      return null;
    }
    if (before == null) {
      return version != null && !version.sameZone(version.of(after), found.version())
          ? null
          : ConflictKind.ROW_EXISTS;
    }
    return differs(before, after, found, version) ? ConflictKind.ROW_DIFFERS : null;
  }

  private static ConflictKind missing(Row before, Row after, VersionColumn version) {
    if (before == null || after == null) {
      return null;
    }
    return version != null && !version.sameZone(version.of(before), version.of(after))
        ? null
        : ConflictKind.ROW_MISSING;
  }

  private static boolean differs(Row before, Row after, FoundRow found, VersionColumn version) {
    if (version == null || version.age(found.version(), version.of(before)) != Age.OLDER) {
      return true;
    }
    byte[] change = version.of(after == null ? before : after);
    return version.sameZone(found.version(), version.of(before))
        && version.sameZone(found.version(), change);
  }
}
