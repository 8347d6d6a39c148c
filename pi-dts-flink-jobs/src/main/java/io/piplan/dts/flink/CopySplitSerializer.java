package io.piplan.dts.flink;

import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

final class CopySplitSerializer implements SimpleVersionedSerializer<CopySplit> {
  private static final int VERSION = 1;
  private static final int USUAL_SIZE = 128;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(CopySplit split) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(USUAL_SIZE);
    ChunkFormat.write(split.chunk(), out);
    return out.getCopyOfBuffer();
  }

  @Override
  public CopySplit deserialize(int version, byte[] serialized) throws IOException {
    if (version != VERSION) {
      throw new IOException("chunk of format " + version + "; this is format " + VERSION);
    }
    return new CopySplit(ChunkFormat.readChunk(new DataInputDeserializer(serialized)));
  }
}
