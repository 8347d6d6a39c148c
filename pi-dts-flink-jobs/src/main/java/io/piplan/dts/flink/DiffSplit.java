package io.piplan.dts.flink;

import io.piplan.dts.verify.DiffPart;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * A part of a diff on its way to a reader.
 *
 * @param parts how many parts there are in all
 */
record DiffSplit(DiffPart part, int parts, long estimatedRows) implements SourceSplit {
  @Override
  public String splitId() {
    return Integer.toString(part.number());
  }
}
