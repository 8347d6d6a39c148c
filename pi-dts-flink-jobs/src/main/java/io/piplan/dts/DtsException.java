package io.piplan.dts;

/**
 * The one exception of PiDTS. The message says what was found, what was expected and where; the
 * remedy says what to do about it. Neither ever holds a credential.
 */
public final class DtsException extends RuntimeException {
  private final DtsError error;
  private final String problem;
  private final String remedy;

  public DtsException(DtsError error, String message, String remedy) {
    this(error, message, remedy, null);
  }

  public DtsException(DtsError error, String message, String remedy, Throwable cause) {
    super("PI-" + error.number() + " " + message + "\n  remedy: " + remedy, cause);
    this.error = error;
    this.problem = message;
    this.remedy = remedy;
  }

  public DtsError error() {
    return error;
  }

  /** The message alone, without number and remedy. */
  public String problem() {
    return problem;
  }

  public String remedy() {
    return remedy;
  }
}
