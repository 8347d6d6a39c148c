package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.meta.RowVersion;
import io.piplan.meta.Zone;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What makes a database keep row versions, given the tables that it has. Changes nothing itself.
 * Does not own the connection.
 */
public final class VersionInstallation {
  private final Connection connection;
  private final String schema;
  private final boolean postgres;
  private final VersionTriggers triggers;

  /**
   * @param schema MySQL database or PostgreSQL schema
   */
  public VersionInstallation(Connection connection, String schema) throws SQLException {
    this.connection = connection;
    this.schema = schema;
    this.postgres = connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
    this.triggers = VersionTriggers.of(postgres);
  }

  /** All tables of the database but those of syncs. */
  public List<String> tables() {
    List<String> tables =
        postgres
            ? new PostgresSchemaReader(connection).tables(schema)
            : new MySqlSchemaReader(connection)
                .tables(schema).stream().map(TableId::table).toList();
    return tables.stream().filter(table -> !table.startsWith("pi_dts_")).toList();
  }

  /**
   * Statements that make the column where it is missing, and the triggers. To be run in this order
   * on one connection: apps do not write to a table while it is changed, and where triggers can't
   * be made the first that fails has changed nothing. They wait {@link VersionTriggers#PATIENCE}
   * seconds for older transactions and fail then; what the connection holds goes when it is closed.
   *
   * @param existing the zone that counts as the writer of rows that have no version yet
   */
  public List<String> install(List<String> tables, Zone zone, Zone existing) throws SQLException {
    List<String> dropped = new ArrayList<>();
    List<String> all = misnamed(tables, dropped);
    List<TableSchema> found = new ArrayList<>();
    for (String table : all) {
      found.add(find(new TableId(schema, table)));
    }
    List<String> statements = new ArrayList<>(triggers.begin());
    statements.addAll(triggers.prepare(schema));
    found.forEach(table -> statements.addAll(triggers.trial(table.id())));
    if (dropped.isEmpty() && all.size() == tables.size()) {
      for (TableSchema table : found) {
        statements.addAll(triggers.hold(List.of(table.id())));
        statements.addAll(install(table, zone, existing));
        statements.addAll(triggers.release());
      }
      return statements;
    }
    // A trigger of one may have to go before another can have it.
    statements.addAll(triggers.hold(found.stream().map(TableSchema::id).toList()));
    statements.addAll(dropped);
    for (TableSchema table : found) {
      statements.addAll(install(table, zone, existing));
    }
    statements.addAll(triggers.release());
    return statements;
  }

  private List<String> install(TableSchema table, Zone zone, Zone existing) throws SQLException {
    List<String> statements = new ArrayList<>();
    if (!hasColumn(table)) {
      statements.addAll(triggers.addColumn(table.id(), existing));
    } else if (VersionDefault.of(connection, table.id()).isVersion()) {
      statements.add(triggers.clearDefault(table.id()));
    }
    List<Column> key = table.key().stream().map(name -> table.column(name).orElseThrow()).toList();
    statements.addAll(triggers.install(table.id(), key, zone));
    return statements;
  }

  /** Statements that remove the triggers; columns stay. */
  public List<String> remove(List<String> tables) throws SQLException {
    List<String> statements = new ArrayList<>(triggers.begin());
    KeptVersions kept = postgres ? null : KeptVersions.read(connection, schema);
    for (String table : tables) {
      if (kept != null) {
        statements.addAll(kept.misnamed(table));
      }
      // Triggers of these names may be those of a table that has exchanged names with this one.
      TableId id = new TableId(schema, table);
      if (kept == null) {
        statements.addAll(triggers.hold(List.of(id)));
        statements.addAll(triggers.remove(id));
        statements.addAll(triggers.release());
      } else if (kept.holders(List.of(table)).isEmpty()) {
        statements.addAll(triggers.remove(id));
      }
    }
    return statements;
  }

  /**
   * Has the triggers dropped that tables had when they had other names. Returns the tables, with
   * those that have exchanged names with them, whose triggers have to be made anew too.
   */
  private List<String> misnamed(List<String> tables, List<String> statements) throws SQLException {
    if (postgres) {
      return tables;
    }
    KeptVersions kept = KeptVersions.read(connection, schema);
    List<String> all = new ArrayList<>(tables);
    all.addAll(kept.holders(tables));
    all.forEach(table -> statements.addAll(kept.misnamed(table)));
    return all;
  }

  private static boolean hasColumn(TableSchema table) {
    Optional<Column> column = table.column(RowVersion.COLUMN);
    if (column.isPresent()
        && (column.get().type() != ColumnType.BIGINT
            || column.get().unsigned()
            || column.get().nullable())) {
      throw new DtsException(
          DtsError.TARGET_MISMATCH,
          "table "
              + table.id()
              + " has a column "
              + RowVersion.COLUMN
              + " already, of type "
              + column.get().columnType()
              + (column.get().nullable() ? " NULL" : "")
              + "; expected BIGINT NOT NULL",
          "rename it if it is another one, or change its type");
    }
    return column.isPresent();
  }

  private TableSchema find(TableId id) {
    Optional<TableSchema> found =
        postgres
            ? new PostgresSchemaReader(connection).find(id)
            : new MySqlSchemaReader(connection).find(id).map(TableDefinition::schema);
    return found.orElseThrow(
        () ->
            new DtsException(
                DtsError.DEFINITION_UNKNOWN_OBJECT,
                "there is no table " + id,
                tables().isEmpty()
                    ? schema + " has no tables; correct its name"
                    : "name one of " + tables()));
  }
}
