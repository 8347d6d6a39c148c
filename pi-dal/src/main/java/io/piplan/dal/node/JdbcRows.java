package io.piplan.dal.node;

import com.mysql.cj.result.Field;
import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Rows as the driver has them: bytes in the text protocol's form. */
final class JdbcRows implements RowStream {
  private final String node;
  private final Statement statement;
  private final ResultSet rows;
  private final List<Column> columns;
  private final Runnable ended;
  private boolean open = true;

  JdbcRows(String node, Statement statement, Runnable ended) throws SQLException {
    this.node = node;
    this.statement = statement;
    this.rows = statement.getResultSet();
    this.ended = ended;
    this.columns = new ArrayList<>();
    for (Field field :
        rows.getMetaData().unwrap(com.mysql.cj.jdbc.result.ResultSetMetaData.class).getFields()) {
      columns.add(
          new Column(
              text(field.getDatabaseName()),
              text(field.getTableName()),
              text(field.getOriginalTableName()),
              text(field.getName()),
              text(field.getOriginalName()),
              field.getCollationIndex(),
              field.getLength(),
              field.getMysqlTypeId(),
              field.getFlags(),
              decimals(field)));
    }
  }

  /** The driver tells 0 where a floating number shows all its digits. */
  private static int decimals(Field field) {
    return ColumnType.isFloating(field.getMysqlTypeId()) && field.getDecimals() == 0
        ? ColumnType.ALL_DECIMALS
        : field.getDecimals();
  }

  private static String text(String text) {
    return text == null ? "" : text;
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public Row next() {
    try {
      if (!open || !rows.next()) {
        return null;
      }
      List<byte[]> values = new ArrayList<>(columns.size());
      for (int i = 1; i <= columns.size(); i++) {
        values.add(rows.getBytes(i));
      }
      return Row.ofText(values);
    } catch (SQLException e) {
      throw JdbcNodeConnection.failed(node, e);
    }
  }

  /** Rows that were not read are read and dropped by the driver. */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    ended.run();
    try {
      rows.close();
      statement.close();
    } catch (SQLException e) {
      // The connection is broken: its next statement shows it.
    }
  }
}
