package io.piplan.dts.apply;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What MySQL's XA and PostgreSQL's PREPARE TRANSACTION have in common. */
abstract class TwoPhaseTransactions implements Transactions {
  private final Supplier<String> nextId;
  private String active;
  private String prepared;

  /**
   * @param nextId gives each transaction its {@link TransactionId}
   */
  TwoPhaseTransactions(Supplier<String> nextId) {
    this.nextId = nextId;
  }

  abstract List<String> beginning(String id);

  abstract List<String> preparing(String id);

  abstract List<String> abandoning(String id);

  abstract String ending(String id, boolean commit);

  /** The query for the ids of all prepared transactions. */
  abstract String listing();

  /** The id in a row of {@link #listing}. */
  abstract String id(ResultSet row) throws SQLException;

  /** Runs the statement that ends this connection's own prepared transaction. */
  abstract void runEnding(Connection on, String sql) throws SQLException;

  /** Whether the error says that there is no such prepared transaction, at least not for us. */
  abstract boolean isUnknown(SQLException e);

  @Override
  public void begin(Connection on) throws SQLException {
    if (active == null) {
      // Reading may have begun a local one, within which none of these can begin.
      on.rollback();
      String id = nextId.get();
      execute(on, beginning(id));
      active = id;
    }
  }

  @Override
  public void commit(Connection on) throws SQLException {
    if (active == null) {
      on.commit();
      return;
    }
    if (prepared != null) {
      throw new IllegalStateException(prepared + " is prepared and must end first");
    }
    execute(on, preparing(active));
    prepared = active;
    active = null;
  }

  @Override
  public void rollback(Connection on) throws SQLException {
    if (active == null) {
      if (prepared == null) {
        on.rollback();
      }
      return;
    }
    List<String> statements = abandoning(active);
    active = null;
    SQLException failed = null;
    for (String sql : statements) {
      try {
        execute(on, List.of(sql));
        failed = null;
      } catch (SQLException e) {
        // XA END answers with an error for a transaction that the server has given up.
        failed = e;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  @Override
  public void lost() {
    active = null;
    prepared = null;
  }

  @Override
  public String prepared() {
    return prepared;
  }

  @Override
  public void commitPrepared(Connection on) throws SQLException {
    if (prepared != null) {
      // Not "unless unknown": if someone else has ended it, this writer has been replaced.
      runEnding(on, ending(prepared, true));
      prepared = null;
    }
  }

  @Override
  public List<String> find(Connection on, String prefix) throws SQLException {
    List<String> found = new ArrayList<>();
    try (Statement statement = on.createStatement();
        ResultSet rows = statement.executeQuery(listing())) {
      while (rows.next()) {
        String id = id(rows);
        if (id.startsWith(prefix)) {
          found.add(id);
        }
      }
    }
    return found;
  }

  @Override
  public void end(Connection on, String id, boolean commit) throws SQLException {
    on.rollback();
    try {
      runOutside(on, ending(id, commit));
    } catch (SQLException e) {
      if (!isUnknown(e)) {
        throw e;
      }
    }
  }

  /** Outside of any transaction. */
  static void runOutside(Connection on, String sql) throws SQLException {
    on.setAutoCommit(true);
    try {
      execute(on, List.of(sql));
    } finally {
      on.setAutoCommit(false);
    }
  }

  static void execute(Connection on, List<String> statements) throws SQLException {
    try (Statement statement = on.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
