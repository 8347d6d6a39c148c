package io.piplan.dts;

import java.util.Objects;

/** A chunk of a table's copy: rows of a key range, numbered from 0 within the table. */
public record ChunkId(TableId table, int number) {
  public ChunkId {
    Objects.requireNonNull(table, "table");
  }

  @Override
  public String toString() {
    return table + "#" + number;
  }
}
