package io.piplan.proxy.routed;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;

/** Where the packets of a response go. */
public interface Answer {
  /** What the client and the proxy agreed on. */
  int capabilities();

  /** Of the client's texts. */
  Charset charset();

  /** The number of the client's collation. */
  int collation();

  ByteBuf buffer();

  /**
   * Sends packets; takes them over. Waits while the client takes nothing.
   *
   * @throws ClientGoneException if it is gone
   */
  void send(ByteBuf packets);
}
