package io.piplan.dts.flink;

import java.io.IOException;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** The split if no reader has it yet; nothing otherwise. */
final class BinlogEnumeratorStateSerializer
    implements SimpleVersionedSerializer<List<BinlogSplit>> {
  private final BinlogSplitSerializer splits = new BinlogSplitSerializer();

  @Override
  public int getVersion() {
    return splits.getVersion();
  }

  @Override
  public byte[] serialize(List<BinlogSplit> unassigned) throws IOException {
    return unassigned.isEmpty() ? new byte[0] : splits.serialize(unassigned.get(0));
  }

  @Override
  public List<BinlogSplit> deserialize(int version, byte[] serialized) throws IOException {
    return serialized.length == 0 ? List.of() : List.of(splits.deserialize(version, serialized));
  }
}
