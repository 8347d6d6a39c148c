package io.piplan.dts.ddl;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** How one kind of target changes its tables. Used by one thread, on one connection. */
interface TargetDdl {

  /** Sets a connection up, which is in auto-commit mode. */
  void prepare(Connection on) throws SQLException;

  /**
   * Waits for whoever does this for the same sync, and keeps others out until {@link #unlock} or
   * the end of the connection. False if it takes longer than a few seconds.
   */
  boolean lock(Connection on) throws SQLException;

  void unlock(Connection on) throws SQLException;

  /** Whether what is done can be undone until the transaction ends. */
  boolean isTransactional();

  /**
   * Does one thing as far as it is not done; may be interrupted at any moment and done again.
   *
   * @return the statements that were run
   * @throws DdlException if it can't be done as the source has done it
   */
  List<String> run(Connection on, TargetChange change) throws SQLException;

  /** Takes away what {@link #run} has left behind to see what is done. */
  void cleanUp(Connection on, List<TargetChange> changes) throws SQLException;

  /** Whether an error may go by itself: a lock that others hold, a deadlock. */
  boolean isContention(SQLException e);

  boolean isDenied(SQLException e);
}
