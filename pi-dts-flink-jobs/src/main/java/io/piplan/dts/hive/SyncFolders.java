package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import org.apache.hadoop.fs.Path;

/** Finds the folder of a sync by way of the metastore. */
final class SyncFolders {
  private SyncFolders() {}

  /**
   * @throws DtsException {@code TARGET_MISSING_TABLE} if there is no such database
   */
  static SyncFolder of(HiveAccess access, String database, String sync) {
    Path location =
        access
            .metastore()
            .location(database)
            .orElseThrow(
                () ->
                    new DtsException(
                        DtsError.TARGET_MISSING_TABLE,
                        "Hive has no database " + database,
                        "CREATE DATABASE " + database + ", or correct its name after TO"));
    return new SyncFolder(access.stateFiles(location), location, sync);
  }
}
