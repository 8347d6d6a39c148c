package io.piplan.dts.flink;

import io.piplan.dts.StartPosition;
import org.apache.flink.api.connector.source.SourceSplit;

/** The one split of a binlog: all of it, from a place on. */
public record BinlogSplit(StartPosition start) implements SourceSplit {
  static final String ID = "binlog";

  @Override
  public String splitId() {
    return ID;
  }
}
