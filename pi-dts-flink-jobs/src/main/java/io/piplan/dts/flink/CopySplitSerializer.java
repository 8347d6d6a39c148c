package io.piplan.dts.flink;

import io.piplan.dts.copy.Chunk;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

final class CopySplitSerializer implements SimpleVersionedSerializer<CopySplit> {
  private static final int VERSION = 2;

  /** Did not know what a chunk's bounds are of. */
  private static final int FIRST_VERSION = 1;

  private static final int USUAL_SIZE = 128;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(CopySplit split) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(USUAL_SIZE);
    ChunkFormat.write(split.chunk(), out);
    out.writeUTF(split.chunk().key());
    return out.getCopyOfBuffer();
  }

  @Override
  public CopySplit deserialize(int version, byte[] serialized) throws IOException {
    if (version != VERSION && version != FIRST_VERSION) {
      throw new IOException("chunk of format " + version + "; this is format " + VERSION);
    }
    DataInputDeserializer in = new DataInputDeserializer(serialized);
    Chunk chunk = ChunkFormat.readChunk(in);
    return new CopySplit(
        version == FIRST_VERSION
            ? chunk
            : new Chunk(chunk.id(), chunk.after(), chunk.upTo(), in.readUTF()));
  }
}
