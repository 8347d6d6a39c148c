package io.piplan.proxy.protocol;

/** Bits of the status that ends a response. */
public final class ServerStatus {
  public static final int IN_TRANSACTION = 1;
  public static final int AUTOCOMMIT = 2;
  public static final int MORE_RESULTS = 8;
  public static final int CURSOR_EXISTS = 64;
  public static final int LAST_ROW_SENT = 128;
  public static final int SESSION_STATE_CHANGED = 1 << 14;

  /** What is the session's and not the statement's. */
  public static final int SESSION = IN_TRANSACTION | AUTOCOMMIT;

  private ServerStatus() {}

  public static boolean has(int status, int bit) {
    return (status & bit) != 0;
  }
}
