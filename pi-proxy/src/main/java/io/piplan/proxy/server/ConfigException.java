package io.piplan.proxy.server;

/** A configuration that can't be used; the message says what, where, and what to write instead. */
public final class ConfigException extends RuntimeException {
  public ConfigException(String message) {
    super(message);
  }

  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
