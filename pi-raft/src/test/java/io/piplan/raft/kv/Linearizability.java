package io.piplan.raft.kv;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether what callers saw can have happened one after the other, each between its call and its
 * answer: the search of Wing and Gong with Lowe's memory of where it has been.
 */
final class Linearizability {
  /** End of a call whose outcome is unknown: it may have happened at any time since, or never. */
  static final long NEVER = Long.MAX_VALUE;

  /**
   * What one key does.
   *
   * @param <S> its state, with equals
   */
  interface Model<S, O> {
    S first();

    /** The state after an operation; null if it cannot have answered what it did. */
    S after(S state, O operation);
  }

  /** A call with its answer. */
  record Call<O>(long begin, long end, O operation) {}

  private record Seen<S>(BitSet done, S state) {}

  private record Step<S>(int call, S before) {}

  /** More than that are not looked at: then nothing is said. */
  private static final int MOST_STATES = 200_000;

  private Linearizability() {}

  static <S, O> boolean holds(Model<S, O> model, List<Call<O>> history) {
    List<Call<O>> calls = new ArrayList<>(history);
    // Those without an answer last: they are tried where nothing else explains what was seen.
    calls.sort(
        Comparator.comparing((Call<O> call) -> call.end() == NEVER).thenComparingLong(Call::begin));
    int answered = (int) calls.stream().filter(call -> call.end() != NEVER).count();
    Set<Seen<S>> seen = new HashSet<>();
    List<Step<S>> steps = new ArrayList<>();
    BitSet done = new BitSet(calls.size());
    S state = model.first();
    int from = 0;
    while (done.nextClearBit(0) < answered) {
      int next = -1;
      S after = null;
      long earliestEnd = earliestEnd(calls, answered, done);
      for (int i = done.nextClearBit(from); i < calls.size(); i = done.nextClearBit(i + 1)) {
        if (calls.get(i).begin() > earliestEnd) {
          if (i >= answered) {
            break;
          }
          i = answered - 1;
          continue;
        }
        after = model.after(state, calls.get(i).operation());
        if (after != null) {
          BitSet with = (BitSet) done.clone();
          with.set(i);
          if (seen.size() > MOST_STATES) {
            throw new IllegalStateException(
                "undecided after " + MOST_STATES + " states of " + calls.size() + " calls");
          }
          if (seen.add(new Seen<>(with, after))) {
            next = i;
            break;
          }
        }
      }
      if (next >= 0) {
        steps.add(new Step<>(next, state));
        done.set(next);
        state = after;
        from = 0;
      } else if (steps.isEmpty()) {
        return false;
      } else {
        Step<S> last = steps.remove(steps.size() - 1);
        done.clear(last.call());
        state = last.before();
        from = last.call() + 1;
      }
    }
    return true;
  }

  /** Nothing that began after this can come before what has ended by then. */
  private static <O> long earliestEnd(List<Call<O>> calls, int answered, BitSet done) {
    long earliest = NEVER;
    for (int i = done.nextClearBit(0); i < answered; i = done.nextClearBit(i + 1)) {
      if (calls.get(i).begin() > earliest) {
        break;
      }
      earliest = Math.min(earliest, calls.get(i).end());
    }
    return earliest;
  }
}
