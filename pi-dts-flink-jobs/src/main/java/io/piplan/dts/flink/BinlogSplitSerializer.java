package io.piplan.dts.flink;

import io.piplan.dts.StartPosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** Version 1: kind, text, number. Version 2: then the timeline and the GTIDs before the place. */
final class BinlogSplitSerializer implements SimpleVersionedSerializer<BinlogSplit> {
  private static final int VERSION = 2;

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
    String gtids = "";
    if (start instanceof StartPosition.FileAndPosition place) {
      write(out, Kind.FILE_AND_POSITION, place.file(), place.position());
      gtids = place.gtids();
    } else if (start instanceof StartPosition.Gtid gtid) {
      write(out, Kind.GTID, gtid.set(), 0);
    } else if (start instanceof StartPosition.Timestamp timestamp) {
      write(out, Kind.TIMESTAMP, "", timestamp.epochMillis());
    } else {
      boolean latest = start instanceof StartPosition.Latest;
      write(out, latest ? Kind.LATEST : Kind.EARLIEST, "", 0);
    }
    out.writeInt(split.timeline());
    write(out, gtids);
    return out.getCopyOfBuffer();
  }

  private static void write(DataOutputSerializer out, Kind kind, String text, long number)
      throws IOException {
    out.writeUTF(kind.name());
    write(out, text);
    out.writeLong(number);
  }

  private static void write(DataOutputSerializer out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  private static String text(DataInputDeserializer in) throws IOException {
    byte[] utf8 = new byte[in.readInt()];
    in.readFully(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  @Override
  public BinlogSplit deserialize(int version, byte[] serialized) throws IOException {
    if (version < 1 || version > VERSION) {
      throw new IOException("binlog split of version " + version + ", expected up to " + VERSION);
    }
    DataInputDeserializer in = new DataInputDeserializer(serialized);
    Kind kind = Kind.valueOf(in.readUTF());
    String text = text(in);
    long number = in.readLong();
    int timeline = version == 1 ? 0 : in.readInt();
    String gtids = version == 1 ? "" : text(in);
    return new BinlogSplit(
        switch (kind) {
          case LATEST -> new StartPosition.Latest();
          case EARLIEST -> new StartPosition.Earliest();
          case FILE_AND_POSITION -> new StartPosition.FileAndPosition(text, number, gtids);
          case GTID -> new StartPosition.Gtid(text);
          case TIMESTAMP -> new StartPosition.Timestamp(number);
        },
        timeline);
  }
}
