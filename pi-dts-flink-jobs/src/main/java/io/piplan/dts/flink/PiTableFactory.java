package io.piplan.dts.flink;

import io.piplan.dts.TableId;
import io.piplan.dts.sql.CatalogType;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.SystemTable;
import io.piplan.dts.sql.TableSettings;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.cdc.connectors.mysql.table.MySqlTableSourceFactory;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.UniqueConstraint;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * Makes sources and sinks of tables that a definition creates with {@code 'connector' =
 * 'pi-mysql'}, {@code 'pi-postgres'}, or, for sources, Flink CDC's {@code 'mysql-cdc'}.
 */
final class PiTableFactory {
  static final String MYSQL_CDC = "mysql-cdc";

  private final JobStreams streams;
  private final SecretLookup secrets;

  PiTableFactory(JobStreams streams, SecretLookup secrets) {
    this.streams = streams;
    this.secrets = secrets;
  }

  /** Whether a source of this connector is made here. */
  static boolean isSource(String connector) {
    return CatalogType.MYSQL.identifier().equals(connector) || MYSQL_CDC.equals(connector);
  }

  /** Whether a sink of this connector is made here. */
  static boolean isSink(String connector) {
    return CatalogType.MYSQL.identifier().equals(connector)
        || CatalogType.POSTGRES.identifier().equals(connector);
  }

  DynamicTableSource source(DynamicTableFactory.Context context) {
    return new PiTableSource(
        TableSettings.ofSource(
            name(context), context.getCatalogTable().getOptions(), flinkCdcOptions(), secrets),
        true,
        false,
        context.getPhysicalRowDataType(),
        key(context.getCatalogTable()),
        streams.sources());
  }

  DynamicTableSink sink(DynamicTableFactory.Context context) {
    String connector = context.getCatalogTable().getOptions().get(FactoryUtil.CONNECTOR.key());
    CatalogType type =
        CatalogType.POSTGRES.identifier().equals(connector)
            ? CatalogType.POSTGRES
            : CatalogType.MYSQL;
    TableSettings settings =
        TableSettings.ofSink(
            name(context),
            type,
            context.getCatalogTable().getOptions(),
            flinkCdcOptions(),
            secrets);
    return new PiTableSink(
        settings.server(),
        new TableId(settings.database(), settings.table()),
        context.getPhysicalRowDataType(),
        key(context.getCatalogTable()),
        streams.sinks());
  }

  /** What messages call the table. */
  private static String name(DynamicTableFactory.Context context) {
    String name = context.getObjectIdentifier().getObjectName();
    for (SystemTable system : SystemTable.values()) {
      if (name.endsWith(system.suffix())) {
        name = name.substring(0, name.length() - system.suffix().length());
      }
    }
    return "table " + name;
  }

  static List<String> key(ResolvedCatalogTable table) {
    return table
        .getResolvedSchema()
        .getPrimaryKey()
        .map(UniqueConstraint::getColumns)
        .orElse(List.of());
  }

  /** What Flink CDC's own table takes. */
  static Set<String> flinkCdcOptions() {
    Set<ConfigOption<?>> options = new LinkedHashSet<>();
    MySqlTableSourceFactory stock = new MySqlTableSourceFactory();
    options.addAll(stock.requiredOptions());
    options.addAll(stock.optionalOptions());
    return options.stream()
        .map(ConfigOption::key)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Found by Flink under {@code pi-mysql}; without a run behind it, for planning only. */
  public static final class MySql implements DynamicTableSourceFactory, DynamicTableSinkFactory {
    @Override
    public String factoryIdentifier() {
      return CatalogType.MYSQL.identifier();
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
      return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
      return Set.of();
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
      return planning().source(context);
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
      return planning().sink(context);
    }
  }

  /** Found by Flink under {@code pi-postgres}; without a run behind it, for planning only. */
  public static final class Postgres implements DynamicTableSinkFactory {
    @Override
    public String factoryIdentifier() {
      return CatalogType.POSTGRES.identifier();
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
      return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
      return Set.of();
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
      return planning().sink(context);
    }
  }

  private static PiTableFactory planning() {
    return new PiTableFactory(JobStreams.none(), SecretLookup.ofProcess());
  }
}
