package io.piplan.dal.session;

import java.util.List;

/**
 * What was found in the two copies of a double-sharding table.
 *
 * @param rows how many rows the copy that is taken for right has
 * @param differing keys of which the copies differ, or whose row is on a wrong shard
 * @param mended how many of these were made equal
 * @param examples the first of them, readable
 */
public record CopyReport(long rows, long differing, long mended, List<String> examples) {
  public CopyReport {
    examples = List.copyOf(examples);
  }
}
