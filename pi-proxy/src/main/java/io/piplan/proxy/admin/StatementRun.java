package io.piplan.proxy.admin;

import java.time.Instant;

/**
 * A statement that a client has had the answer to, or left before that.
 *
 * @param sql as the client sent it; of a prepared statement, without its parameters
 * @param prepared whether it was an execution of a prepared statement
 * @param bound of a prepared statement, the text with its values, to see where it went; null if it
 *     wasn't looked at
 * @param at when it came
 * @param bytes of the answer
 * @param changed rows, as the answer says; 0 for rows that were read
 * @param error MySQL's number; 0 if the answer doesn't begin with an error; 1152 if the connection
 *     ended before the answer did
 * @param node that answered it whole; empty if several did, or none
 */
public record StatementRun(
    Client client,
    String sql,
    boolean prepared,
    String bound,
    Instant at,
    long nanos,
    long bytes,
    long changed,
    int error,
    String node) {

  /**
   * Who sent it.
   *
   * @param schema the current one; empty for none
   */
  public record Client(long session, String user, String address, String schema) {}
}
