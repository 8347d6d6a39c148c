package io.piplan.dts.copy;

import io.piplan.dts.ChunkId;
import java.util.Objects;
import java.util.Optional;

/**
 * Rows of a table above {@code after} up to and with {@code upTo}; both empty for a whole table.
 * The chunks of a table cover every key there can be, each once, whatever is inserted meanwhile.
 */
public record Chunk(ChunkId id, Optional<KeyBound> after, Optional<KeyBound> upTo) {
  public Chunk {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(after, "after");
    Objects.requireNonNull(upTo, "upTo");
  }

  /** Whether no chunk of the table comes after it. */
  public boolean isLast() {
    return upTo.isEmpty();
  }
}
