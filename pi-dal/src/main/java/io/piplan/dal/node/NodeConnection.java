package io.piplan.dal.node;

import io.piplan.dal.Result;
import java.util.List;

/**
 * A connection to one data node. One thread at a time, but {@link #cancel}. A stream that {@link
 * #run} gave is closed before the next statement.
 */
public interface NodeConnection extends AutoCloseable {
  String node();

  /**
   * Runs a statement.
   *
   * @throws io.piplan.dal.DalException with the server's number and SQLSTATE, if it fails there
   */
  Result run(String sql);

  /**
   * Runs statements of which each fails if the one before has failed, so that all may be sent at
   * once. None of them gives rows.
   *
   * @throws io.piplan.dal.DalException of the first that fails
   */
  default void runAll(List<String> statements) {
    statements.forEach(this::run);
  }

  /** Stops the statement that runs now, if one does. From any thread. */
  void cancel();

  /** Never uses it again: its transaction's state isn't known. */
  void discard();

  /** Gives it back; it is outside of any transaction. */
  @Override
  void close();
}
