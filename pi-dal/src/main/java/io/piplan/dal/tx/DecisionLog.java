package io.piplan.dal.tx;

import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Which global transactions commit. What isn't in it is rolled back. Used from many threads. */
public interface DecisionLog extends AutoCloseable {

  /** The first part of this log's transaction names, which no other log has. */
  String instance();

  /**
   * Decides to commit. When it returns, the decision survives any crash.
   *
   * @param nodes that have a branch
   * @throws io.piplan.dal.DalException if it can't be stored; then nothing is known
   */
  void commit(String transaction, List<String> nodes);

  /**
   * All branches have committed: the decision needn't be kept. If that can't be stored it is kept,
   * and nothing is thrown.
   */
  void done(String transaction);

  boolean isCommitted(String transaction);

  /** Decided and not done. */
  Collection<String> pending();

  /** Which nodes have a branch of what is decided; empty if the log doesn't know. */
  Set<String> nodes(String transaction);

  @Override
  void close();
}
