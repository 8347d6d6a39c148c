package io.piplan.dts.flink;

import io.piplan.dts.copy.Chunk;
import io.piplan.dts.resync.ResyncPart;
import io.piplan.dts.resync.ResyncRequest.Phase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

final class ResyncSplitSerializer implements SimpleVersionedSerializer<ResyncSplit> {
  private static final int VERSION = 1;
  private static final int USUAL_SIZE = 256;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(ResyncSplit split) throws IOException {
    ResyncPart part = split.part();
    DataOutputSerializer out = new DataOutputSerializer(USUAL_SIZE);
    ChunkFormat.write(new Chunk(part.chunk(), part.after(), part.upTo()), out);
    out.writeUTF(part.phase().name());
    write(part.where().orElse(""), out);
    out.writeInt(part.keys().size());
    for (String key : part.keys()) {
      write(key, out);
    }
    return out.getCopyOfBuffer();
  }

  /** Longer than what writeUTF takes. */
  private static void write(String text, DataOutputSerializer out) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  private static String read(DataInputDeserializer in) throws IOException {
    byte[] utf8 = new byte[in.readInt()];
    in.readFully(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  @Override
  public ResyncSplit deserialize(int version, byte[] serialized) throws IOException {
    if (version != VERSION) {
      throw new IOException("part of format " + version + "; this is format " + VERSION);
    }
    DataInputDeserializer in = new DataInputDeserializer(serialized);
    Chunk chunk = ChunkFormat.readChunk(in);
    Phase phase = Phase.valueOf(in.readUTF());
    String where = read(in);
    int size = in.readInt();
    List<String> keys = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      keys.add(read(in));
    }
    return new ResyncSplit(
        new ResyncPart(
            chunk.id(),
            phase,
            chunk.after(),
            chunk.upTo(),
            where.isEmpty() ? Optional.empty() : Optional.of(where),
            keys));
  }
}
