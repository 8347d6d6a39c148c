package io.piplan.raft.kv;

/**
 * A key of the example as {@link Linearizability} sees it: a value with a version that grows.
 *
 * <p>The version of a write whose answer was lost is not known; it becomes what is first seen.
 */
final class VersionedRegister
    implements Linearizability.Model<VersionedRegister.State, VersionedRegister.Operation> {
  private static final long UNKNOWN = -1;

  /**
   * @param version 0 if it isn't there
   * @param unseen whether the last step was a write without an answer. Somebody must see it next:
   *     one that is overwritten unseen may as well never have happened, and without this rule the
   *     search would try all sets of such writes at every turn
   */
  record State(long value, long version, boolean unseen) {
    State(long value, long version) {
      this(value, version, false);
    }
  }

  /** What was asked, and what was answered. */
  sealed interface Operation {}

  /**
   * @param version that it was given; negative if the answer is unknown
   */
  record Put(long value, long version) implements Operation {}

  /** Version 0: it isn't there. */
  record Get(long value, long version) implements Operation {}

  /**
   * @param expected version it had to have
   * @param done whether it had; {@code version} is the new one, or the one that was there
   */
  record Swap(long expected, long value, boolean done, long version) implements Operation {}

  /** A swap whose answer was lost; it may have done nothing. */
  record UnknownSwap(long expected, long value) implements Operation {}

  @Override
  public State first() {
    return new State(0, 0);
  }

  @Override
  public State after(State state, Operation operation) {
    if (operation instanceof Put put) {
      return !state.unseen() && grows(state, put.version())
          ? new State(put.value(), known(put.version()), put.version() < 0)
          : null;
    }
    if (operation instanceof Get get) {
      boolean same = state.value() == get.value() && mayBe(state, get.version());
      return same ? new State(get.value(), get.version()) : null;
    }
    if (operation instanceof UnknownSwap swap) {
      return mayBe(state, swap.expected()) ? new State(swap.value(), UNKNOWN, true) : null;
    }
    Swap swap = (Swap) operation;
    if (!swap.done()) {
      return swap.version() != swap.expected() && mayBe(state, swap.version())
          ? new State(state.value(), swap.version())
          : null;
    }
    return mayBe(state, swap.expected()) && swap.version() > swap.expected()
        ? new State(swap.value(), swap.version())
        : null;
  }

  private static long known(long version) {
    return version < 0 ? UNKNOWN : version;
  }

  private static boolean grows(State state, long version) {
    return version < 0 || state.version() == UNKNOWN || version > state.version();
  }

  private static boolean mayBe(State state, long version) {
    return state.version() == version || (state.version() == UNKNOWN && version > 0);
  }
}
