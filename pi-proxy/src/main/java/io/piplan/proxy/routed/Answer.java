package io.piplan.proxy.routed;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
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

  /**
   * Asks the client for a file of its own, whose bytes come from the stream.
   *
   * @param name as the client knows it
   * @param sequence the number that the question must have
   * @throws ProxyException if it can't be asked here
   */
  default ClientFile file(String name, int sequence) {
    throw new ProxyException(
        ProxyError.NOT_SUPPORTED, "a file of the client's can't be asked for here");
  }
}
