package io.piplan.dts;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * A row that a sync writes at its source again and again, to see when it comes out at the other
 * end: the lag is known also when the source is idle. The row is never applied to the target, so it
 * cannot go round in a circle of syncs.
 *
 * @param table at the source; several syncs may share it, each has its own row
 * @param sync whose row it is
 * @param interval between two writes
 */
public record Heartbeat(TableId table, String sync, Duration interval) implements Serializable {
  /** The table's name where nobody gives another. */
  public static final String TABLE = "pi_dts_heartbeat";

  public Heartbeat {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(sync, "sync");
    Objects.requireNonNull(interval, "interval");
  }

  /**
   * Of the table as {@link io.piplan.dts.jdbc} makes it: whose row it is, and when it was written.
   */
  public TableSchema schema() {
    Column name =
        new Column(
            "sync",
            ColumnType.VARCHAR,
            "varchar(190)",
            false,
            190,
            0,
            "utf8mb4",
            "utf8mb4_bin",
            false,
            null,
            false,
            false,
            false,
            List.of(),
            "");
    Column written = Column.of("written_ms", ColumnType.BIGINT, "bigint", false);
    List<String> key = List.of("sync");
    return new TableSchema(
        table, List.of(name, written), key, List.of(new UniqueKey("PRIMARY", key)), List.of(), "");
  }
}
