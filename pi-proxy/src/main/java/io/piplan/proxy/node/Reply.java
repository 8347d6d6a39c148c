package io.piplan.proxy.node;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.protocol.ResponseWalker;

/** Takes the response to one command, on the connection's event loop. */
public interface Reply {
  /** The response is waited for. */
  default void begins(ResponseWalker walker) {}

  /** Bytes of the response, as they came; the taker owns them. */
  void bytes(ByteBuf bytes);

  /** The server waits for the client's file. */
  void wantsFile();

  /** The response is complete. */
  void done(ResponseWalker walker);

  /**
   * The connection is gone.
   *
   * @param betweenPackets whether an error may be put after what was handed on
   */
  void lost(String why, boolean betweenPackets, int lastSequence);
}
