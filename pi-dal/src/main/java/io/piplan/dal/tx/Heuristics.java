package io.piplan.dal.tx;

import io.piplan.dal.DalException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
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
    kept.addLast(
        new PreparedBranch(
            node,
            transaction,
            PreparedBranch.State.ENDED_BY_OTHERS,
            "decided to commit, and the node said: " + failure.getMessage()));
    if (kept.size() > MOST_KEPT) {
      kept.removeFirst();
    }
  }

  synchronized List<PreparedBranch> latest() {
    return List.copyOf(kept);
  }

  synchronized long count() {
    return count;
  }
}
