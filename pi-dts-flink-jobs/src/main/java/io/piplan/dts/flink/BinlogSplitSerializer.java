package io.piplan.dts.flink;

import io.piplan.dts.StartPosition;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** Version 1: kind, text, number. */
final class BinlogSplitSerializer implements SimpleVersionedSerializer<BinlogSplit> {
  private static final int VERSION = 1;

  private enum Kind {
    LATEST,
    EARLIEST,
    FILE_AND_POSITION,
    GTID,
    TIMESTAMP
  }

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(BinlogSplit split) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    StartPosition start = split.start();
    if (start instanceof StartPosition.FileAndPosition place) {
      write(out, Kind.FILE_AND_POSITION, place.file(), place.position());
    } else if (start instanceof StartPosition.Gtid gtid) {
      write(out, Kind.GTID, gtid.set(), 0);
    } else if (start instanceof StartPosition.Timestamp timestamp) {
      write(out, Kind.TIMESTAMP, "", timestamp.epochMillis());
    } else {
      boolean latest = start instanceof StartPosition.Latest;
      write(out, latest ? Kind.LATEST : Kind.EARLIEST, "", 0);
    }
    return out.getCopyOfBuffer();
  }

  private static void write(DataOutputSerializer out, Kind kind, String text, long number)
      throws IOException {
    out.writeUTF(kind.name());
    byte[] utf8 = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
    out.writeLong(number);
  }

  @Override
  public BinlogSplit deserialize(int version, byte[] serialized) throws IOException {
    if (version != VERSION) {
      throw new IOException("binlog split of version " + version + ", expected " + VERSION);
    }
    DataInputDeserializer in = new DataInputDeserializer(serialized);
    Kind kind = Kind.valueOf(in.readUTF());
    byte[] utf8 = new byte[in.readInt()];
    in.readFully(utf8);
    String text = new String(utf8, java.nio.charset.StandardCharsets.UTF_8);
    long number = in.readLong();
    return new BinlogSplit(
        switch (kind) {
          case LATEST -> new StartPosition.Latest();
          case EARLIEST -> new StartPosition.Earliest();
          case FILE_AND_POSITION -> new StartPosition.FileAndPosition(text, number);
          case GTID -> new StartPosition.Gtid(text);
          case TIMESTAMP -> new StartPosition.Timestamp(number);
        });
  }
}
