package io.piplan.dts.schema;

import io.piplan.dts.SchemaProvider;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads schemas from the source when first asked for, and remembers them. */
public final class LiveSchemaProvider implements SchemaProvider {
  private final MySqlServer source;
  private final HashMap<TableId, List<String>> declaredKeys;
  private transient Map<TableId, TableSchema> known;

  /**
   * @param declaredKeys key columns that the definition names, for tables without a key
   */
  public LiveSchemaProvider(MySqlServer source, Map<TableId, List<String>> declaredKeys) {
    this.source = source;
    this.declaredKeys = new HashMap<>(declaredKeys);
  }

  @Override
  public TableSchema schema(TableId table) {
    if (known == null) {
      known = new HashMap<>();
    }
    TableSchema schema = known.get(table);
    if (schema == null) {
      schema = read(table);
      known.put(table, schema);
    }
    return schema;
  }

  /** Makes the next call read the table's schema anew. */
  public void forget(TableId table) {
    if (known != null) {
      known.remove(table);
    }
  }

  private TableSchema read(TableId table) {
    try (Connection connection = source.connect(Side.SOURCE)) {
      TableDefinition definition = new MySqlSchemaReader(connection).read(table);
      List<String> declared = declaredKeys.get(table);
      return definition.schema().key().isEmpty() && declared != null
          ? definition.withKey(declared).schema()
          : definition.schema();
    } catch (SQLException e) {
      // Only closing is left to fail; what was read is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
  }
}
