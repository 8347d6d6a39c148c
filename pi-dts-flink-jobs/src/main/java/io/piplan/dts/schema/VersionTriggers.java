package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.TableId;
import io.piplan.meta.Zone;
import java.util.List;

/**
 * The SQL that has a database keep {@link io.piplan.meta.RowVersion} for apps that write to it
 * directly: a hidden column and triggers. Each write of an app gives the row the zone's id and a
 * clock that is later than the row's and not before now, in microseconds since 1970 (UTC). A write
 * to a locked row is refused. On MySQL and MariaDB a deleted row leaves its key and version where
 * syncs look for those of deleted rows ({@code pi_dts_tombstone}). What syncs write is let through
 * as it is: their sessions say so (see {@code APPLYING} of the servers).
 */
public sealed interface VersionTriggers permits MySqlVersionTriggers, PostgresVersionTriggers {
  /** How the names of all triggers begin. */
  String PREFIX = "pi_site_";

  /**
   * How many seconds a statement waits for older transactions: whatever comes to the table later
   * waits behind it.
   */
  int PATIENCE = 10;

  static VersionTriggers of(boolean postgres) {
    return postgres ? new PostgresVersionTriggers() : new MySqlVersionTriggers();
  }

  /** Statements before all others, by which none of them waits for long. */
  List<String> begin();

  /** Statements for the whole database, before those of its tables. */
  List<String> prepare(String schema);

  /**
   * Statements that fail, having changed nothing, where the user may not make triggers of a table
   * or the server takes none from it.
   */
  List<String> trial(TableId table);

  /** Statements from which on nobody else writes to these tables, until {@link #release}. */
  List<String> hold(List<TableId> tables);

  /** Statements that let others write again. */
  List<String> release();

  /**
   * Statements that add the column.
   *
   * @param existing the zone that counts as the writer of the rows that are there
   */
  List<String> addColumn(TableId table, Zone existing);

  /** The statement by which a row that gets past the triggers has no version. */
  String clearDefault(TableId table);

  /**
   * Statements that make the triggers of a table, replacing those of an earlier installation.
   *
   * @param key the columns that name a row; empty if there are none
   * @param zone the zone whose apps write here
   */
  List<String> install(TableId table, List<Column> key, Zone zone);

  /** Statements that remove the triggers. The column stays: versions are of use to repairs. */
  List<String> remove(TableId table);
}
