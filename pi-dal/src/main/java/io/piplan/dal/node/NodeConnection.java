package io.piplan.dal.node;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

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

  /** An answer that is under way. */
  interface Answer {
    /**
     * Waits for it, also when interrupted.
     *
     * @throws io.piplan.dal.DalException of the first statement that fails
     */
    void await();
  }

  /**
   * As {@link #runAll}, without waiting: nothing else is run here before the answer was awaited.
   *
   * @param threads for connections whose calls wait
   */
  default Answer start(List<String> statements, Executor threads) {
    CompletableFuture<Void> running = CompletableFuture.runAsync(() -> runAll(statements), threads);
    return () -> {
      try {
        running.join();
      } catch (CompletionException | CancellationException e) {
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
      }
    };
  }

  /** Whether {@link #query} sends all before the first is answered. */
  default boolean sendsAhead() {
    return false;
  }

  /** The results of several queries, in their order. */
  interface Queries {
    /**
     * The next one, after the one before was read to its end.
     *
     * @throws io.piplan.dal.DalException if it fails
     */
    RowStream next();

    /** Drops what was not read, so that the connection can be used again; or gives it up. */
    void drop();

    /**
     * How far it is, before the first of them was asked for.
     *
     * @param most how many bytes of rows are few
     */
    default Progress progress(long most) {
      return Progress.OTHER;
    }

    /** Calls back when {@link #progress} has changed, on the thread that reads from the node. */
    default void whenTold(Runnable told) {
      throw new UnsupportedOperationException("who asks for these waits for them");
    }

    /** Of the first result, which is {@link Progress#READY}. */
    default List<Column> columns() {
      throw new UnsupportedOperationException("who asks for these waits for them");
    }
  }

  /** How far answers have come. */
  enum Progress {
    WAITS,
    /** All are there, are short and ended well: reading them waits for nobody. */
    READY,
    /** Anything else; reading them may wait. */
    OTHER
  }

  /**
   * Runs queries one after the other, without waiting for the first. Only of connections that
   * {@link #sendsAhead}.
   */
  default Queries query(List<String> statements) {
    throw new UnsupportedOperationException("node " + node() + " takes one statement at a time");
  }

  /**
   * Runs LOAD DATA LOCAL INFILE, for which the node gets these rows as the file.
   *
   * @throws DalException if it fails there, or this kind of connection can't
   */
  default Result load(String sql, FileRows rows) {
    throw new DalException(
        DalError.REFUSED, "LOAD DATA LOCAL is not possible on a connection to node " + node());
  }

  /** Whether the server is known to have ended it; asked where its answers are read. */
  default boolean isLost() {
    return false;
  }

  /** Stops the statement that runs now, if one does. From any thread. */
  void cancel();

  /** Never uses it again: its transaction's state isn't known. */
  void discard();

  /** Gives it back; it is outside of any transaction. */
  @Override
  void close();
}
