package io.piplan.dts.copy;

import io.piplan.dts.TableId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * State of a table's copy, as a checkpoint holds it.
 *
 * @param last the last chunk planned, if any
 * @param open chunks planned and not known to be done on the target
 * @param born as in {@link TableSeen}
 */
public record TableCopy(
    TableId table,
    long estimatedRows,
    Optional<Chunk> last,
    long chunks,
    long chunksDone,
    long copiedRows,
    List<Chunk> open,
    String born) {
  public TableCopy {
    Objects.requireNonNull(table, "table");
    open = List.copyOf(open);
  }

  public boolean planned() {
    return last.isPresent() && last.get().isLast();
  }

  public boolean done() {
    return planned() && open.isEmpty();
  }
}
