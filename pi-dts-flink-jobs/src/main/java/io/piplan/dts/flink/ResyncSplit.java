package io.piplan.dts.flink;

import io.piplan.dts.resync.ResyncPart;
import org.apache.flink.api.connector.source.SourceSplit;

/** A part of a resync on its way to a reader. */
record ResyncSplit(ResyncPart part) implements SourceSplit {
  @Override
  public String splitId() {
    return part.chunk().table().database()
        + '\0'
        + part.chunk().table().table()
        + '\0'
        + part.chunk().number();
  }
}
