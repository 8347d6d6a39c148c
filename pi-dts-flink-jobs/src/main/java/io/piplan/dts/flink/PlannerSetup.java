package io.piplan.dts.flink;

import io.piplan.dts.sql.CatalogType;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement.CreateCatalog;
import java.util.List;
import org.apache.flink.table.api.TableEnvironment;

/** Prepares a run's table environment: its catalogs and tables lead to the run's streams. */
public final class PlannerSetup {
  private final JobStreams streams;
  private final SecretLookup secrets;

  public PlannerSetup(JobStreams streams, SecretLookup secrets) {
    this.streams = streams;
    this.secrets = secrets;
  }

  public void install(TableEnvironment environment, List<CreateCatalog> catalogs) {
    environment.loadModule("pi_dts", new PiModule(streams, secrets));
    for (CreateCatalog catalog : catalogs) {
      register(environment, catalog);
    }
  }

  // What replaces it makes catalogs of options alone; ours has to know its run.
  @SuppressWarnings("deprecation")
  private void register(TableEnvironment environment, CreateCatalog catalog) {
    environment.registerCatalog(
        catalog.name(),
        catalog.settings().type() == CatalogType.HIVE
            ? HiveCatalogs.of(catalog.name(), catalog.settings())
            : new PiCatalog(catalog.name(), catalog.settings(), streams, secrets));
  }
}
