package io.piplan.dts.binlog;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;

/** Why reading stops: what is in the binlog must not be skipped and can't be read. */
final class Refusals {
  private static final String NEW_SNAPSHOT = "then start the sync anew from a snapshot";

  private Refusals() {}

  static DtsException unknown(RawEvent event, Lsn place) {
    return new DtsException(
        DtsError.SOURCE_EVENT_UNKNOWN,
        "binlog event " + EventTypes.name(event.type()) + " at " + place + " can't be read",
        remedy(event.type()) + ", " + NEW_SNAPSHOT);
  }

  private static String remedy(int type) {
    if (type >= EventTypes.MARIADB_QUERY_COMPRESSED
        && type <= EventTypes.MARIADB_DELETE_ROWS_COMPRESSED) {
      return "SET GLOBAL log_bin_compress = OFF and reconnect the sessions that had it ON";
    }
    return switch (type) {
      case EventTypes.TRANSACTION_PAYLOAD ->
          "SET GLOBAL binlog_transaction_compression = OFF and reconnect the sessions that had it"
              + " ON";
      case EventTypes.PARTIAL_UPDATE_ROWS ->
          "SET GLOBAL binlog_row_value_options = '' and reconnect the sessions that had"
              + " PARTIAL_JSON";
      case EventTypes.INCIDENT -> "look in the server's log for what was lost from its binlog";
      default -> "look for the server option that writes such events and turn it off";
    };
  }

  static DtsException undecodable(RawEvent event, Lsn place, RuntimeException cause) {
    return new DtsException(
        DtsError.SOURCE_EVENT_UNKNOWN,
        "binlog event "
            + EventTypes.name(event.type())
            + " at "
            + place
            + " is not as its format says: "
            + cause.getMessage(),
        "check the binlog file with mysqlbinlog or mariadb-binlog; if it is sound, report this",
        cause);
  }

  static DtsException statementFormat(String sql, Lsn place) {
    return new DtsException(
        DtsError.SOURCE_EVENT_UNKNOWN,
        "rows were changed at "
            + place
            + " by a statement that is logged as such: "
            + Statement.shorten(sql),
        "SET GLOBAL binlog_format = ROW, let no session set another one, " + NEW_SNAPSHOT);
  }

  static DtsException unknownStatement(String sql, Lsn place) {
    return new DtsException(
        DtsError.SOURCE_EVENT_UNKNOWN,
        "the statement at " + place + " may change rows or tables: " + Statement.shorten(sql),
        "if it changed none of the synchronised tables, report this; else start the sync anew from"
            + " a snapshot");
  }

  static DtsException schemaChange(String sql, Lsn place) {
    return new DtsException(
        DtsError.SOURCE_SCHEMA_CHANGED,
        "a synchronised table is changed at " + place + ": " + Statement.shorten(sql),
        "make the same change on the target, then start the sync anew from a snapshot");
  }

  static DtsException keyChange(String sql, Lsn place, String objection) {
    return new DtsException(
        DtsError.SOURCE_SCHEMA_CHANGED,
        "keys of a synchronised table are changed at "
            + place
            + ": "
            + Statement.shorten(sql)
            + "; "
            + objection,
        "start the sync again: it goes on if no row was written between its last checkpoint and the"
            + " statement. If it stops here again, start it with --resync, which goes on behind the"
            + " statement and compares all tables with the source, or anew with --fresh. With 'ddl' ="
            + " 'evolve' such changes are followed");
  }

  static DtsException partialImage(TableId table, Lsn place) {
    return new DtsException(
        DtsError.SOURCE_BINLOG_FORMAT,
        "rows of " + table + " at " + place + " are logged without some of their columns",
        "SET GLOBAL binlog_row_image = FULL, let no session set another one, " + NEW_SNAPSHOT);
  }
}
