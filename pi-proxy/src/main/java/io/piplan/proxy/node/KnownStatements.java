package io.piplan.proxy.node;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.Frames;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The statements that are prepared on one connection, by their text and what the session has set,
 * for whoever has the connection. Those that were not used for longest are closed when there are
 * too many.
 */
public final class KnownStatements {
  private static final int MOST = 200;

  private final NodeConnection connection;
  private final Map<Known, Integer> all = new LinkedHashMap<>(16, 0.75f, true);
  private SessionSettings current = SessionSettings.NONE;

  /** What a text means may depend on the session: collations and the sql_mode are fixed by it. */
  private record Known(String sql, SessionSettings settings) {}

  KnownStatements(NodeConnection connection) {
    this.connection = connection;
  }

  /** From now on it is about those of sessions with these settings. */
  public void ofSessionsWith(SessionSettings settings) {
    current = settings;
  }

  /** The server's number for it; null if it isn't prepared here for such a session. */
  public Integer number(String sql) {
    return all.get(new Known(sql, current));
  }

  /** It was prepared just now. */
  public void add(String sql, int number) {
    all.put(new Known(sql, current), number);
    if (all.size() > MOST) {
      Map.Entry<Known, Integer> oldest = all.entrySet().iterator().next();
      int closed = oldest.getValue();
      all.remove(oldest.getKey());
      ByteBuf payload = Unpooled.buffer(5);
      payload.writeByte(CommandCode.STMT_CLOSE.number()).writeIntLE(closed);
      ByteBuf out = connection.allocate(payload.readableBytes() + Frames.HEADER);
      Frames.write(out, 0, payload);
      connection.sendMore(out);
    }
  }

  /** The server has forgotten them. */
  void forget() {
    all.clear();
  }
}
