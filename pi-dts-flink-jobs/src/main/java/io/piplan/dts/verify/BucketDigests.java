package io.piplan.dts.verify;

import java.util.Arrays;

/** What one side says about each bucket of a table; as numbers only, as there are many. */
final class BucketDigests {
  private final long[] rows;
  private final long[] digests;

  BucketDigests(int buckets) {
    this.rows = new long[buckets];
    this.digests = new long[buckets];
  }

  void put(int bucket, long count, long digest) {
    rows[bucket] = count;
    digests[bucket] = digest;
  }

  long rows() {
    return Arrays.stream(rows).sum();
  }

  long rows(int bucket) {
    return rows[bucket];
  }

  boolean agree(BucketDigests other, int bucket) {
    return rows[bucket] == other.rows[bucket] && digests[bucket] == other.digests[bucket];
  }
}
