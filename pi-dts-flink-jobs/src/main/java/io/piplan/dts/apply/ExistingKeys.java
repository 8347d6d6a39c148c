package io.piplan.dts.apply;

import io.piplan.dts.Row;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Tells which of some rows a table has already, by their keys. Locks nothing. */
final class ExistingKeys {
  private static final int KEYS_A_STATEMENT = 500;

  /**
   * Rows divided.
   *
   * @param present those that exist, or about which nothing can be said
   * @param missing those that did not exist a moment ago
   */
  record Parts(List<Row> present, List<Row> missing) {}

  private final Connection connection;
  private final Dialect dialect;
  private final SqlBuffer sql = new SqlBuffer(16 << 10);

  ExistingKeys(Connection connection, Dialect dialect) {
    this.connection = connection;
    this.dialect = dialect;
  }

  Parts parts(AppliedTable table, List<Row> rows) throws SQLException {
    List<Row> present = new ArrayList<>();
    List<Row> missing = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += KEYS_A_STATEMENT) {
      List<Row> some = rows.subList(from, Math.min(rows.size(), from + KEYS_A_STATEMENT));
      Set<RowKey> found = new HashSet<>();
      if (!find(table, some, found)) {
        present.addAll(some);
        continue;
      }
      for (Row row : some) {
        (found.contains(RowKey.of(table.mapping(), row)) ? present : missing).add(row);
      }
    }
    return new Parts(present, missing);
  }

  /** Returns false if a key that was found is spelled like none of the rows. */
  private boolean find(AppliedTable table, List<Row> rows, Set<RowKey> found) throws SQLException {
    TableMapping mapping = table.mapping();
    Set<RowKey> wanted = new HashSet<>();
    rows.forEach(row -> wanted.add(RowKey.of(mapping, row)));
    try (Statement statement = connection.createStatement();
        ResultSet keys = statement.executeQuery(query(table.sql(), rows))) {
      while (keys.next()) {
        RowKey key = RowKey.of(mapping, key(mapping, keys));
        if (!wanted.contains(key)) {
          return false;
        }
        found.add(key);
      }
    }
    return true;
  }

  private String query(TableSql table, List<Row> rows) {
    sql.reset();
    sql.put("SELECT ");
    for (int k = 0; k < table.key().length; k++) {
      sql.put(k == 0 ? "" : ",").put(dialect.quote(table.key()[k].targetName()));
    }
    sql.put(" FROM ").put(table.name()).put(" WHERE ");
    dialect.keysAmong(sql, table, rows);
    return sql.toString();
  }

  private static Row key(TableMapping mapping, ResultSet keys) throws SQLException {
    byte[][] values = new byte[mapping.source().columns().size()][];
    for (int k = 0; k < mapping.key().size(); k++) {
      MappedColumn column = mapping.key().get(k);
      values[column.sourceIndex()] =
          column.source().type().isRaw()
              ? keys.getBytes(k + 1)
              : TableSql.utf8(keys.getString(k + 1));
    }
    return new Row(values);
  }
}
