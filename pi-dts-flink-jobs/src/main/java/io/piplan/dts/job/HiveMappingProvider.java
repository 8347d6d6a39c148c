package io.piplan.dts.job;

import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.MappingProvider;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.hive.HiveTables;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.sql.HiveOptions;
import io.piplan.dts.sql.SyncOptions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Maps tables to Hive by asking both sides when a table is first seen. */
final class HiveMappingProvider implements MappingProvider {
  private final MySqlServer source;
  private final HiveServer target;
  private final TableNames names;
  private final HiveOptions options;
  private final boolean create;

  HiveMappingProvider(
      MySqlServer source, HiveServer target, TableNames names, SyncOptions options) {
    this.source = source;
    this.target = target;
    this.names = names;
    this.options = options.hive();
    this.create = options.targetTables() == SyncOptions.TargetTables.CREATE;
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
        HiveTables tables = new HiveTables(target, options)) {
      TableSchema schema = names.keyed(new MySqlSchemaReader(from).read(table)).schema();
      return tables.mapping(schema, names.target(table), create);
    } catch (SQLException e) {
      // Only closing is left to fail; what was read is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
  }
}
