package io.piplan.dts.job;

import java.util.List;

/** What a sync has recorded of one row at its target. */
interface RowRecords extends AutoCloseable {
  /** How far the row's writer is; null if it has not written yet. */
  RowHistory.Writer writer();

  /** Changes that the target refused. */
  List<RowHistory.DeadLetter> deadLetters();

  /** Null if the row is not locked. */
  default RowHistory.Lock lock() {
    return null;
  }

  default List<RowHistory.Aside> aside() {
    return List.of();
  }

  default List<RowHistory.Conflict> conflicts() {
    return List.of();
  }

  /** Null if there is none. */
  default RowHistory.Tombstone tombstone() {
    return null;
  }

  /** Why the target refused the row when it was made again. */
  default List<String> refusedAgain() {
    return List.of();
  }

  @Override
  default void close() {}
}
