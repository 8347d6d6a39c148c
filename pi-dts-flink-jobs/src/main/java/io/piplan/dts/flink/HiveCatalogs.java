package io.piplan.dts.flink;

import io.piplan.dts.hive.HiveAccess;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.sql.CatalogSettings;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.catalog.hive.HiveCatalog;

/** Makes Flink's own catalog of a Hive: plain statements read and write its tables by it. */
final class HiveCatalogs {
  private static final String VERSION = "3.1.3";

  private HiveCatalogs() {}

  static Catalog of(String name, CatalogSettings settings) {
    HiveServer server = (HiveServer) settings.server();
    try {
      return new HiveCatalog(
          name, settings.defaultDatabase().orElse("default"), HiveAccess.conf(server), VERSION);
    } catch (LinkageError e) {
      throw HiveServer.missing(e);
    }
  }
}
