package io.piplan.proxy.protocol;

import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;

/** Bytes that are not what the protocol has at their place. */
public final class ProtocolException extends ProxyException {
  public ProtocolException(ProxyError error, String message) {
    super(error, message);
  }

  static ProtocolException malformed(String message) {
    return new ProtocolException(ProxyError.MALFORMED_PACKET, message);
  }
}
