package io.piplan.dts;

import java.util.Objects;

/**
 * A chunk of a table's copy: rows of a key range, numbered from 0 within the table. Numbers below 0
 * are those of parts of a table that are copied again.
 */
public record ChunkId(TableId table, int number) {
  public ChunkId {
    Objects.requireNonNull(table, "table");
  }

  /** Whether the target has been copied before, so that what it has may be right or wrong. */
  public boolean isAgain() {
    return number < 0;
  }

  @Override
  public String toString() {
    return table + "#" + number;
  }
}
