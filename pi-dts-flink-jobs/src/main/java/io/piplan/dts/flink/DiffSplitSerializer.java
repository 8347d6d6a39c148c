package io.piplan.dts.flink;

import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

final class DiffSplitSerializer implements SimpleVersionedSerializer<DiffSplit> {
  private static final int VERSION = 1;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(DiffSplit split) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(128);
    DiffFormat.write(split, out);
    return out.getCopyOfBuffer();
  }

  @Override
  public DiffSplit deserialize(int version, byte[] serialized) throws IOException {
    return DiffFormat.read(new DataInputDeserializer(serialized));
  }
}
