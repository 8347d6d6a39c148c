package io.piplan.dts.flink;

import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;

/**
 * Reads the parts of stream elements. Names repeat from element to element: the last few are kept
 * so that a repeated one costs a comparison and no object.
 */
final class ElementInput {
  private static final int KEPT = 16;
  private static final byte[] NO_BYTES = {};

  private final byte[][] keptBytes = new byte[KEPT][];
  private final String[] keptNames = new String[KEPT];
  private DataInputView view;
  private TableId lastTable;

  ElementInput on(DataInputView newView) {
    view = newView;
    return this;
  }

  int u8() throws IOException {
    return view.readUnsignedByte();
  }

  int varInt() throws IOException {
    return (int) varLong();
  }

  long varLong() throws IOException {
    long value = 0;
    int shift = 0;
    while (true) {
      byte next = view.readByte();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
      shift += 7;
    }
  }

  byte[] bytes(int length) throws IOException {
    if (length == 0) {
      return NO_BYTES;
    }
    byte[] bytes = new byte[length];
    view.readFully(bytes);
    return bytes;
  }

  String text() throws IOException {
    byte[] utf8 = bytes(varInt());
    int slot = Arrays.hashCode(utf8) & (KEPT - 1);
    if (!Arrays.equals(utf8, keptBytes[slot])) {
      keptBytes[slot] = utf8;
      keptNames[slot] = new String(utf8, StandardCharsets.UTF_8);
    }
    return keptNames[slot];
  }

  /** One that does not repeat. */
  String rareText() throws IOException {
    return new String(bytes(varInt()), StandardCharsets.UTF_8);
  }

  TableId table() throws IOException {
    String database = text();
    String table = text();
    if (lastTable == null
        || !lastTable.database().equals(database)
        || !lastTable.table().equals(table)) {
      lastTable = new TableId(database, table);
    }
    return lastTable;
  }

  Lsn lsn() throws IOException {
    String file = text();
    long position = varLong();
    long event = varLong();
    long row = varLong();
    if (file.isEmpty() && position == 0 && event == 0 && row == 0) {
      return Lsn.START;
    }
    return new Lsn(file, position, event, row);
  }

  Row row() throws IOException {
    byte[][] values = new byte[varInt()][];
    for (int i = 0; i < values.length; i++) {
      int length = varInt();
      values[i] = length == 0 ? null : bytes(length - 1);
    }
    return new Row(values);
  }
}
