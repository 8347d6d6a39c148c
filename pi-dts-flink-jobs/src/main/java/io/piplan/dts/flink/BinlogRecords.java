package io.piplan.dts.flink;

import io.piplan.dts.DtsException;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StreamElement;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;

/**
 * One batch of elements. A failure stands behind its elements, so that everything read before it is
 * emitted first.
 */
final class BinlogRecords implements RecordsWithSplitIds<StreamElement> {
  private final Iterator<StreamElement> elements;
  private final DtsException failure;
  private final Optional<SchemaChange> change;
  private boolean splitGiven;

  BinlogRecords(List<StreamElement> elements, DtsException failure) {
    this.elements = elements.iterator();
    this.failure = failure;
    boolean ends = !elements.isEmpty() && elements.get(elements.size() - 1) instanceof SchemaChange;
    this.change =
        ends ? Optional.of((SchemaChange) elements.get(elements.size() - 1)) : Optional.empty();
  }

  /** The change of tables that it ends with, if it does. */
  Optional<SchemaChange> change() {
    return change;
  }

  static BinlogRecords none() {
    return new BinlogRecords(List.of(), null);
  }

  @Override
  public String nextSplit() {
    if (splitGiven) {
      return null;
    }
    splitGiven = true;
    return BinlogSplit.ID;
  }

  @Override
  public StreamElement nextRecordFromSplit() {
    if (elements.hasNext()) {
      return elements.next();
    }
    if (failure != null) {
      throw failure;
    }
    return null;
  }

  @Override
  public Set<String> finishedSplits() {
    return Set.of();
  }
}
