package io.piplan.dts.flink;

import io.piplan.dts.sql.CatalogSettings;
import io.piplan.dts.sql.CatalogType;
import io.piplan.dts.sql.SecretLookup;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.factories.CatalogFactory;

/**
 * Makes catalogs for Flink's own {@code CREATE CATALOG}, as in its SQL client: their tables can be
 * described and explained. A run makes its catalogs itself, connected to its readers and writers.
 */
abstract class PiCatalogFactory implements CatalogFactory {
  private final CatalogType type;

  private PiCatalogFactory(CatalogType type) {
    this.type = type;
  }

  @Override
  public String factoryIdentifier() {
    return type.identifier();
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
  public Catalog createCatalog(Context context) {
    SecretLookup secrets = SecretLookup.ofProcess();
    CatalogSettings settings =
        CatalogSettings.of("catalog " + context.getName(), type, context.getOptions(), secrets);
    return type == CatalogType.HIVE
        ? HiveCatalogs.of(context.getName(), settings)
        : new PiCatalog(context.getName(), settings, JobStreams.none(), secrets);
  }

  /** {@code 'type' = 'pi-hive'}. */
  public static final class Hive extends PiCatalogFactory {
    public Hive() {
      super(CatalogType.HIVE);
    }
  }

  /** {@code 'type' = 'pi-mysql'}. */
  public static final class MySql extends PiCatalogFactory {
    public MySql() {
      super(CatalogType.MYSQL);
    }
  }

  /** {@code 'type' = 'pi-postgres'}. */
  public static final class Postgres extends PiCatalogFactory {
    public Postgres() {
      super(CatalogType.POSTGRES);
    }
  }
}
