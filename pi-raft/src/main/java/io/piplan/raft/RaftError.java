package io.piplan.raft;

/** What can go wrong, by number. */
public enum RaftError {
  /** A setting is wrong; nothing was started. */
  CONFIG_INVALID(1001, false),
  /** Another process has the member's directory. */
  STORAGE_IN_USE(1002, false),
  /** A snapshot or the log is damaged or missing; the member refuses to start. */
  STORAGE_DAMAGED(1003, false),
  /** The directory cannot be written. */
  STORAGE_FAILED(1004, false),

  /** Nobody leads, or no majority can be reached. The command was not accepted. */
  NO_LEADER(2001, true),
  /** The command was sent and no answer came in time: it may have taken effect, or still will. */
  OUTCOME_UNKNOWN(2002, false),
  /** The copy of the state here is older than asked for. */
  STALE(2003, true),
  /** More waits already than this caller may hold. */
  OVERLOADED(2004, true),

  /** The command is larger than a log entry may be. */
  COMMAND_TOO_LARGE(3001, false),
  /** {@link ReplicatedState} threw. */
  STATE_FAILED(3002, false),
  /** A change of members or of the leader was refused. */
  MEMBERSHIP_REFUSED(3003, false),
  /** The node or the caller is closed. */
  CLOSED(3004, false);

  private final int number;
  private final boolean retryable;

  RaftError(int number, boolean retryable) {
    this.number = number;
    this.retryable = retryable;
  }

  /** As it is shown: {@code PI-RAFT-2001}. */
  public String code() {
    return "PI-RAFT-" + number;
  }

  /** Whether the same call may just be made again. */
  public boolean retryable() {
    return retryable;
  }
}
