package io.piplan.proxy.node;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.protocol.ResponseWalker;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Takes the short response to a command of the proxy's own. */
final class Collected implements Reply {
  private static final int MAX = 64 * 1024;

  private final Runnable succeeded;
  private final Consumer<ErrPacket> refused;
  private final ByteBuf all = Unpooled.buffer();

  Collected(Runnable succeeded, Consumer<ErrPacket> refused) {
    this.succeeded = succeeded;
    this.refused = refused;
  }

  @Override
  public void bytes(ByteBuf bytes) {
    if (all.readableBytes() + bytes.readableBytes() <= MAX) {
      all.writeBytes(bytes);
    }
    bytes.release();
  }

  @Override
  public void wantsFile() {
    throw new IllegalStateException("a node asked for a file that nobody offered");
  }

  @Override
  public void done(ResponseWalker walker) {
    if (!walker.failed()) {
      succeeded.run();
      return;
    }
    ErrPacket error = ErrPacket.read(all.skipBytes(Frames.HEADER), StandardCharsets.UTF_8);
    refused.accept(error);
  }

  @Override
  public void lost(String why, boolean betweenPackets, int lastSequence) {
    refused.accept(
        new ErrPacket(ProxyError.NODE_LOST.number(), ProxyError.NODE_LOST.sqlState(), why));
  }
}
