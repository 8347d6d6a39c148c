package io.piplan.dts.verify;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Rows of a query, one after the other, as the bytes that the server sent. */
final class RowCursor implements AutoCloseable {
  private final DiffSide side;
  private final Statement statement;
  private final ResultSet rows;
  private final int columns;

  RowCursor(DiffSide side, Statement statement, String sql) throws SQLException {
    this.side = side;
    this.statement = statement;
    try {
      this.rows = statement.executeQuery(sql);
      this.columns = rows.getMetaData().getColumnCount();
    } catch (SQLException e) {
      statement.close();
      throw e;
    }
  }

  /** The next row, or null after the last. */
  byte[][] next() {
    try {
      if (!rows.next()) {
        return null;
      }
      byte[][] values = new byte[columns][];
      for (int i = 0; i < columns; i++) {
        values[i] = side.dialect().read(rows, i + 1);
      }
      return values;
    } catch (SQLException e) {
      throw side.failed("read on", e);
    }
  }

  @Override
  public void close() {
    try {
      Connection connection = statement.getConnection();
      statement.close();
      side.endTransaction(connection);
    } catch (SQLException e) {
      throw side.failed("end a query", e);
    }
  }
}
