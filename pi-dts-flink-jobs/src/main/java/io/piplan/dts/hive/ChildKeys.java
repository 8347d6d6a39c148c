package io.piplan.dts.hive;

import io.piplan.dts.ChangedParents;
import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;

/**
 * The foreign keys of a table whose actions are followed, those included that the source has no
 * more: rows that ended with a parent stay ended. Pure.
 */
record ChildKeys(List<ChildKey> all) {
  ChildKeys {
    all = List.copyOf(all);
  }

  /** Those that the source has. */
  List<ChildKey> inForce() {
    return all.stream().filter(key -> !key.ended()).toList();
  }

  /** Whether the source has just these; what they are called does not matter. */
  boolean areThose(List<ChildKey> source) {
    return nameless(inForce()).equals(nameless(source));
  }

  /** The parents of those that are not known yet, and of those that the source has no more. */
  ChangedParents others(List<ChildKey> source) {
    return new ChangedParents(parents(source, inForce()), parents(inForce(), source));
  }

  private static Set<TableId> parents(List<ChildKey> of, List<ChildKey> but) {
    Set<ChildKey> known = nameless(but);
    return of.stream()
        .filter(key -> !known.contains(key.nameless()))
        .map(ChildKey::parent)
        .collect(Collectors.toSet());
  }

  private static Set<ChildKey> nameless(List<ChildKey> keys) {
    return keys.stream().map(ChildKey::nameless).collect(Collectors.toSet());
  }

  /**
   * What they become where the source has these: rows of the log that tell of one go on meaning the
   * same, so one that does something else is told of under another name.
   */
  ChildKeys followed(List<ChildKey> source) {
    Map<ChildKey, ChildKey> distinct = new LinkedHashMap<>();
    source.forEach(key -> distinct.putIfAbsent(key.nameless(), key));
    List<ChildKey> left = new ArrayList<>(distinct.values());
    ChildKey[] after = new ChildKey[all.size()];
    take(after, left, (key, now) -> key.nameless().equals(now.nameless()));
    // Its parent may be called otherwise by now.
    take(after, left, (key, now) -> !key.ended() && key.tellsLike(now));
    take(after, left, ChildKey::tellsLike);
    List<ChildKey> result = new ArrayList<>();
    Set<String> ops = new HashSet<>();
    for (int i = 0; i < after.length; i++) {
      ChildKey key = after[i] == null ? all.get(i).end() : after[i];
      result.add(key);
      ops.add(key.op());
    }
    for (ChildKey key : left) {
      String op = key.op();
      for (int number = 2; !ops.add(op); number++) {
        op = key.op() + "__" + number;
      }
      result.add(key.withOp(op));
    }
    return new ChildKeys(result);
  }

  /** Lets those that have no successor yet go on as one of those that are left. */
  private void take(
      ChildKey[] after, List<ChildKey> left, BiPredicate<ChildKey, ChildKey> successor) {
    for (int i = 0; i < after.length; i++) {
      ChildKey key = all.get(i);
      if (after[i] == null) {
        List<ChildKey> found = left.stream().filter(now -> successor.test(key, now)).toList();
        if (!found.isEmpty()) {
          after[i] = found.get(0).withOp(key.op());
          left.remove(found.get(0));
        }
      }
    }
  }
}
