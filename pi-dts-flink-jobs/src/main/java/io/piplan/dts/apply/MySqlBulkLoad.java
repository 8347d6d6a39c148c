package io.piplan.dts.apply;

import com.mysql.cj.jdbc.JdbcStatement;
import io.piplan.dts.ColumnType;
import io.piplan.dts.PackedRows;
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
  /** The letter that stands for a byte after a backslash, 0 where none is needed. */
  private static final byte[] ESCAPES = new byte[256];

  static {
    ESCAPES['\\'] = '\\';
    ESCAPES['\t'] = 't';
    ESCAPES['\n'] = 'n';
    ESCAPES[0] = '0';
  }

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
  public boolean load(AppliedTable table, PackedRows rows) throws SQLException {
    if (!allowed) {
      return false;
    }
    MappedColumn[] columns = table.sql().columns();
    Form[] forms = new Form[columns.length];
    for (int c = 0; c < columns.length; c++) {
      forms[c] = Form.of(columns[c]);
    }
    buffer.reset();
    PackedRows.Cursor row = rows.cursor();
    while (row.next()) {
      write(columns, forms, row);
    }
    try (Statement statement = connection.createStatement()) {
      JdbcStatement local = statement.unwrap(JdbcStatement.class);
      local.setLocalInfileInputStream(new ByteArrayInputStream(buffer.array(), 0, buffer.length()));
      long taken = statement.executeLargeUpdate(sql(table.sql()));
      return taken == rows.rows() && statement.getWarnings() == null;
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

  /** How a column's values are written. */
  private enum Form {
    /** Digits and the like, which need no escapes. */
    PLAIN,
    FLOAT,
    TEXT,
    HEX,
    BITS;

    static Form of(MappedColumn column) {
      if (isBit(column)) {
        return BITS;
      }
      return switch (column.source().type()) {
        case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, YEAR, DECIMAL, DOUBLE -> PLAIN;
        case FLOAT -> FLOAT;
        case DATE, TIME, DATETIME, TIMESTAMP, UUID, INET -> PLAIN;
        case BIT, BINARY, VARBINARY, BLOB, GEOMETRY -> HEX;
        case CHAR, VARCHAR, TEXT, ENUM, SET, JSON -> TEXT;
      };
    }
  }

  private void write(MappedColumn[] columns, Form[] forms, PackedRows.Cursor row) {
    byte[] data = row.data();
    for (int c = 0; c < forms.length; c++) {
      if (c > 0) {
        buffer.put('\t');
      }
      int column = columns[c].sourceIndex();
      int offset = row.offset(column);
      int length = row.length(column);
      if (length < 0) {
        buffer.put('\\').put('N');
        continue;
      }
      switch (forms[c]) {
        case PLAIN -> buffer.put(data, offset, length);
        case FLOAT -> buffer.put(MySqlDialect.inRange(row.value(column)));
        case TEXT -> escape(buffer, data, offset, length);
        case HEX -> buffer.hex(data, offset, length);
        case BITS -> buffer.put(Long.toUnsignedString(MySqlDialect.unsigned(row.value(column))));
      }
    }
    buffer.put('\n');
  }

  /** Escapes what separates fields and lines. */
  static void escape(SqlBuffer out, byte[] from, int offset, int length) {
    out.room(2 * length);
    byte[] to = out.array();
    int start = out.length();
    int at = start;
    for (int i = offset; i < offset + length; i++) {
      byte letter = ESCAPES[from[i] & 0xff];
      if (letter == 0) {
        to[at++] = from[i];
      } else {
        to[at++] = '\\';
        to[at++] = letter;
      }
    }
    out.advance(at - start);
  }
}
