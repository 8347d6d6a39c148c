package io.piplan.dal.tx;

import io.piplan.dal.DalException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Branches that somebody else has ended, though their transaction was decided to commit: what they
 * had written may be missing. From any thread.
 */
final class Heuristics {
  private static final Logger LOG = LoggerFactory.getLogger(Heuristics.class);
  private static final int MOST_KEPT = 100;

  /** XAER_NOTA, and the codes of branches that were rolled back. */
  private static final Set<Integer> ENDED = Set.of(1397, 1402, 1613, 1614);

  private final Deque<PreparedBranch> kept = new ArrayDeque<>();

  /** The nodes that have not said whether they have committed, by transaction. */
  private final Map<String, Set<String>> late = new HashMap<>();

  private long count;

  /** Whether a prepared branch that is asked to commit answers so when it is there no more. */
  static boolean isOne(DalException failure) {
    return ENDED.contains(failure.mysqlNumber());
  }

  synchronized void add(String node, String transaction, DalException failure) {
    LOG.error(
        "{} was decided to commit, and its branch on {} was ended by somebody else: what it had"
            + " written there may be missing: {}",
        transaction,
        node,
        failure.getMessage());
    count++;
    keep(
        new PreparedBranch(
            node,
            transaction,
            PreparedBranch.State.ENDED_BY_OTHERS,
            "decided to commit, and the node said: " + failure.getMessage()));
  }

  private void keep(PreparedBranch branch) {
    kept.addLast(branch);
    if (kept.size() > MOST_KEPT) {
      kept.removeFirst();
    }
  }

  /** A node was asked to commit, and the answer was lost. */
  synchronized void late(String node, String transaction) {
    late.computeIfAbsent(transaction, name -> new HashSet<>()).add(node);
  }

  /** Nobody need look any more whether a node has committed: it has, or is given up. */
  synchronized void isClear(String node, String transaction) {
    late.computeIfPresent(
        transaction,
        (name, nodes) -> {
          nodes.remove(node);
          return nodes.isEmpty() ? null : nodes;
        });
  }

  /** A decision is given up whole. */
  synchronized void forgotten(String transaction) {
    late.remove(transaction);
  }

  /** All nodes of a transaction have been asked. */
  synchronized void settled(String transaction) {
    Set<String> unclear = late.remove(transaction);
    if (unclear == null) {
      return;
    }
    for (String node : unclear) {
      LOG.warn(
          "{} was decided to commit, and {} has it prepared no more: it has committed it without an"
              + " answer, or somebody has ended it by hand; look whether what it wrote there is"
              + " there",
          transaction,
          node);
      keep(
          new PreparedBranch(
              node,
              transaction,
              PreparedBranch.State.MAYBE_COMMITTED,
              "decided to commit; the node's answer was lost, and it has nothing prepared now"));
    }
  }

  synchronized List<PreparedBranch> latest() {
    return List.copyOf(kept);
  }

  synchronized long count() {
    return count;
  }
}
