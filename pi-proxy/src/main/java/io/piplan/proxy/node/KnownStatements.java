package io.piplan.proxy.node;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.Frames;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The statements that are prepared on one connection, by their text, for whoever has the
 * connection. Those that were not used for longest are closed when there are too many.
 */
public final class KnownStatements {
  private static final int MOST = 200;

  private final NodeConnection connection;
  private final Map<String, Integer> all = new LinkedHashMap<>(16, 0.75f, true);

  KnownStatements(NodeConnection connection) {
    this.connection = connection;
  }

  /** The server's number for it; null if it isn't prepared here. */
  public Integer number(String sql) {
    return all.get(sql);
  }

  /** It was prepared just now. */
  public void add(String sql, int number) {
    all.put(sql, number);
    if (all.size() > MOST) {
      Map.Entry<String, Integer> oldest = all.entrySet().iterator().next();
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
