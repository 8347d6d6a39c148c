package io.piplan.dts.verify;

import io.piplan.dts.TableCondition;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.value.Family;
import io.piplan.dts.value.Meaning;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/** How one kind of server is asked for tables, rows and digests. */
interface SideDialect {
  static SideDialect of(DatabaseServer server) {
    if (server instanceof HiveServer hive) {
      return new HiveSide(hive);
    }
    return server instanceof PostgresServer ? new PostgresSide() : new MySqlSide();
  }

  /** Reads a column of a row, as {@link #select} has it. */
  default byte[] read(ResultSet row, int column) throws SQLException {
    return row.getBytes(column);
  }

  /** Whether a query costs so much that a table is not read in parts. */
  default boolean readsInOneGo() {
    return false;
  }

  List<String> tableNames(Connection connection, String schema) throws SQLException;

  Optional<DiffTable> table(Connection connection, String schema, String name) throws SQLException;

  /** Settings for a connection that reads for a long time. */
  void prepare(Connection connection) throws SQLException;

  String quote(String identifier);

  /** Reads a column in the form that {@link io.piplan.dts.value.Normal} knows for its kind. */
  String select(DiffColumn column);

  /** Orders a key column as {@link Meaning#compare} does. */
  String order(DiffColumn column, Family family);

  /**
   * A literal of a value in {@link io.piplan.dts.value.Normal} form, comparable to the column by
   * its index.
   */
  String literal(DiffColumn column, Family family, byte[] normal);

  /**
   * A literal to be stored.
   *
   * @param column of side B
   * @param value as side A printed it, not null
   */
  String value(DiffColumn column, Meaning meaning, byte[] value);

  /** Where statements that mend are run; nothing if rows cannot be mended by statements. */
  Optional<MendingSession> mendingSession(DiffSide side);

  /** What stands between the column list and the rows of an insert. */
  String insertOverride();

  /** How conditions of a person are spelt, about columns of a table. */
  TableCondition.Spelling spelling(DiffTable table);

  /** How many rows the server thinks a condition lets through; it does not count them. */
  long estimate(Connection connection, String table, String condition) throws SQLException;

  /**
   * Text that is equal for equal values and the same on every server, never null for a value; or
   * null if there is none.
   *
   * @param sameDialect whether the other side is this kind of server too, so that what it prints
   *     for a type is the same
   */
  String digestText(
      DiffColumn column, DiffColumn other, Family family, boolean sameDialect, RowHash hash);

  /** The same of an integer whose lowest bit does not count. */
  default String digestTextOfEven(DiffColumn column) {
    return null;
  }

  /** A 64-bit digest of all rows, whatever their order; its arguments are column digest texts. */
  String rowDigest(List<String> texts, RowHash hash);

  /** A number below {@link Digests#BUCKETS}; its arguments are digest texts of key columns. */
  String bucket(List<String> texts, RowHash hash);

  /** Whether the server can compute it. */
  boolean has(Connection connection, RowHash hash) throws SQLException;

  /** Reads its result row by row and not into memory. */
  Statement streaming(Connection connection) throws SQLException;
}
