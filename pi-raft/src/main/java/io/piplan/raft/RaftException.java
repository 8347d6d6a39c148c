package io.piplan.raft;

/** A failure with its number, what was found, and what to do about it. */
public final class RaftException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final RaftError error;

  public RaftException(RaftError error, String found, String remedy) {
    this(error, found, remedy, null);
  }

  public RaftException(RaftError error, String found, String remedy, Throwable cause) {
    super(error.code() + " " + found + "; " + remedy, cause);
    this.error = error;
  }

  public RaftError error() {
    return error;
  }
}
