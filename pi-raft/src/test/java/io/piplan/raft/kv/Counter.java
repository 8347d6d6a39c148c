package io.piplan.raft.kv;

/** A key that callers add 1 to, as {@link Linearizability} sees it. */
final class Counter implements Linearizability.Model<Long, Counter.Operation> {
  /** What was asked, and what was answered. */
  sealed interface Operation {}

  /**
   * @param sum that was answered
   */
  record Add(long sum) implements Operation {}

  /** One whose answer was lost; it may have done nothing. */
  record UnknownAdd() implements Operation {}

  record Read(long sum) implements Operation {}

  @Override
  public Long first() {
    return 0L;
  }

  @Override
  public Long after(Long state, Operation operation) {
    if (operation instanceof Read read) {
      return read.sum() == state ? state : null;
    }
    if (operation instanceof Add add) {
      return add.sum() == state + 1 ? add.sum() : null;
    }
    return state + 1;
  }
}
