package io.piplan.raft.kv;

import io.piplan.raft.kv.Linearizability.Call;
import io.piplan.raft.kv.VersionedRegister.Get;
import io.piplan.raft.kv.VersionedRegister.Operation;
import io.piplan.raft.kv.VersionedRegister.Put;
import io.piplan.raft.kv.VersionedRegister.Swap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * What must hold of versions, whatever the order: a version has one value, and no call sees an
 * older one than a call that had ended before it began. Weaker than {@link Linearizability}, at
 * once, and it names the two calls.
 */
final class VersionOrder {
  private record Answer(long begin, long end, long version, boolean writes, Operation operation) {}

  private VersionOrder() {}

  static List<String> violations(List<Call<Operation>> history) {
    List<Answer> answers = new ArrayList<>();
    Map<Long, Long> values = new HashMap<>();
    List<String> found = new ArrayList<>();
    for (Call<Operation> call : history) {
      if (call.end() == Linearizability.NEVER) {
        continue;
      }
      Operation operation = call.operation();
      if (operation instanceof Put put) {
        answers.add(new Answer(call.begin(), call.end(), put.version(), true, put));
        value(values, put.version(), put.value(), found);
      } else if (operation instanceof Get get) {
        answers.add(new Answer(call.begin(), call.end(), get.version(), false, get));
        value(values, get.version(), get.value(), found);
      } else if (operation instanceof Swap swap) {
        answers.add(new Answer(call.begin(), call.end(), swap.version(), swap.done(), swap));
        if (swap.done()) {
          value(values, swap.version(), swap.value(), found);
        }
      }
    }
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
    return found;
  }

  private static void value(Map<Long, Long> values, long version, long value, List<String> found) {
    Long known = values.putIfAbsent(version, value);
    if (known != null && known != value) {
      found.add("version " + version + " was " + known + " and " + value);
    }
  }
}
