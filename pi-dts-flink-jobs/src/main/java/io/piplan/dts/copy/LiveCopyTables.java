package io.piplan.dts.copy;

import io.piplan.dts.TableFilter;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.TableDefinition;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The tables of a source that a filter lets through, asked for on a connection per call. */
public final class LiveCopyTables implements CopyTables {
  /** Makes the test for a table's rows. */
  public interface RowTests extends Serializable {
    RowTests ALL = schema -> RowTest.ALL;

    RowTest of(TableSchema schema);
  }

  private final MySqlServer source;
  private final TableFilter filter;
  private final HashMap<TableId, List<String>> declaredKeys;
  private final RowTests rows;

  /**
   * @param declaredKeys key columns that the definition names, for tables without a key
   */
  public LiveCopyTables(
      MySqlServer source,
      TableFilter filter,
      Map<TableId, List<String>> declaredKeys,
      RowTests rows) {
    this.source = source;
    this.filter = filter;
    this.declaredKeys = new HashMap<>(declaredKeys);
    this.rows = rows;
  }

  @Override
  public Optional<Map<TableId, TableSeen>> tables() {
    Map<TableId, TableSeen> tables = new TreeMap<>();
    try (Connection connection = source.connect(Side.SOURCE)) {
      MySqlSchemaReader reader = new MySqlSchemaReader(connection);
      for (String database : reader.databases()) {
        if (filter.includesDatabase(database)) {
          reader.tables(database).stream()
              .filter(filter::includes)
              .forEach(table -> tables.put(table, TableSeen.UNKNOWN));
        }
      }
    } catch (SQLException e) {
      throw closing(e);
    }
    return Optional.of(tables);
  }

  @Override
  public CopiedTable table(TableId table) {
    try (Connection connection = source.connect(Side.SOURCE)) {
      TableDefinition definition = new MySqlSchemaReader(connection).read(table);
      List<String> declared = declaredKeys.get(table);
      TableSchema schema =
          definition.schema().key().isEmpty() && declared != null
              ? definition.withKey(declared).schema()
              : definition.schema();
      return new CopiedTable(
          schema, rows.of(schema), definition.estimatedRows(), definition.bytesPerRow());
    } catch (SQLException e) {
      throw closing(e);
    }
  }

  private static IllegalStateException closing(SQLException e) {
    // Only closing is left to fail; what was read is complete.
    return new IllegalStateException("closing a connection failed", e);
  }
}
