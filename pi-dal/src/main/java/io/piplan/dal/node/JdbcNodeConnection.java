package io.piplan.dal.node;

import com.mysql.cj.jdbc.StatementImpl;
import com.mysql.cj.jdbc.exceptions.MySQLStatementCancelledException;
import com.zaxxer.hikari.HikariDataSource;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;

/** A pooled JDBC connection. */
final class JdbcNodeConnection implements NodeConnection {
  private final String node;
  private final Connection connection;
  private final HikariDataSource pool;
  private final int timeoutSeconds;
  private volatile Statement running;
  private boolean given;

  JdbcNodeConnection(
      String node, Connection connection, HikariDataSource pool, int timeoutSeconds) {
    this.node = node;
    this.connection = connection;
    this.pool = pool;
    this.timeoutSeconds = timeoutSeconds;
  }

  @Override
  public String node() {
    return node;
  }

  @Override
  public Result run(String sql) {
    Statement statement = null;
    boolean rows = false;
    try {
      statement = connection.createStatement();
      // Streams rows instead of reading all of them first.
      statement.setFetchSize(Integer.MIN_VALUE);
      statement.setEscapeProcessing(false);
      statement.setQueryTimeout(timeoutSeconds);
      running = statement;
      rows = statement.execute(sql);
      if (rows) {
        return new Result.Rows(new JdbcRows(node, statement, this::ended));
      }
      long id = statement.unwrap(StatementImpl.class).getLastInsertID();
      return new Result.Done(Math.max(0, statement.getLargeUpdateCount()), Math.max(0, id), 0, "");
    } catch (SQLException e) {
      throw failed(node, e);
    } finally {
      if (!rows) {
        ended();
        close(statement);
      }
    }
  }

  private void ended() {
    running = null;
  }

  private static void close(Statement statement) {
    try {
      if (statement != null) {
        statement.close();
      }
    } catch (SQLException e) {
      // It was of no more use anyway; a broken connection shows with the next statement.
    }
  }

  static DalException failed(String node, SQLException e) {
    if (e instanceof SQLTimeoutException) {
      return new DalException(
          DalError.TIME_OUT, "a statement on node " + node + " took longer than allowed", e);
    }
    if (e instanceof MySQLStatementCancelledException) {
      return new DalException(DalError.KILLED, "Query execution was interrupted", e);
    }
    String state = e.getSQLState() == null ? "HY000" : e.getSQLState();
    if (state.startsWith("08") || e.getErrorCode() == 0) {
      return new DalException(
          DalError.NODE_UNREACHABLE, "node " + node + " failed: " + e.getMessage(), e);
    }
    return DalException.ofNode(e.getErrorCode(), state, e.getMessage(), e);
  }

  @Override
  public void cancel() {
    Statement statement = running;
    try {
      if (statement != null) {
        statement.cancel();
      }
    } catch (SQLException e) {
      throw failed(node, e);
    }
  }

  @Override
  public void discard() {
    if (!given) {
      given = true;
      pool.evictConnection(connection);
    }
  }

  @Override
  public void close() {
    if (given) {
      return;
    }
    given = true;
    try {
      connection.close();
    } catch (SQLException e) {
      pool.evictConnection(connection);
    }
  }
}
