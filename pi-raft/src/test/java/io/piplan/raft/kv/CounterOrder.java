package io.piplan.raft.kv;

import io.piplan.raft.kv.Counter.Add;
import io.piplan.raft.kv.Counter.Operation;
import io.piplan.raft.kv.Counter.Read;
import io.piplan.raft.kv.Linearizability.Call;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * Whether calls of a counter can have happened one after the other, told by the sums. Each add has
 * a sum of its own, one above the one before, so the order of all that was answered is known; a sum
 * that nobody was told is that of an add whose answer was lost, and each of these has one at most.
 * So an add that was done twice is found as a sum that nobody can have made. {@link
 * Linearizability} searches for the order instead; on short histories the two agree.
 */
final class CounterOrder {
  private record Answer(long begin, long end, long sum, boolean adds) {}

  private final List<Answer> answers = new ArrayList<>();

  /** When adds began whose answers were lost. */
  private final List<Long> lost = new ArrayList<>();

  private final List<String> found = new ArrayList<>();

  private CounterOrder() {}

  /** What cannot have been, in words; empty if all is well. */
  static List<String> violations(List<Call<Operation>> history) {
    CounterOrder order = new CounterOrder();
    history.forEach(order::note);
    order.times();
    order.origins();
    return order.found;
  }

  private void note(Call<Operation> call) {
    if (call.operation() instanceof Add add) {
      answers.add(new Answer(call.begin(), call.end(), add.sum(), true));
    } else if (call.operation() instanceof Read read) {
      answers.add(new Answer(call.begin(), call.end(), read.sum(), false));
    } else {
      lost.add(call.begin());
    }
  }

  /** No call has a smaller sum than one that had ended before it began, and no add the same. */
  private void times() {
    answers.sort(Comparator.comparingLong(Answer::begin));
    PriorityQueue<Answer> underWay = new PriorityQueue<>(Comparator.comparingLong(Answer::end));
    Answer largest = null;
    for (Answer answer : answers) {
      while (!underWay.isEmpty() && underWay.peek().end() < answer.begin()) {
        Answer ended = underWay.poll();
        if (largest == null || ended.sum() > largest.sum()) {
          largest = ended;
        }
      }
      if (largest != null
          && (answer.sum() < largest.sum() || (answer.adds() && answer.sum() == largest.sum()))) {
        found.add(answer + " came after " + largest);
      }
      underWay.add(answer);
    }
  }

  /** Each sum was made by one add, which had begun before anybody who saw it or more ended. */
  private void origins() {
    Map<Long, Answer> makers = new HashMap<>();
    NavigableMap<Long, Long> firstEnds = new TreeMap<>();
    for (Answer answer : answers) {
      if (answer.adds()) {
        Answer other = makers.put(answer.sum(), answer);
        if (other != null) {
          found.add(answer + " has the sum of " + other);
        }
      }
      firstEnds.merge(answer.sum(), answer.end(), Math::min);
    }
    lost.sort(Comparator.naturalOrder());
    ArrayDeque<Long> left = new ArrayDeque<>(lost);
    long largest = firstEnds.isEmpty() ? 0 : firstEnds.lastKey();
    Map<Long, Long> seenBy = seenBy(firstEnds);
    for (long sum = 1; sum <= largest; sum++) {
      Answer maker = makers.get(sum);
      long seen = seenBy.get(firstEnds.ceilingKey(sum));
      if (maker != null) {
        if (maker.begin() > seen) {
          found.add(maker + " was seen before it began");
        }
      } else if (left.isEmpty() || left.poll() > seen) {
        found.add("nobody can have made the sum " + sum);
        return;
      }
    }
  }

  /** For each sum that was told, when the first ended who was told it or more. */
  private static Map<Long, Long> seenBy(NavigableMap<Long, Long> firstEnds) {
    Map<Long, Long> seenBy = new HashMap<>();
    long earliest = Long.MAX_VALUE;
    for (Map.Entry<Long, Long> each : firstEnds.descendingMap().entrySet()) {
      earliest = Math.min(earliest, each.getValue());
      seenBy.put(each.getKey(), earliest);
    }
    return seenBy;
  }
}
