package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.piplan.dal.Column;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Definitions of columns as nodes tell them, and what became of them: the same ones come with every
 * result of a statement. Only for one event loop's thread.
 */
final class KnownHeads {
  private static final int MOST = 500;
  private static final int LONGEST = 2048;

  private final Map<ByteBuf, byte[]> all = new HashMap<>();
  private UnaryOperator<Column> names;

  /**
   * What became of them; null if that isn't known.
   *
   * @param now by which names they are changed
   */
  @SuppressWarnings("ReferenceEquality") // each reading of rules has its own, whatever it says
  byte[] find(UnaryOperator<Column> now, ByteBuf definitions) {
    if (names != now) {
      all.clear();
      names = now;
    }
    return all.get(definitions);
  }

  /** Keeps it, by the names that {@link #find} was asked with. */
  void add(ByteBuf definitions, ByteBuf changed) {
    if (definitions.readableBytes() > LONGEST) {
      return;
    }
    if (all.size() >= MOST) {
      all.clear();
    }
    all.put(
        Unpooled.wrappedBuffer(ByteBufUtil.getBytes(definitions)), ByteBufUtil.getBytes(changed));
  }
}
