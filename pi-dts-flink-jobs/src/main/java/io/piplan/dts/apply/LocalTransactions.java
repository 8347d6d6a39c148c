package io.piplan.dts.apply;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The server's ordinary transactions: done with their commit. */
final class LocalTransactions implements Transactions {
  @Override
  public void begin(Connection on) {
    // Auto-commit is off: the first statement begins one.
  }

  @Override
  public void commit(Connection on) throws SQLException {
    on.commit();
  }

  @Override
  public void rollback(Connection on) throws SQLException {
    on.rollback();
  }

  @Override
  public void lost() {
    // Nothing is remembered.
  }

  @Override
  public String prepared() {
    return null;
  }

  @Override
  public void commitPrepared(Connection on) {
    throw new IllegalStateException("local transactions are never prepared");
  }

  @Override
  public List<String> find(Connection on, String prefix) {
    return List.of();
  }

  @Override
  public void end(Connection on, String id, boolean commit) {
    throw new IllegalStateException("local transactions are never prepared");
  }
}
