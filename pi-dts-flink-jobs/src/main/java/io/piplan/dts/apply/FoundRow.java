package io.piplan.dts.apply;

import io.piplan.dts.Row;

/**
 * One row of the target as it is at a point of a batch: as it was read, then as the changes before
 * made it. Used by one thread.
 */
final class FoundRow {
  private boolean present;
  private byte[] version;
  private String tombstone;
  private Row image;
  private boolean sameAsBefore;
  private boolean sameAsAfter;
  private boolean changed;

  private FoundRow(boolean present, byte[] version) {
    this.present = present;
    this.version = version;
  }

  static FoundRow missing() {
    return new FoundRow(false, null);
  }

  /**
   * @param version null if the table has none
   */
  static FoundRow there(byte[] version) {
    return new FoundRow(true, version);
  }

  /**
   * Notes how the row compares with the images of the first change to it.
   *
   * @param image the whole row
   */
  void compared(Row image, boolean sameAsBefore, boolean sameAsAfter) {
    this.image = image;
    this.sameAsBefore = sameAsBefore;
    this.sameAsAfter = sameAsAfter;
  }

  /** The same for a later change, where the ones before were dropped and the row is known still. */
  void compareAnew(Row before, Row after, RowMatch match) {
    if (!changed && image != null) {
      sameAsBefore = before != null && match.same(before, image);
      sameAsAfter = after != null && match.same(after, image);
    }
  }

  /** What was deleted under this key; null if nothing is known. */
  void buried(String deletedVersion) {
    this.tombstone = deletedVersion;
  }

  boolean isPresent() {
    return present;
  }

  byte[] version() {
    return version;
  }

  String tombstone() {
    return tombstone;
  }

  /** The row as it was read, where that is known and nothing was applied since. */
  Row image() {
    return changed ? null : image;
  }

  boolean isSameAsBefore() {
    return sameAsBefore;
  }

  boolean isSameAsAfter() {
    return sameAsAfter;
  }

  /** Whether the row is as a change of this batch left it. */
  boolean isChanged() {
    return changed;
  }

  void put(byte[] newVersion) {
    present = true;
    changed = true;
    version = newVersion;
    tombstone = null;
  }

  /**
   * @param deletedVersion the newest version that was deleted under this key; null if nothing is
   *     known
   */
  void remove(String deletedVersion) {
    present = false;
    changed = true;
    version = null;
    tombstone = deletedVersion;
  }
}
