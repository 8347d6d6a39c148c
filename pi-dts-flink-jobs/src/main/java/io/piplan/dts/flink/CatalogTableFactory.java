package io.piplan.dts.flink;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.sql.CatalogSettings;
import io.piplan.dts.sql.CatalogType;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.SystemTable;
import io.piplan.dts.sql.TableSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;

/** Makes sources and sinks of a catalog's tables; the connection comes from the catalog. */
final class CatalogTableFactory implements DynamicTableSourceFactory, DynamicTableSinkFactory {
  private final CatalogSettings settings;
  private final JobStreams streams;
  private final SecretLookup secrets;

  CatalogTableFactory(CatalogSettings settings, JobStreams streams, SecretLookup secrets) {
    this.settings = settings;
    this.streams = streams;
    this.secrets = secrets;
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    TableId table = table(context.getObjectIdentifier());
    if (settings.type() != CatalogType.MYSQL) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "table " + context.getObjectIdentifier() + " is PostgreSQL's, which is only written to",
          "read from a catalog of type 'pi-mysql'");
    }
    Map<String, String> hint = new HashMap<>(context.getCatalogTable().getOptions());
    hint.remove(FactoryUtil.CONNECTOR.key());
    TableSettings read =
        new TableSettings(
            settings.server(),
            table.database(),
            table.table(),
            TableSettings.ofHint("the hint of table " + table, hint, settings, secrets));
    return new PiTableSource(
        read,
        false,
        context.getObjectIdentifier().getObjectName().endsWith(SystemTable.CHANGES.suffix()),
        context.getPhysicalRowDataType(),
        PiTableFactory.key(context.getCatalogTable()),
        streams.sources());
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    return new PiTableSink(
        settings.server(),
        table(context.getObjectIdentifier()),
        context.getPhysicalRowDataType(),
        PiTableFactory.key(context.getCatalogTable()),
        streams.sinks());
  }

  private static TableId table(ObjectIdentifier identifier) {
    String name = identifier.getObjectName();
    for (SystemTable system : SystemTable.values()) {
      if (name.endsWith(system.suffix())) {
        name = name.substring(0, name.length() - system.suffix().length());
      }
    }
    return new TableId(identifier.getDatabaseName(), name);
  }

  @Override
  public String factoryIdentifier() {
    return settings.type().identifier();
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of();
  }
}
