package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.Value;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What one client does. Calls block until the nodes have answered, so they are made outside of any
 * event loop, one at a time; only {@link #cancel} comes from other threads. Every method throws
 * {@link io.piplan.dal.DalException}. A stream that {@link #execute(String)} gave is read or closed
 * before the next call.
 */
public interface DalSession extends AutoCloseable {

  /** Runs one statement; what controls transactions (BEGIN, COMMIT, SET autocommit, …) too. */
  Result execute(String sql);

  /**
   * A text in which comments that servers run, {@code /*! … *}{@code /}, are written out or left
   * out, as the nodes would. May wait: the nodes are asked for their versions.
   */
  String written(String sql);

  /** Checks a statement and counts its parameters. Nothing is kept: it needs no close. */
  Prepared prepare(String sql);

  /**
   * Runs a prepared statement. Rows come in {@link io.piplan.dal.RowStream#format} TEXT or BINARY:
   * who answers a binary execute converts the first.
   */
  Result execute(Prepared statement, List<Value> parameters);

  /**
   * The text of a prepared statement with values for its parameters.
   *
   * @param values as many as it has
   */
  String withValues(Prepared statement, List<Value> values);

  /**
   * Where a statement runs whole, if one node's answer is all of its answer: who has connections of
   * his own may run it there, and must then call {@link #answered} or {@link #failed}. Waits for
   * nothing. Empty: {@link #execute(String)} runs it, or tells what is wrong with it.
   */
  Optional<OnNode> onNode(String sql);

  /**
   * As above; {@link OnNode#sql} has the parameters still in it, in their order.
   *
   * @param parameters as many as the statement has
   */
  Optional<OnNode> onNode(Prepared statement, List<Value> parameters);

  /**
   * Sends a query over several nodes to those on which the transaction has begun: then {@link
   * #execute(String)} of the same text is the next call. Waits for nothing. Empty: nothing was
   * sent.
   */
  Optional<Ahead> ahead(String sql);

  /** As above, of {@link #execute(Prepared, List)}. */
  Optional<Ahead> ahead(Prepared statement, List<Value> parameters);

  /**
   * What a node can be asked to prepare, to know the columns of a statement's rows before it runs.
   * Waits for nothing. Empty if that isn't known.
   *
   * @throws DalException if it fails whatever its values are
   */
  Optional<Sample> sample(Prepared statement);

  /**
   * LOAD DATA LOCAL INFILE: each row goes to its shards, all in one transaction.
   *
   * @param file asks the client for it
   */
  Result load(String sql, LocalFile file);

  /**
   * The session's connections to the nodes of the rules that it works by: those of its transaction,
   * else those of the last {@link #onNode}.
   */
  NodeConnections connections();

  /**
   * The transaction's connection to a node, if it has begun there; else null. Waits for nothing.
   */
  NodeConnection begunOn(String node);

  /**
   * What must be run on a connection to a node, one statement after the other, so that the
   * transaction begins there, where it hasn't. The connection has the session's {@link #variables}
   * already. Then {@link #begun} is called, or {@link #failed}. Waits for nothing.
   */
  List<String> opening(String node);

  /** The transaction has begun on this connection, and gives it back when it ends. */
  void begun(NodeConnection connection);

  /** A statement was run on its node. */
  void answered(OnNode statement, long lastInsertId);

  /**
   * A statement has failed on its node: rolls back if that ends the transaction, and may wait then.
   *
   * @return where to run it instead: a replica could not answer; empty if this is its answer
   */
  Optional<OnNode> failed(OnNode statement, DalException failure);

  /**
   * The number by which its owner knows it: CONNECTION_ID(). Without one the nodes answer, each
   * with the number of its connection.
   */
  void number(long number);

  /**
   * What SET has set, by name; values as in SQL. A node connection must have these, by {@link
   * #setting}.
   */
  Map<String, String> variables();

  /** Of {@link #variables} those of the session, without what is only of its transaction. */
  Map<String, String> ownVariables();

  /** The statement that gives a variable to a node connection that is as it began. */
  static String setting(String name, String value) {
    return SessionNodes.setting(name, value);
  }

  /**
   * Makes of a column of an actual table what apps see. The same object as long as the rules by
   * which the session works are the same.
   */
  UnaryOperator<Column> names();

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

  /**
   * Whether a server has ended the connection that had the session's named locks. From where
   * connections' answers are read.
   */
  boolean hasLostLocks();

  /** Stops the statement that runs now, if one does: KILL QUERY. From any thread. */
  void cancel();

  /** Rolls back and gives the node connections back. */
  @Override
  void close();

  /** A query whose answers are under way. */
  interface Ahead {
    /** Calls back when {@link #progress} has changed, on the thread that reads from the nodes. */
    void whenTold(Runnable told);

    /** How far it is; READY: the call of execute waits for nobody. */
    NodeConnection.Progress progress();
  }

  /**
   * A statement with its parameters counted.
   *
   * @param parameters how many {@code ?} it has
   * @param schema the current one when it was prepared, in which its names are looked for whenever
   *     it runs; null for none
   */
  record Prepared(String sql, int parameters, String schema) {}

  /**
   * A statement for one node that gives rows like those of a statement on several.
   *
   * @param columns what becomes of the node's columns
   */
  record Sample(String node, String sql, UnaryOperator<List<Column>> columns) {}

  /**
   * A statement for one node.
   *
   * @param node the source, or a replica of it
   * @param writes whether it changes rows
   * @param inTransaction whether it runs on the connection of {@link #begunOn}, else on any
   */
  record OnNode(String node, String source, String sql, boolean writes, boolean inTransaction) {
    public boolean onReplica() {
      return !node.equals(source);
    }

    OnNode onSource() {
      return new OnNode(source, source, sql, writes, inTransaction);
    }
  }
}
