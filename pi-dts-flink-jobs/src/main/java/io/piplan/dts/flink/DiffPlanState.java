package io.piplan.dts.flink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Where a diff is, as a checkpoint has it.
 *
 * @param planned whether the parts are known
 * @param waiting parts that no reader has
 */
record DiffPlanState(boolean planned, List<DiffSplit> waiting) {
  DiffPlanState {
    waiting = List.copyOf(waiting);
  }

  static final class Serializer implements SimpleVersionedSerializer<DiffPlanState> {
    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public byte[] serialize(DiffPlanState state) throws IOException {
      DataOutputSerializer out = new DataOutputSerializer(4096);
      out.writeBoolean(state.planned());
      out.writeInt(state.waiting().size());
      for (DiffSplit split : state.waiting()) {
        DiffFormat.write(split, out);
      }
      return out.getCopyOfBuffer();
    }

    @Override
    public DiffPlanState deserialize(int version, byte[] serialized) throws IOException {
      DataInputDeserializer in = new DataInputDeserializer(serialized);
      boolean planned = in.readBoolean();
      int size = in.readInt();
      List<DiffSplit> waiting = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        waiting.add(DiffFormat.read(in));
      }
      return new DiffPlanState(planned, waiting);
    }
  }
}
