package io.piplan.embedded;

/**
 * A server could not be unpacked, started, stopped or asked; the message holds the end of its log.
 */
public final class EmbeddedServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EmbeddedServerException(String message) {
    super(message);
  }

  EmbeddedServerException(String message, Throwable cause) {
    super(message, cause);
  }
}
