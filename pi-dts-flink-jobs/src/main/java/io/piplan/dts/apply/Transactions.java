package io.piplan.dts.apply;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * How the transactions of a session begin and end. Those of two phases survive their connection
 * once they are prepared, and are then ended by their id from any connection. Used by one thread.
 */
interface Transactions {
  /** Before the first statement that writes; nothing if a transaction is open already. */
  void begin(Connection on) throws SQLException;

  /** Commits, or with two phases prepares, in which case {@link #prepared} names it. */
  void commit(Connection on) throws SQLException;

  /** Undoes what is open; what is prepared stays. */
  void rollback(Connection on) throws SQLException;

  /** The connection is gone, and with it what was open. */
  void lost();

  /** The prepared transaction that waits for {@link #commitPrepared}, or null. */
  String prepared();

  /** Commits the one that waits, if any. */
  void commitPrepared(Connection on) throws SQLException;

  /** Ids of all that are prepared on the server and start like {@code prefix}. */
  List<String> find(Connection on, String prefix) throws SQLException;

  /** Ends one that is prepared; nothing if another has ended it. */
  void end(Connection on, String id, boolean commit) throws SQLException;
}
