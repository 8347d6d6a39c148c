package io.piplan.dts.flink;

import io.piplan.dts.ChunkId;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.Chunk;
import io.piplan.dts.copy.KeyBound;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How chunks are stored in checkpoints and sent to readers. */
final class ChunkFormat {
  private ChunkFormat() {}

  static void write(TableId table, DataOutput out) throws IOException {
    out.writeUTF(table.database());
    out.writeUTF(table.table());
  }

  static TableId readTable(DataInput in) throws IOException {
    return new TableId(in.readUTF(), in.readUTF());
  }

  static void write(Chunk chunk, DataOutput out) throws IOException {
    write(chunk.id().table(), out);
    out.writeInt(chunk.id().number());
    write(chunk.after(), out);
    write(chunk.upTo(), out);
  }

  static Chunk readChunk(DataInput in) throws IOException {
    return new Chunk(new ChunkId(readTable(in), in.readInt()), readBound(in), readBound(in));
  }

  private static void write(Optional<KeyBound> bound, DataOutput out) throws IOException {
    List<byte[]> values = bound.map(KeyBound::values).orElse(List.of());
    out.writeInt(values.size());
    for (byte[] value : values) {
      out.writeInt(value.length);
      out.write(value);
    }
  }

  private static Optional<KeyBound> readBound(DataInput in) throws IOException {
    int size = in.readInt();
    List<byte[]> values = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      byte[] value = new byte[in.readInt()];
      in.readFully(value);
      values.add(value);
    }
    return values.isEmpty() ? Optional.empty() : Optional.of(new KeyBound(values));
  }
}
