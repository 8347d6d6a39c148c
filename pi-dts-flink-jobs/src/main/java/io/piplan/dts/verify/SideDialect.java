package io.piplan.dts.verify;

import io.piplan.dts.value.Family;
import io.piplan.dts.value.Meaning;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/** How one kind of server is asked for tables, rows and digests. */
interface SideDialect {

  List<String> tableNames(Connection connection, String schema) throws SQLException;

  Optional<DiffTable> table(Connection connection, String schema, String name) throws SQLException;

  /** Settings for a connection that reads for a long time. */
  void prepare(Connection connection) throws SQLException;

  String quote(String identifier);

  /** Reads a column in the form that {@link Normal} knows for its kind. */
  String select(DiffColumn column);

  /** Orders a key column as {@link Meaning#compare} does. */
  String order(DiffColumn column, Family family);

  /** A literal of a value in {@link Normal} form, comparable to the column by its index. */
  String literal(DiffColumn column, Family family, byte[] normal);

  /**
   * Text that is equal for equal values and the same on every server, never null for a value; or
   * null if there is none.
   *
   * @param sameDialect whether the other side is this kind of server too, so that what it prints
   *     for a type is the same
   */
  String digestText(
      DiffColumn column, DiffColumn other, Family family, boolean sameDialect, RowHash hash);

  /** A 64-bit digest of all rows, whatever their order; its arguments are column digest texts. */
  String rowDigest(List<String> texts, RowHash hash);

  /** Whether the server can compute it. */
  boolean has(Connection connection, RowHash hash) throws SQLException;

  /** Reads its result row by row and not into memory. */
  Statement streaming(Connection connection) throws SQLException;
}
