package io.piplan.dts.flink;

import io.piplan.dts.StartPosition;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * The one split of a binlog: all of it, from a place on.
 *
 * @param timeline the number of the timeline that the place belongs to
 */
public record BinlogSplit(StartPosition start, int timeline) implements SourceSplit {
  static final String ID = "binlog";

  /** On the first timeline. */
  public BinlogSplit(StartPosition start) {
    this(start, 0);
  }

  @Override
  public String splitId() {
    return ID;
  }
}
