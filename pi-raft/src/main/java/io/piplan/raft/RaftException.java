package io.piplan.raft;

/** A failure with its number, what was found, and what to do about it. */
public final class RaftException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final RaftError error;
  private final String found;
  private final String remedy;

  public RaftException(RaftError error, String found, String remedy) {
    this(error, found, remedy, null);
  }

  public RaftException(RaftError error, String found, String remedy, Throwable cause) {
    super(error.code() + " " + found + "; " + remedy, cause);
    this.error = error;
    this.found = found;
    this.remedy = remedy;
  }

  public RaftError error() {
    return error;
  }

  public String found() {
    return found;
  }

  public String remedy() {
    return remedy;
  }
}
