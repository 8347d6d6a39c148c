package io.piplan.dts.apply;

import io.piplan.dts.Row;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** How one kind of target spells names, values and the statements that differ. Pure. */
interface Dialect {
  String quote(String name);

  /**
   * Appends a value as a literal.
   *
   * @param comparing whether it is compared with the column, not stored
   * @throws BadValueException if the target's type cannot hold it
   */
  void literal(SqlBuffer out, MappedColumn column, byte[] value, boolean comparing);

  /**
   * What follows the VALUES of an insert to make it overwrite the row that has the key. Empty when
   * this target has no such clause that is safe for the table.
   */
  String upsertClause(TableMapping mapping, boolean uniqueOnKey);

  /**
   * As {@link #upsertClause}, but a row that is equal already may be left alone: for rows that are
   * copied, not changed.
   */
  String copyClause(TableMapping mapping, boolean uniqueOnKey);

  /** What stands between the column list and the rows of an insert. */
  String insertOverride();

  /** Appends the rows to insert, after the column list. */
  void rows(SqlBuffer out, TableSql table, List<Row> rows);

  /** Whether a statement can put the row in one go, whatever other unique keys there are. */
  boolean upsertsByKeyAlone();

  /** Deletes several rows, by key. */
  void deleteMany(Script script, TableSql table, List<Row> rows) throws SQLException;

  /** A condition that is true for the rows that have one of the keys. */
  void keysAmong(SqlBuffer out, TableSql table, List<Row> rows);

  /** Updates the row found by the key of {@code found}, and puts it if there is none. */
  void updateOrInsert(Script script, TableSql table, Row found, Row after) throws SQLException;

  /** An insert that does nothing if the row is there. */
  String insertIfMissing(String table, String columns, String values, String key);

  /** What to select to {@link #read} a column. */
  String reading(MappedColumn column);

  /** A selected value in the source's canonical form, as far as the target's type has it. */
  byte[] read(ResultSet row, int index, MappedColumn column) throws SQLException;

  /** What to put behind a table's name so that rows are found by an index; perhaps nothing. */
  String byIndex(String index);

  /** A query for the values of a column, not null, that an index begins with. */
  String distinct(String table, String column);

  /** What follows an insert to make it overwrite columns of the row that has the key. */
  String overwriting(String key, List<String> columns);
}
