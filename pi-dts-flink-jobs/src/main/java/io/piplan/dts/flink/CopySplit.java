package io.piplan.dts.flink;

import io.piplan.dts.copy.Chunk;
import org.apache.flink.api.connector.source.SourceSplit;

/** A chunk on its way to a reader. */
record CopySplit(Chunk chunk) implements SourceSplit {
  @Override
  public String splitId() {
    return chunk.id().table().database()
        + '\0'
        + chunk.id().table().table()
        + '\0'
        + chunk.id().number();
  }
}
