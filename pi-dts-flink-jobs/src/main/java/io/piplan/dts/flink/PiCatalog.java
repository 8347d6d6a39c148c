package io.piplan.dts.flink;

import io.piplan.dts.Column;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.sql.CatalogSettings;
import io.piplan.dts.sql.CatalogType;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.SystemTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.CatalogDatabase;
import org.apache.flink.table.catalog.CatalogDatabaseImpl;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.catalog.ObjectPath;
import org.apache.flink.table.catalog.exceptions.CatalogException;
import org.apache.flink.table.catalog.exceptions.DatabaseNotExistException;
import org.apache.flink.table.catalog.exceptions.TableNotExistException;
import org.apache.flink.table.factories.Factory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.DataType;

/**
 * A database server as a Flink catalog: MySQL's databases or PostgreSQL's schemas, their tables,
 * columns, keys and comments, read from the server at every question. Its tables hold no connection
 * options, so that nothing that shows a table can show a password.
 */
public final class PiCatalog extends ReadOnlyCatalog {
  /** Flink wants some default database; a MySQL catalog need not name one. */
  private static final String NO_DATABASE = "none";

  private final CatalogSettings settings;
  private final LiveTables live;
  private final Factory factory;

  public PiCatalog(
      String name, CatalogSettings settings, JobStreams streams, SecretLookup secrets) {
    super(name, settings.defaultDatabase().orElse(NO_DATABASE));
    this.settings = settings;
    this.live = new LiveTables(settings.server(), Side.SOURCE);
    this.factory = new CatalogTableFactory(settings, streams, secrets);
  }

  @Override
  public Optional<Factory> getFactory() {
    return Optional.of(factory);
  }

  @Override
  public void open() {
    // Nothing is held open: a catalog may live as long as a job's client.
  }

  @Override
  public void close() {
    // See open().
  }

  @Override
  public List<String> listDatabases() {
    return live.databases();
  }

  @Override
  public CatalogDatabase getDatabase(String name) throws DatabaseNotExistException {
    if (!databaseExists(name)) {
      throw new DatabaseNotExistException(getName(), name);
    }
    return new CatalogDatabaseImpl(Map.of(), "");
  }

  @Override
  public boolean databaseExists(String name) {
    return name.equals(NO_DATABASE) || live.databases().contains(name);
  }

  @Override
  public List<String> listTables(String database) throws DatabaseNotExistException {
    if (!databaseExists(database)) {
      throw new DatabaseNotExistException(getName(), database);
    }
    return live.tables(database);
  }

  @Override
  public boolean tableExists(ObjectPath path) throws CatalogException {
    return find(path).isPresent();
  }

  @Override
  public CatalogBaseTable getTable(ObjectPath path) throws TableNotExistException {
    TableSchema schema = find(path).orElseThrow(() -> new TableNotExistException(getName(), path));
    SystemTable system = systemTable(path).orElse(null);
    Schema.Builder columns = Schema.newBuilder();
    for (Column column : schema.columns()) {
      boolean writable = system == SystemTable.APPLY || system == SystemTable.UPSERT;
      if (!writable || !column.generated()) {
        columns.column(column.name(), type(column, schema, writable));
        columns.withComment(column.comment());
      }
    }
    if (isRead(system)) {
      RowMetadata.all()
          .forEach(
              (key, type) -> columns.columnByMetadata(metadataName(schema, key), type, key, true));
    } else if (system == SystemTable.APPLY) {
      columns.columnByMetadata(SystemTable.LSN_COLUMN, DataTypes.STRING());
    }
    // Without a key the planner sorts nothing by it: rows keep the order of their positions, and
    // the
    // writer finds the key on the target. A log has many rows of a key.
    boolean keyed = system != SystemTable.APPLY && system != SystemTable.CHANGES;
    if (!schema.key().isEmpty() && keyed) {
      columns.primaryKey(schema.key());
    }
    Map<String, String> options = new HashMap<>();
    options.put(FactoryUtil.CONNECTOR.key(), settings.type().identifier());
    return CatalogTable.newBuilder()
        .schema(columns.build())
        .comment(schema.comment())
        .options(options)
        .build();
  }

  private static DataType type(Column column, TableSchema schema, boolean unbounded) {
    DataType type = unbounded ? FlinkTypes.unbounded(column) : FlinkTypes.of(column);
    return schema.key().contains(column.name()) ? type.notNull() : type;
  }

  /** A column of the table keeps its name; metadata of the same name is left to the full key. */
  private static String metadataName(TableSchema schema, String key) {
    return schema.indexOf(key) < 0 ? key : key + "$";
  }

  private Optional<TableSchema> find(ObjectPath path) {
    Optional<SystemTable> system = systemTable(path);
    if (system.isPresent() && !has(system.get())) {
      return Optional.empty();
    }
    String table = path.getObjectName();
    if (system.isPresent()) {
      table = table.substring(0, table.length() - system.get().suffix().length());
    }
    return live.find(new TableId(path.getDatabaseName(), table));
  }

  private boolean has(SystemTable system) {
    return !isRead(system) || settings.type() == CatalogType.MYSQL;
  }

  private static boolean isRead(SystemTable system) {
    return system == SystemTable.CHANGES || system == SystemTable.STREAM;
  }

  private static Optional<SystemTable> systemTable(ObjectPath path) {
    for (SystemTable system : SystemTable.values()) {
      if (path.getObjectName().endsWith(system.suffix())) {
        return Optional.of(system);
      }
    }
    return Optional.empty();
  }
}
