package io.piplan.dts.verify;

/**
 * What one side says about a range.
 *
 * @param extent the lowest and highest key there are in the range, null if it has no rows
 */
record RangeDigest(long rows, long digest, KeyRange extent) {
  boolean agrees(RangeDigest other) {
    return rows == other.rows && digest == other.digest;
  }
}
