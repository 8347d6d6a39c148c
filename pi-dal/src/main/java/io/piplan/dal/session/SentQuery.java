package io.piplan.dal.session;

import io.piplan.dal.Result;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnection.Progress;
import io.piplan.dal.plan.NodeUnions;
import java.util.List;
import java.util.function.Supplier;

/** A query over several nodes that all of them were sent, and nobody waits for yet. */
final class SentQuery implements DalSession.Ahead {
  /** Of all nodes: merging them holds up nobody. */
  private static final long FEW_BYTES = 128 * 1024;

  private final List<NodeConnection.Queries> sent;
  private final NodeUnions unions;
  private final Supplier<Result> result;

  /**
   * @param result reads the answers, and asks in another way where they are of no use
   */
  SentQuery(List<NodeConnection.Queries> sent, NodeUnions unions, Supplier<Result> result) {
    this.sent = List.copyOf(sent);
    this.unions = unions;
    this.result = result;
  }

  @Override
  public void whenTold(Runnable told) {
    sent.forEach(one -> one.whenTold(told));
  }

  @Override
  public Progress progress() {
    Progress all = Progress.READY;
    for (NodeConnection.Queries one : sent) {
      Progress progress = one.progress(FEW_BYTES / sent.size());
      if (progress == Progress.OTHER) {
        return progress;
      }
      all = progress == Progress.WAITS ? progress : all;
    }
    return all == Progress.READY && !areOfUse() ? Progress.OTHER : all;
  }

  private boolean areOfUse() {
    return sent.stream().allMatch(one -> unions.shown(one.columns()).isPresent());
  }

  Result result() {
    return result.get();
  }

  /** Nobody wants it. */
  void drop() {
    sent.forEach(NodeConnection.Queries::drop);
  }
}
