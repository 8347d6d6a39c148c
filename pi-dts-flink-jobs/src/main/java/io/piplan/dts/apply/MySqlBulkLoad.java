package io.piplan.dts.apply;

import com.mysql.cj.jdbc.JdbcStatement;
import io.piplan.dts.ColumnType;
import io.piplan.dts.Row;
import java.io.ByteArrayInputStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * LOAD DATA LOCAL, out of memory. Text goes as utf8mb4 straight into its columns; raw bytes, which
 * are no text, go as hex through a variable.
 *
 * <p>LOCAL means IGNORE: rows that exist are skipped and values that don't fit are cut, with no
 * error. So a load counts only if every row was taken and there was no warning.
 */
final class MySqlBulkLoad implements BulkLoad {
  private final Connection connection;
  private final boolean allowed;
  private final SqlBuffer buffer = new SqlBuffer(1 << 20);

  MySqlBulkLoad(Connection connection) throws SQLException {
    this.connection = connection;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT @@GLOBAL.local_infile")) {
      this.allowed = rows.next() && rows.getBoolean(1);
    }
  }

  boolean allowed() {
    return allowed;
  }

  @Override
  public boolean load(AppliedTable table, List<Row> rows) throws SQLException {
    if (!allowed) {
      return false;
    }
    MappedColumn[] columns = table.sql().columns();
    buffer.reset();
    for (Row row : rows) {
      write(columns, row);
    }
    try (Statement statement = connection.createStatement()) {
      JdbcStatement local = statement.unwrap(JdbcStatement.class);
      local.setLocalInfileInputStream(new ByteArrayInputStream(buffer.array(), 0, buffer.length()));
      long taken = statement.executeLargeUpdate(sql(table.sql()));
      return taken == rows.size() && statement.getWarnings() == null;
    }
  }

  /** The statement; the file's name is only there for the syntax. */
  static String sql(TableSql table) {
    MySqlDialect dialect = new MySqlDialect();
    List<String> fields = new ArrayList<>();
    List<String> assignments = new ArrayList<>();
    for (MappedColumn column : table.columns()) {
      String name = dialect.quote(column.targetName());
      if (!column.source().type().isRaw()) {
        fields.add(name);
        continue;
      }
      String variable = "@v" + fields.size();
      fields.add(variable);
      assignments.add(
          name
              + (isBit(column)
                  ? "=CAST(" + variable + " AS UNSIGNED)"
                  : "=UNHEX(" + variable + ")"));
    }
    return "LOAD DATA LOCAL INFILE 'rows' INTO TABLE "
        + table.name()
        + " CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\'"
        + " LINES TERMINATED BY '\\n' ("
        + String.join(",", fields)
        + ")"
        + (assignments.isEmpty() ? "" : " SET " + String.join(",", assignments));
  }

  private static boolean isBit(MappedColumn column) {
    return column.source().type() == ColumnType.BIT && column.targetType().startsWith("bit");
  }

  private void write(MappedColumn[] columns, Row row) {
    for (int c = 0; c < columns.length; c++) {
      if (c > 0) {
        buffer.put('\t');
      }
      byte[] value = row.value(columns[c].sourceIndex());
      if (value == null) {
        buffer.put('\\').put('N');
      } else if (isBit(columns[c])) {
        buffer.put(Long.toUnsignedString(MySqlDialect.unsigned(value)));
      } else if (columns[c].source().type().isRaw()) {
        buffer.hex(value);
      } else {
        escape(buffer, value);
      }
    }
    buffer.put('\n');
  }

  /** Escapes what separates fields and lines. */
  static void escape(SqlBuffer out, byte[] value) {
    out.room(2 * value.length);
    byte[] to = out.array();
    int start = out.length();
    int at = start;
    for (byte b : value) {
      if (b == '\\' || b == '\t' || b == '\n') {
        to[at++] = '\\';
        to[at++] = b == '\t' ? (byte) 't' : b == '\n' ? (byte) 'n' : b;
      } else if (b == 0) {
        to[at++] = '\\';
        to[at++] = '0';
      } else {
        to[at++] = b;
      }
    }
    out.advance(at - start);
  }
}
