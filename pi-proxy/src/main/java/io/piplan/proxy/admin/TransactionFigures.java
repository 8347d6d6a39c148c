package io.piplan.proxy.admin;

/**
 * A transaction at one moment.
 *
 * @param session the number of the session that has it; 0 if none has
 * @param transaction the name of what is prepared; empty for a session's
 * @param nodes on which it has begun, with commas; empty if that can't be said now
 * @param seconds since it was begun or first seen; -1 if that isn't known
 */
public record TransactionFigures(
    long session,
    String user,
    String transaction,
    String nodes,
    String state,
    long seconds,
    String problem) {

  public static long seconds(long sinceNanos) {
    return (System.nanoTime() - sinceNanos) / 1_000_000_000L;
  }
}
