package io.piplan.dts.copy;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.MySqlNames;
import java.sql.SQLException;

/** What an error of the source's server means for the copy. */
public final class CopyFailure {
  static final int LOCK_WAIT_TIMEOUT = 1205;
  static final int DEFINITION_CHANGED = 1412;

  private CopyFailure() {}

  public static DtsException of(TableId table, String doing, SQLException e) {
    String what = doing + " " + table + " failed: " + e.getMessage();
    return switch (e.getErrorCode()) {
      case 1044, 1045, 1142, 1143, 1227, 1370 ->
          new DtsException(
              DtsError.SOURCE_ACCESS_DENIED,
              what,
              "GRANT SELECT, LOCK TABLES ON "
                  + MySqlNames.quote(table.database())
                  + ".* TO the user of the sync (MariaDB needs LOCK TABLES only for tables without"
                  + " transactions); bin/pi check names each right that it lacks",
              e);
      case 1146, 1049, 1051 ->
          new DtsException(
              DtsError.SOURCE_MISSING_TABLE,
              what,
              "the table was dropped or renamed: take it out of the definition",
              e);
      case 1054 ->
          new DtsException(
              DtsError.SOURCE_SCHEMA_CHANGED,
              what,
              "a column was dropped or renamed since the sync began: restart it from its savepoint",
              e);
      case LOCK_WAIT_TIMEOUT ->
          new DtsException(
              DtsError.SOURCE_SNAPSHOT,
              what,
              "a transaction on the table stays open for long (see SHOW PROCESSLIST): end it. The"
                  + " copy tries again by itself",
              e);
      default ->
          new DtsException(
              DtsError.SOURCE_SNAPSHOT,
              what,
              "check the connection and the source's log; the copy tries again by itself",
              e);
    };
  }
}
