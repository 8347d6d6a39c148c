package io.piplan.dts.job;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.apply.CopyGuard;
import io.piplan.dts.apply.MappingProvider;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.ddl.TrackedTables;
import io.piplan.dts.hive.HiveTables;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.sql.HiveOptions;
import java.util.List;

/** Maps tables as they are at a place of the stream to Hive. */
final class TrackedHiveMappingProvider implements MappingProvider {
  private final HiveServer target;
  private final TrackedTables tables;
  private final HiveOptions options;
  private final boolean create;

  TrackedHiveMappingProvider(
      HiveServer target, TrackedTables tables, HiveOptions options, boolean create) {
    this.target = target;
    this.tables = tables;
    this.options = options;
    this.create = create;
  }

  @Override
  public TableMapping mapping(TableId table) {
    return mapping(table, null);
  }

  @Override
  public TableMapping mapping(TableId table, Lsn at) {
    TrackedTables.At found = tables.require(table, at);
    try (HiveTables hive = new HiveTables(target, options)) {
      return hive.mapping(found.definition().schema(), found.target(), create, found.divergence());
    }
  }

  @Override
  public CopyGuard copies(TableId table, Lsn at) {
    return tables
        .find(table, at)
        .map(found -> new CopyGuard(true, found.since(), found.layout()))
        .orElse(CopyGuard.NONE);
  }

  @Override
  public Lsn settled() {
    return tables.settled();
  }

  @Override
  public List<TableId> tied(Lsn at) {
    return tables.tied(at);
  }
}
