package io.piplan.dts.apply;

import io.piplan.dts.PackedRows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** COPY FROM STDIN: in its binary form where every column's type is known, else as text. */
final class PostgresBulkLoad implements BulkLoad {
  private static final int FRAME = 64 << 10;
  private static final byte[] SIGNATURE = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  private final Connection connection;
  private final PostgresDialect dialect = new PostgresDialect();
  private final SqlBuffer buffer = new SqlBuffer(2 * FRAME);

  PostgresBulkLoad(Connection connection) {
    this.connection = connection;
  }

  @Override
  public boolean load(AppliedTable table, PackedRows rows) throws SQLException {
    MappedColumn[] columns = table.sql().columns();
    PostgresBinary[] encoders = PostgresBinary.of(columns);
    String names =
        Arrays.stream(columns)
            .map(column -> dialect.quote(column.targetName()))
            .collect(Collectors.joining(","));
    CopyIn copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn(
                "COPY "
                    + table.sql().name()
                    + " ("
                    + names
                    + ") FROM STDIN"
                    + (encoders == null ? "" : " (FORMAT binary)"));
    try {
      if (encoders == null) {
        text(copy, columns, rows);
      } else {
        binary(copy, columns, encoders, rows);
      }
      return copy.endCopy() == rows.rows();
    } finally {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }

  private void binary(
      CopyIn copy, MappedColumn[] columns, PostgresBinary[] encoders, PackedRows rows)
      throws SQLException {
    buffer.reset();
    buffer.put(SIGNATURE);
    PackedRows.Cursor row = rows.cursor();
    while (row.next()) {
      buffer.int16(columns.length);
      for (int c = 0; c < columns.length; c++) {
        byte[] value = row.value(columns[c].sourceIndex());
        if (value == null) {
          buffer.int32(-1);
        } else {
          int start = buffer.length();
          buffer.int32(0);
          encoders[c].encode(buffer, columns[c], value);
          buffer.int32At(start, buffer.length() - start - 4);
        }
      }
      send(copy, FRAME);
    }
    buffer.int16(-1);
    send(copy, 0);
  }

  private void text(CopyIn copy, MappedColumn[] columns, PackedRows rows) throws SQLException {
    buffer.reset();
    PackedRows.Cursor row = rows.cursor();
    while (row.next()) {
      for (int c = 0; c < columns.length; c++) {
        if (c > 0) {
          buffer.put('\t');
        }
        byte[] value = row.value(columns[c].sourceIndex());
        if (value == null) {
          buffer.put('\\').put('N');
        } else {
          escape(buffer, PostgresText.of(columns[c], value));
        }
      }
      buffer.put('\n');
      send(copy, FRAME);
    }
    send(copy, 0);
  }

  private void send(CopyIn copy, int above) throws SQLException {
    if (buffer.length() > above) {
      copy.writeToCopy(buffer.array(), 0, buffer.length());
      buffer.reset();
    }
  }

  /** Escapes what separates fields and lines of COPY's text form. */
  static void escape(SqlBuffer out, byte[] value) {
    out.room(2 * value.length);
    byte[] to = out.array();
    int start = out.length();
    int at = start;
    for (byte b : value) {
      switch (b) {
        case '\\', '\t', '\n', '\r' -> {
          to[at++] = '\\';
          to[at++] = b == '\t' ? (byte) 't' : b == '\n' ? (byte) 'n' : b == '\r' ? (byte) 'r' : b;
        }
        default -> to[at++] = b;
      }
    }
    out.advance(at - start);
  }
}
