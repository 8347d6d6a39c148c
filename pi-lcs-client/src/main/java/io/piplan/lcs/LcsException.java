package io.piplan.lcs;

/** Says what was found and what to do about it. */
public final class LcsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final LcsError error;
  private final String found;
  private final String remedy;

  public LcsException(LcsError error, String found, String remedy) {
    this(error, found, remedy, null);
  }

  public LcsException(LcsError error, String found, String remedy, Throwable cause) {
    super(error.code() + " " + found + (remedy.isEmpty() ? "" : ": " + remedy), cause);
    this.error = error;
    this.found = found;
    this.remedy = remedy;
  }

  public LcsError error() {
    return error;
  }

  public String found() {
    return found;
  }

  public String remedy() {
    return remedy;
  }
}
