package io.piplan.dts.check;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What one kind of target says of itself, of the schema written to, and of the user. */
interface TargetProbe {
  /** Product and version. */
  String product();

  /** The user as GRANT names it. */
  String account();

  /** Why nothing can be written, if so. */
  Optional<String> readOnly() throws SQLException;

  boolean hasSchema() throws SQLException;

  /** Whether tables of the schema may be named at all. */
  boolean mayUseSchema() throws SQLException;

  /** The tables in the schema. */
  Set<String> tables() throws SQLException;

  boolean mayCreate(String table) throws SQLException;

  /** Whether the user may add columns to a table that is there. */
  boolean mayAlter(String table) throws SQLException;

  /**
   * Whether the user has SELECT, INSERT, UPDATE or DELETE on a table.
   *
   * @param exists whether the table is there; else the sync makes it
   */
  boolean may(String right, String table, boolean exists) throws SQLException;

  /** The statement that gives a right to a table. */
  String grant(String right, String table);

  /** The statement that gives a right to every table, or to the schema itself. */
  String grantAll(String right);

  /** The triggers of tables, {@code name on table}; empty if the user may not ask. */
  Optional<List<String>> triggers(List<String> tables) throws SQLException;

  /** The foreign keys of tables, {@code name on table}. */
  List<String> foreignKeys(List<String> tables) throws SQLException;

  /**
   * What concerns this kind of target only.
   *
   * @param triggers on the tables that are written; likewise foreignKeys
   */
  void own(
      Findings findings,
      Subject subject,
      List<String> triggers,
      List<String> foreignKeys,
      TargetUse use)
      throws SQLException;

  /** The quoted name of a table of the schema. */
  String quoted(String table);
}
