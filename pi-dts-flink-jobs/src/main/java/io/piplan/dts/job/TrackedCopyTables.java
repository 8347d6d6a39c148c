package io.piplan.dts.job;

import io.piplan.dts.TableId;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyTables;
import io.piplan.dts.copy.TableSeen;
import io.piplan.dts.ddl.TrackedTables;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The tables that the reader of the binlog has seen so far, read as the source has them now. */
final class TrackedCopyTables implements CopyTables {
  private final CopyTables live;
  private final TrackedTables tables;

  TrackedCopyTables(CopyTables live, TrackedTables tables) {
    this.live = live;
    this.tables = tables;
  }

  @Override
  public Optional<Map<TableId, TableSeen>> tables() {
    return tables
        .newest()
        .map(
            seen -> {
              Map<TableId, TableSeen> all = new TreeMap<>();
              seen.forEach((id, one) -> all.put(id, new TableSeen(one.since(), one.born())));
              return all;
            });
  }

  @Override
  public boolean isAwaited(TableId table) {
    return tables.isUnread(table);
  }

  @Override
  public Duration asking() {
    return Duration.ofSeconds(1);
  }

  @Override
  public CopiedTable table(TableId table) {
    return live.table(table);
  }
}
