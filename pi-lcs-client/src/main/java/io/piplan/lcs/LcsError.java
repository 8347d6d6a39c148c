package io.piplan.lcs;

/** What can go wrong, by number; the numbers travel in the protocol. */
public enum LcsError {
  /** A setting is wrong; nothing was started. */
  CONFIG_INVALID(1001, false),

  /** The server that was asked does not lead. Clients look for the leader by themselves. */
  NOT_LEADER(2001, true),
  /**
   * No answer came in time. A number that was given meanwhile is lost, and given to nobody else.
   */
  TIMED_OUT(2002, true),
  /** More waits already than the server or the client holds. */
  OVERLOADED(2003, true),
  /** The server has as many connections as it takes. */
  TOO_MANY_CONNECTIONS(2004, true),

  /** There is no such sequence, and it isn't created on first use. */
  SEQUENCE_UNKNOWN(3001, false),
  /** The name cannot be a sequence's. */
  NAME_INVALID(3002, false),
  /** A count below one, or above what the server takes. */
  COUNT_INVALID(3003, false),
  /** The sequence has no number left. */
  EXHAUSTED(3004, false),
  /** The sequence exists with another policy. */
  POLICY_DIFFERS(3005, false),
  /** Numbers would jump too far, or beyond the sequence's end. */
  RAISE_REFUSED(3006, false),
  /** The token is missing or wrong. */
  UNAUTHORIZED(3007, false),
  /** What came is no frame of this protocol. */
  FRAME_INVALID(3008, false),
  /** The other side speaks another version. */
  VERSION_UNKNOWN(3009, false),
  /** The client or server is closed. */
  CLOSED(3010, false),
  /** Handing leadership over, or a change of members, was refused. */
  MEMBERSHIP_REFUSED(3011, false),
  /** A server failed in a way that nobody foresaw; its log says more. */
  INTERNAL(3099, false);

  private final int number;
  private final boolean retryable;

  LcsError(int number, boolean retryable) {
    this.number = number;
    this.retryable = retryable;
  }

  public int number() {
    return number;
  }

  /** As it is shown: {@code PI-LCS-2001}. */
  public String code() {
    return "PI-LCS-" + number;
  }

  /** Whether the same call may just be made again. */
  public boolean retryable() {
    return retryable;
  }

  /** Of a number that came over the wire; INTERNAL for what this version doesn't know. */
  public static LcsError of(int number) {
    for (LcsError error : values()) {
      if (error.number == number) {
        return error;
      }
    }
    return INTERNAL;
  }
}
