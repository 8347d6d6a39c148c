package io.piplan.dts.flink;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.Chunk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Optional;

/**
 * How far the copy of a table is that Flink's planner reads.
 *
 * @param last the last chunk handed on, if any
 * @param done whether there are no more
 * @param from changes before it are part of the copied rows and not to be handed on
 */
record TableCopyState(TableId table, Optional<Chunk> last, boolean done, Lsn from) {
  static TableCopyState begin(TableId table) {
    return new TableCopyState(table, Optional.empty(), false, Lsn.START);
  }

  TableCopyState copied(Chunk chunk) {
    return new TableCopyState(table, Optional.of(chunk), chunk.isLast(), from);
  }

  TableCopyState whole(Lsn snapshot) {
    return new TableCopyState(table, Optional.empty(), true, snapshot);
  }

  byte[] encode() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    ChunkFormat.write(table, out);
    out.writeBoolean(done);
    out.writeUTF(LsnText.encode(from));
    out.writeBoolean(last.isPresent());
    if (last.isPresent()) {
      ChunkFormat.write(last.get(), out);
    }
    return bytes.toByteArray();
  }

  static TableCopyState decode(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    TableId table = ChunkFormat.readTable(in);
    boolean done = in.readBoolean();
    Lsn from = LsnText.decode(in.readUTF());
    Optional<Chunk> last =
        in.readBoolean() ? Optional.of(ChunkFormat.readChunk(in)) : Optional.empty();
    return new TableCopyState(table, last, done, from);
  }
}
