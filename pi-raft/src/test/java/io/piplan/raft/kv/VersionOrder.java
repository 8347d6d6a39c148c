package io.piplan.raft.kv;

import io.piplan.raft.kv.Linearizability.Call;
import io.piplan.raft.kv.VersionedRegister.Get;
import io.piplan.raft.kv.VersionedRegister.Operation;
import io.piplan.raft.kv.VersionedRegister.Put;
import io.piplan.raft.kv.VersionedRegister.Swap;
import io.piplan.raft.kv.VersionedRegister.UnknownSwap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;

/**
 * Whether calls of one key can have happened one after the other, told by their versions. Each
 * write has a version of its own and they only grow, so the order of all that was answered is known
 * but for reads of one version, whose order doesn't matter: it is left to see whether that order
 * agrees with the times of the calls, each version with one value that somebody wrote, and each
 * swap with what was there just before. {@link Linearizability} searches for the order instead,
 * which takes too long where many answers were lost; on short histories the two agree.
 */
final class VersionOrder {
  private record Answer(long begin, long end, long version, boolean writes, Operation operation) {}

  private final Map<Long, Long> values = new HashMap<>();
  private final List<Answer> answers = new ArrayList<>();

  /** When writes began whose answers were lost, by their value. */
  private final Map<Long, Long> lost = new HashMap<>();

  private final List<String> found = new ArrayList<>();

  private VersionOrder() {}

  /** What cannot have been, in words; empty if all is well. */
  static List<String> violations(List<Call<Operation>> history) {
    VersionOrder order = new VersionOrder();
    history.forEach(order::note);
    order.times();
    order.origins();
    order.swaps();
    return order.found;
  }

  private void note(Call<Operation> call) {
    Operation operation = call.operation();
    if (call.end() == Linearizability.NEVER) {
      long value = operation instanceof Put put ? put.value() : ((UnknownSwap) operation).value();
      lost.put(value, call.begin());
    } else if (operation instanceof Put put) {
      answer(call, put.version(), true);
      value(put.version(), put.value());
    } else if (operation instanceof Get get) {
      answer(call, get.version(), false);
      value(get.version(), get.value());
    } else if (operation instanceof Swap swap) {
      answer(call, swap.version(), swap.done());
      if (swap.done()) {
        value(swap.version(), swap.value());
      }
    }
  }

  private void answer(Call<Operation> call, long version, boolean writes) {
    answers.add(new Answer(call.begin(), call.end(), version, writes, call.operation()));
  }

  private void value(long version, long value) {
    Long known = values.putIfAbsent(version, value);
    if (known != null && known != value) {
      found.add("version " + version + " was " + known + " and " + value);
    }
  }

  /** No call sees an older version than one that had ended before it began. */
  private void times() {
    answers.sort(Comparator.comparingLong(Answer::begin));
    PriorityQueue<Answer> underWay = new PriorityQueue<>(Comparator.comparingLong(Answer::end));
    Answer newest = null;
    for (Answer answer : answers) {
      while (!underWay.isEmpty() && underWay.peek().end() < answer.begin()) {
        Answer ended = underWay.poll();
        if (newest == null || ended.version() > newest.version()) {
          newest = ended;
        }
      }
      if (newest != null
          && (answer.version() < newest.version()
              || (answer.writes() && answer.version() == newest.version()))) {
        found.add(answer + " came after " + newest);
      }
      underWay.add(answer);
    }
  }

  /** What was seen has been written, once, by somebody who had begun by then. */
  private void origins() {
    Map<Long, Answer> writers = new HashMap<>();
    for (Answer answer : answers) {
      if (answer.writes()) {
        Answer other = writers.put(answer.version(), answer);
        if (other != null) {
          found.add(answer + " has the version of " + other);
        }
      }
    }
    for (Answer answer : answers) {
      if (answer.version() == 0 || writers.containsKey(answer.version())) {
        continue;
      }
      Long value = values.get(answer.version());
      boolean written =
          value == null
              ? lost.values().stream().anyMatch(begin -> begin <= answer.end())
              : lost.getOrDefault(value, Long.MAX_VALUE) <= answer.end();
      if (!written) {
        found.add("nobody wrote what " + answer + " saw");
      }
    }
  }

  /** Between the version that a swap expected and its own there is none. */
  private void swaps() {
    TreeSet<Long> versions = new TreeSet<>(values.keySet());
    answers.forEach(answer -> versions.add(answer.version()));
    for (Answer answer : answers) {
      if (answer.operation() instanceof Swap swap) {
        if (!swap.done() && swap.version() == swap.expected()) {
          found.add(answer + " was refused for nothing");
        } else if (swap.done()) {
          Long before = versions.lower(swap.version());
          if (swap.expected() >= swap.version() || (before != null && before > swap.expected())) {
            found.add(answer + " came upon version " + before);
          }
        }
      }
    }
  }
}
