package io.piplan.dts.job;

import io.piplan.dts.LaneGroups;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.MappingProvider;
import io.piplan.dts.apply.RowLanes;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.TargetTables;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Maps tables by asking both databases when a table is first seen. */
final class LiveMappingProvider implements MappingProvider {
  private final MySqlServer source;
  private final DatabaseServer target;
  private final TableNames names;
  private final LaneGroups lanes;
  private final boolean create;

  LiveMappingProvider(
      MySqlServer source,
      DatabaseServer target,
      TableNames names,
      LaneGroups lanes,
      boolean create) {
    this.source = source;
    this.target = target;
    this.names = names;
    this.lanes = lanes;
    this.create = create;
  }

  @Override
  public Optional<RowLanes> lanes(TableSchema table, Lsn at) {
    return Optional.of(RowLanes.of(table, lanes.group(table, at)));
  }

  @Override
  public List<TableId> tied() {
    try (Connection from = source.connect(Side.SOURCE)) {
      return List.copyOf(new MySqlSchemaReader(from).tied(names.sourceDatabase(), names::includes));
    } catch (SQLException e) {
      // Only closing is left to fail; what was read is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
  }

  @Override
  public TableMapping mapping(TableId table) {
    try (Connection from = source.connect(Side.SOURCE);
        Connection to = target.connect(Side.TARGET)) {
      TableDefinition definition = names.keyed(new MySqlSchemaReader(from).read(table));
      TargetTables tables = TargetTables.on(to);
      TableId targetId = names.target(table);
      return create
          ? tables.ensure(definition, targetId)
          : tables.map(definition.schema(), targetId);
    } catch (SQLException e) {
      // Only closing is left to fail; what was read is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
  }
}
