package io.piplan.proxy;

/** A refusal of the proxy; its message is what the client gets to read. */
public class ProxyException extends RuntimeException {
  private final ProxyError error;

  public ProxyException(ProxyError error, String message) {
    super(message);
    this.error = error;
  }

  public ProxyException(ProxyError error, String message, Throwable cause) {
    super(message, cause);
    this.error = error;
  }

  public ProxyError error() {
    return error;
  }
}
