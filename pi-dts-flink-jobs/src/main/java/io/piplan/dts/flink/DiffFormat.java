package io.piplan.dts.flink;

import io.piplan.dts.verify.DiffPart;
import io.piplan.dts.verify.KeyRange;
import io.piplan.dts.verify.TablePair;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How parts of a diff are stored in checkpoints and sent to readers. */
final class DiffFormat {
  private DiffFormat() {}

  /** A condition of the pair is not written: whoever reads it has the options of the diff. */
  static void write(DiffSplit split, DataOutput out) throws IOException {
    DiffPart part = split.part();
    out.writeInt(part.number());
    out.writeInt(part.table());
    out.writeUTF(part.pair().a());
    out.writeUTF(part.pair().b());
    out.writeInt(part.pair().key().size());
    for (String column : part.pair().key()) {
      out.writeUTF(column);
    }
    out.writeUTF(part.range() == null ? "" : part.range().low().toString());
    out.writeUTF(part.range() == null ? "" : part.range().high().toString());
    out.writeInt(split.parts());
    out.writeLong(split.estimatedRows());
  }

  static DiffSplit read(DataInput in) throws IOException {
    int number = in.readInt();
    int table = in.readInt();
    String a = in.readUTF();
    String b = in.readUTF();
    int columns = in.readInt();
    List<String> key = new ArrayList<>(columns);
    for (int i = 0; i < columns; i++) {
      key.add(in.readUTF());
    }
    String low = in.readUTF();
    String high = in.readUTF();
    KeyRange range = low.isEmpty() ? null : new KeyRange(new BigInteger(low), new BigInteger(high));
    return new DiffSplit(
        new DiffPart(number, table, new TablePair(a, b, key, Optional.empty()), range),
        in.readInt(),
        in.readLong());
  }
}
