package io.piplan.raft;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * A state that each member of a group holds a copy of. Members apply the same commands in the same
 * order, so {@link #apply} must depend on nothing but the state and its arguments: no clock, no
 * random number, no I/O, no iteration over hashed collections whose order may differ.
 *
 * <p><b>Threads.</b> {@code apply}, {@code save} and {@code load} are never called at the same
 * time. {@code query} runs beside other queries, never beside the three others. So no lock is
 * needed in an implementation.
 *
 * <p><b>Refusals</b> are answers, not exceptions: what {@code apply} throws reaches the caller as
 * {@link RaftError#STATE_FAILED}, on every member alike, and what had been changed before the throw
 * stays changed.
 */
public interface ReplicatedState {
  /**
   * Changes the state.
   *
   * @param index of the log entry; grows, several commands may share one
   * @param command as it was given to {@link RaftCaller#submit}
   * @return the answer for the caller; not null
   */
  byte[] apply(long index, byte[] command);

  /**
   * Answers from the state and leaves it as it is.
   *
   * @return not null
   */
  byte[] query(byte[] query);

  /**
   * Writes the whole state. Commands wait meanwhile, so a state should be what fits into memory and
   * is written within an election time-out, or the member may be thought to be dead.
   */
  void save(DataOutputStream out) throws IOException;

  /** Replaces the whole state by what {@link #save} has written. */
  void load(DataInputStream in) throws IOException;
}
