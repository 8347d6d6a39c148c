package io.piplan.dts.flink;

import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.EventData;
import com.github.shyiko.mysql.binlog.event.EventHeaderV4;
import com.github.shyiko.mysql.binlog.event.EventType;
import com.github.shyiko.mysql.binlog.event.FormatDescriptionEventData;
import com.github.shyiko.mysql.binlog.event.deserialization.ChecksumType;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;
import com.github.shyiko.mysql.binlog.event.deserialization.FormatDescriptionEventDataDeserializer;
import com.github.shyiko.mysql.binlog.event.deserialization.RotateEventDataDeserializer;
import com.github.shyiko.mysql.binlog.io.ByteArrayInputStream;
import io.piplan.dts.binlog.EventTypes;
import io.piplan.dts.binlog.RawEvent;
import java.io.IOException;
import java.util.Arrays;

/**
 * Leaves events as bytes. Only what the client itself needs is parsed: names of files, and whether
 * events have checksums.
 */
final class RawEventDeserializer extends EventDeserializer {
  private static final int HEADER = 19;
  private static final int UNKNOWN = 0;

  private final RotateEventDataDeserializer rotations = new RotateEventDataDeserializer();
  private final FormatDescriptionEventDataDeserializer formats =
      new FormatDescriptionEventDataDeserializer();
  private int checksum;

  /** Called by the client when it has agreed on checksums: before the first format event. */
  @Override
  @Deprecated
  @SuppressWarnings("InlineMeSuggester") // The client does call it.
  public void setChecksumType(ChecksumType type) {
    checksum = type.getLength();
  }

  @Override
  public Event nextEvent(ByteArrayInputStream in) throws IOException {
    if (in.peek() == -1) {
      return null;
    }
    EventHeaderV4 header = new EventHeaderV4();
    header.setTimestamp(in.readLong(4) * 1000);
    int type = in.readInteger(1);
    header.setEventType(known(type));
    header.setServerId(in.readLong(4));
    header.setEventLength(in.readLong(4));
    header.setNextPosition(in.readLong(4));
    header.setFlags(in.readInteger(2));
    byte[] body = in.read((int) header.getEventLength() - HEADER);
    int bodyLength = type == EventTypes.FORMAT_DESCRIPTION ? body.length : body.length - checksum;
    RawEventData raw =
        new RawEventData(
            new RawEvent(
                type,
                header.getServerId(),
                header.getTimestamp() / 1000,
                header.getEventLength(),
                header.getNextPosition(),
                header.getFlags(),
                body,
                bodyLength));
    return new Event(header, data(raw));
  }

  private EventData data(RawEventData raw) throws IOException {
    RawEvent event = raw.event();
    if (event.type() == EventTypes.ROTATE) {
      ByteArrayInputStream in = block(event);
      return new EventDataWrapper(rotations.deserialize(in), raw);
    }
    if (event.type() == EventTypes.FORMAT_DESCRIPTION) {
      FormatDescriptionEventData format = formats.deserialize(block(event));
      checksum = format.getChecksumType().getLength();
    }
    return raw;
  }

  private static ByteArrayInputStream block(RawEvent event) {
    ByteArrayInputStream in =
        new ByteArrayInputStream(Arrays.copyOf(event.body(), event.bodyLength()));
    in.enterBlock(event.bodyLength());
    return in;
  }

  private static EventType known(int type) {
    EventType found = EventType.byEventNumber(type);
    return found == null ? EventType.byEventNumber(UNKNOWN) : found;
  }
}
