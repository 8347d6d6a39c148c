package io.piplan.dts.verify;

/**
 * What one side says about a range.
 *
 * @param complete whether every row is in the digest
 * @param extent the lowest and highest key there are in the range, null if it has no rows
 */
record RangeDigest(long rows, long digest, boolean complete, KeyRange extent) {
  boolean agrees(RangeDigest other) {
    return complete && other.complete && rows == other.rows && digest == other.digest;
  }
}
