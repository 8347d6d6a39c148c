package io.piplan.dts.flink;

import io.piplan.dts.TableId;
import io.piplan.dts.copy.Chunk;
import io.piplan.dts.copy.TableCopy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** The copy's part of a checkpoint: every table with the chunks that are not done. */
final class CopyStateSerializer implements SimpleVersionedSerializer<List<TableCopy>> {
  private static final int VERSION = 2;

  /** Knew neither when a table was born nor what its chunks' bounds are of. */
  private static final int FIRST_VERSION = 1;

  private static final int USUAL_SIZE = 4096;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(List<TableCopy> tables) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(USUAL_SIZE);
    out.writeInt(tables.size());
    for (TableCopy table : tables) {
      ChunkFormat.write(table.table(), out);
      out.writeLong(table.estimatedRows());
      out.writeBoolean(table.last().isPresent());
      if (table.last().isPresent()) {
        write(table.last().get(), out);
      }
      out.writeLong(table.chunks());
      out.writeLong(table.chunksDone());
      out.writeLong(table.copiedRows());
      out.writeInt(table.open().size());
      for (Chunk chunk : table.open()) {
        write(chunk, out);
      }
      out.writeUTF(table.born());
    }
    return out.getCopyOfBuffer();
  }

  private static void write(Chunk chunk, DataOutputSerializer out) throws IOException {
    ChunkFormat.write(chunk, out);
    out.writeUTF(chunk.key());
  }

  private static Chunk readChunk(int version, DataInputDeserializer in) throws IOException {
    Chunk chunk = ChunkFormat.readChunk(in);
    return version == FIRST_VERSION
        ? chunk
        : new Chunk(chunk.id(), chunk.after(), chunk.upTo(), in.readUTF());
  }

  @Override
  public List<TableCopy> deserialize(int version, byte[] serialized) throws IOException {
    if (version != VERSION && version != FIRST_VERSION) {
      throw new IOException("copy state of format " + version + "; this is format " + VERSION);
    }
    DataInputDeserializer in = new DataInputDeserializer(serialized);
    int size = in.readInt();
    List<TableCopy> tables = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      tables.add(readTable(version, in));
    }
    return tables;
  }

  private static TableCopy readTable(int version, DataInputDeserializer in) throws IOException {
    TableId table = ChunkFormat.readTable(in);
    long estimatedRows = in.readLong();
    Optional<Chunk> last =
        in.readBoolean() ? Optional.of(readChunk(version, in)) : Optional.empty();
    long chunks = in.readLong();
    long chunksDone = in.readLong();
    long copiedRows = in.readLong();
    int size = in.readInt();
    List<Chunk> open = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      open.add(readChunk(version, in));
    }
    String born = version == FIRST_VERSION ? "" : in.readUTF();
    return new TableCopy(table, estimatedRows, last, chunks, chunksDone, copiedRows, open, born);
  }
}
