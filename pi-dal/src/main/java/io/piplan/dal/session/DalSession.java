package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.Result;
import io.piplan.dal.Value;
import java.util.List;

/**
 * What one client does. Calls block until the nodes have answered, so they are made outside of any
 * event loop, one at a time; only {@link #cancel} comes from other threads. Every method throws
 * {@link io.piplan.dal.DalException}. A stream that {@link #execute(String)} gave is read or closed
 * before the next call.
 */
public interface DalSession extends AutoCloseable {

  /** Runs one statement; what controls transactions (BEGIN, COMMIT, SET autocommit, …) too. */
  Result execute(String sql);

  /** Checks a statement and counts its parameters. Nothing is kept: it needs no close. */
  Prepared prepare(String sql);

  /**
   * Runs a prepared statement. Rows come in {@link io.piplan.dal.RowStream#format} TEXT or BINARY:
   * who answers a binary execute converts the first.
   */
  Result execute(Prepared statement, List<Value> parameters);

  /** The columns of a logical table: COM_FIELD_LIST. */
  List<Column> fields(String table);

  /** COM_INIT_DB and USE. */
  void use(String schema);

  /** The current schema; null if none was chosen. */
  String schema();

  /** For the status flags of every answer. */
  boolean inTransaction();

  /** For the status flags of every answer. */
  boolean autocommit();

  void begin();

  void commit();

  void rollback();

  /** COM_RESET_CONNECTION: rolls back, forgets session variables and temporary state. */
  void reset();

  /** Stops the statement that runs now, if one does: KILL QUERY. From any thread. */
  void cancel();

  /** Rolls back and gives the node connections back. */
  @Override
  void close();

  /**
   * A statement with its parameters counted.
   *
   * @param parameters how many {@code ?} it has
   */
  record Prepared(String sql, int parameters) {}
}
