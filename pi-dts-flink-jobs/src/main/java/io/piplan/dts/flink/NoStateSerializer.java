package io.piplan.dts.flink;

import org.apache.flink.core.io.SimpleVersionedSerializer;

/** For enumerators that keep nothing in checkpoints. */
final class NoStateSerializer implements SimpleVersionedSerializer<Integer> {
  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(Integer nothing) {
    return new byte[0];
  }

  @Override
  public Integer deserialize(int version, byte[] serialized) {
    return 0;
  }
}
