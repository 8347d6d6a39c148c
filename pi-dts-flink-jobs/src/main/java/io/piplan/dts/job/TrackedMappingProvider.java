package io.piplan.dts.job;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.CopyGuard;
import io.piplan.dts.apply.MappingProvider;
import io.piplan.dts.apply.RowLanes;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.ddl.TrackedTables;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.TargetTables;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Maps tables as they are at a place of the stream. */
final class TrackedMappingProvider implements MappingProvider {
  private final DatabaseServer target;
  private final TrackedTables tables;
  private final boolean create;

  TrackedMappingProvider(DatabaseServer target, TrackedTables tables, boolean create) {
    this.target = target;
    this.tables = tables;
    this.create = create;
  }

  @Override
  public TableMapping mapping(TableId table) {
    return mapping(table, null);
  }

  @Override
  public TableMapping mapping(TableId table, Lsn at) {
    TrackedTables.At found = tables.require(table, at);
    try (Connection to = target.connect(Side.TARGET)) {
      TargetTables targets = TargetTables.on(to);
      return create
          ? targets.ensure(found.definition(), found.target(), found.divergence())
          : targets.map(found.definition().schema(), found.target(), found.divergence());
    } catch (SQLException e) {
      // Only closing is left to fail; what was read is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
  }

  @Override
  public Optional<RowLanes> lanes(TableSchema source, Lsn at) {
    return tables.find(source.id(), at).map(found -> RowLanes.of(source, found.group()));
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
