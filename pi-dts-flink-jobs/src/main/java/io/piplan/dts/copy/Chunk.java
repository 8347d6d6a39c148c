package io.piplan.dts.copy;

import io.piplan.dts.ChunkId;
import java.util.Objects;
import java.util.Optional;

/**
 * Rows of a table above {@code after} up to and with {@code upTo}; both empty for a whole table.
 * The chunks of a table cover every key there can be, each once, whatever is inserted meanwhile.
 *
 * @param key the columns of the bounds, in words; empty if any will do
 */
public record Chunk(ChunkId id, Optional<KeyBound> after, Optional<KeyBound> upTo, String key) {
  public Chunk {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(after, "after");
    Objects.requireNonNull(upTo, "upTo");
    Objects.requireNonNull(key, "key");
  }

  /** By a key that does not change. */
  public Chunk(ChunkId id, Optional<KeyBound> after, Optional<KeyBound> upTo) {
    this(id, after, upTo, "");
  }

  /** Whether no chunk of the table comes after it. */
  public boolean isLast() {
    return upTo.isEmpty();
  }
}
