package io.piplan.proxy.routed;

/** The client is gone: nobody wants the rest of its result. */
public final class ClientGoneException extends RuntimeException {
  public ClientGoneException() {
    super("the client is gone", null, false, false);
  }
}
