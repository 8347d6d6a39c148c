package io.piplan.dts.flink;

import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.core.memory.DataOutputView;

/** Writes the parts of stream elements. */
record ElementOutput(DataOutputView view) {

  void u8(int value) throws IOException {
    view.writeByte(value);
  }

  void varInt(int value) throws IOException {
    int rest = value;
    while ((rest & ~0x7F) != 0) {
      view.writeByte((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    view.writeByte(rest);
  }

  void varLong(long value) throws IOException {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      view.writeByte((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    view.writeByte((int) rest);
  }

  void bytes(byte[] bytes) throws IOException {
    view.write(bytes);
  }

  void text(String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    varInt(utf8.length);
    view.write(utf8);
  }

  void table(TableId table) throws IOException {
    text(table.database());
    text(table.table());
  }

  void lsn(Lsn lsn) throws IOException {
    text(lsn.file());
    varLong(lsn.position());
    varLong(lsn.event());
    varLong(lsn.row());
  }

  void row(Row row) throws IOException {
    varInt(row.size());
    for (byte[] value : row.values()) {
      if (value == null) {
        view.writeByte(0);
      } else {
        varInt(value.length + 1);
        view.write(value);
      }
    }
  }
}
