package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A response that says it is done. Under {@link Capability#DEPRECATE_EOF} it ends rows too, then
 * with 0xfe as its first byte.
 *
 * @param changes what the session tracker tells; only with {@link Capability#SESSION_TRACK}
 */
public record OkPacket(
    long affectedRows,
    long lastInsertId,
    int status,
    int warnings,
    String info,
    List<SessionChange> changes) {
  public static final int OK = 0;
  public static final int END_OF_ROWS = 0xfe;

  public OkPacket {
    changes = List.copyOf(changes);
  }

  public static OkPacket of(int status) {
    return new OkPacket(0, 0, status, 0, "", List.of());
  }

  public static OkPacket read(ByteBuf payload, int capabilities) {
    PayloadReader in = new PayloadReader(payload, "OK packet");
    int first = in.u1();
    if (first != OK && first != END_OF_ROWS) {
      throw in.broken("first byte " + first + ", expected 0 or 254");
    }
    long affected = in.lengthEncoded();
    long insertId = in.lengthEncoded();
    int status = in.u2();
    int warnings = in.u2();
    String info = "";
    List<SessionChange> changes = new ArrayList<>();
    if (Capability.has(capabilities, Capability.SESSION_TRACK)) {
      if (in.hasMore()) {
        info = in.lengthEncodedText(StandardCharsets.UTF_8);
      }
      if (ServerStatus.has(status, ServerStatus.SESSION_STATE_CHANGED) && in.hasMore()) {
        SessionChange.read(in, changes);
      }
    } else if (in.hasMore()) {
      // The servers write its length here, too, other than their documentation says.
      info = in.lengthEncodedText(StandardCharsets.UTF_8);
    }
    return new OkPacket(affected, insertId, status, warnings, info, changes);
  }

  /** Returns the sequence number of the packet after. */
  public int write(ByteBuf out, int sequence, int capabilities) {
    return write(out, sequence, capabilities, OK);
  }

  /** As the end of rows: an EOF packet for clients that still expect one. */
  public int writeAfterRows(ByteBuf out, int sequence, int capabilities) {
    if (Capability.has(capabilities, Capability.DEPRECATE_EOF)) {
      return write(out, sequence, capabilities, END_OF_ROWS);
    }
    return new EofPacket(warnings, status).write(out, sequence);
  }

  private int write(ByteBuf out, int sequence, int capabilities, int first) {
    int at = Frames.begin(out);
    PayloadWriter to = new PayloadWriter(out);
    boolean tracks = Capability.has(capabilities, Capability.SESSION_TRACK);
    boolean tells = tracks && !changes.isEmpty();
    int told =
        tells
            ? status | ServerStatus.SESSION_STATE_CHANGED
            : status & ~ServerStatus.SESSION_STATE_CHANGED;
    to.u1(first).lengthEncoded(affectedRows).lengthEncoded(lastInsertId).u2(told).u2(warnings);
    if (tells || !info.isEmpty()) {
      to.lengthEncodedText(info, StandardCharsets.UTF_8);
      if (tells) {
        SessionChange.write(out, to, changes);
      }
    }
    return Frames.end(out, at, sequence);
  }
}
