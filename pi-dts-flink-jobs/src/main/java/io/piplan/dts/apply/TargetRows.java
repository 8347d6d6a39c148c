package io.piplan.dts.apply;

import io.piplan.dts.Row;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Reads rows of a target table, in the source's form, and locks them until the transaction ends.
 */
final class TargetRows {
  private final Dialect dialect;
  private final TableSql table;
  private final String select;

  TargetRows(Dialect dialect, TableSql table) {
    this.dialect = dialect;
    this.table = table;
    this.select =
        Arrays.stream(table.columns())
            .map(dialect::reading)
            .collect(Collectors.joining(", ", "SELECT ", " FROM " + table.name() + " WHERE "));
  }

  /** The row that has the key of {@code found}, or null. Columns that are not written are NULL. */
  Row lock(Connection connection, Row found) throws SQLException {
    SqlBuffer sql = new SqlBuffer(256).put(select);
    table.byKey(sql, found);
    sql.put(" FOR UPDATE");
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      try (ResultSet rows =
          statement.executeQuery(new String(sql.toBytes(), StandardCharsets.UTF_8))) {
        return rows.next() ? read(rows) : null;
      }
    }
  }

  private Row read(ResultSet rows) throws SQLException {
    MappedColumn[] columns = table.columns();
    byte[][] values = new byte[table.mapping().source().columns().size()][];
    for (int c = 0; c < columns.length; c++) {
      values[columns[c].sourceIndex()] = dialect.read(rows, c + 1, columns[c]);
    }
    return new Row(values);
  }
}
