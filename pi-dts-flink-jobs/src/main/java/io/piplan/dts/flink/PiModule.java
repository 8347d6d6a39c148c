package io.piplan.dts.flink;

import io.piplan.dts.sql.SecretLookup;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.module.Module;

/**
 * Connects the tables that a definition creates to its run: loaded into the run's table
 * environment, it makes the sources and sinks of our connectors, and of {@code mysql-cdc} so that
 * positions are kept. Tables of other connectors go their usual way.
 *
 * <pre>{@code tableEnvironment.loadModule("pi_dts", new PiModule(streams, secrets));}</pre>
 */
public final class PiModule implements Module {
  private final PiTableFactory tables;

  public PiModule(JobStreams streams, SecretLookup secrets) {
    this.tables = new PiTableFactory(streams, secrets);
  }

  @Override
  public Optional<DynamicTableSourceFactory> getTableSourceFactory() {
    return Optional.of(new SourceFactory(tables));
  }

  @Override
  public Optional<DynamicTableSinkFactory> getTableSinkFactory() {
    return Optional.of(new SinkFactory(tables));
  }

  private static String connector(
      org.apache.flink.table.factories.DynamicTableFactory.Context context) {
    return context.getCatalogTable().getOptions().get(FactoryUtil.CONNECTOR.key());
  }

  private record SourceFactory(PiTableFactory tables) implements DynamicTableSourceFactory {
    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
      if (PiTableFactory.isSource(connector(context))) {
        return tables.source(context);
      }
      return FactoryUtil.createDynamicTableSource(
          null,
          context.getObjectIdentifier(),
          context.getCatalogTable(),
          context.getEnrichmentOptions(),
          context.getConfiguration(),
          context.getClassLoader(),
          context.isTemporary());
    }

    @Override
    public String factoryIdentifier() {
      return "pi-dts-source";
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

  private record SinkFactory(PiTableFactory tables) implements DynamicTableSinkFactory {
    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
      if (PiTableFactory.isSink(connector(context))) {
        return tables.sink(context);
      }
      return FactoryUtil.createDynamicTableSink(
          null,
          context.getObjectIdentifier(),
          context.getCatalogTable(),
          context.getEnrichmentOptions(),
          context.getConfiguration(),
          context.getClassLoader(),
          context.isTemporary());
    }

    @Override
    public String factoryIdentifier() {
      return "pi-dts-sink";
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
}
