package io.piplan.dal.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Columns that are equal in all rows that count, in groups. */
final class EqualColumns {
  private final List<Set<String>> groups = new ArrayList<>();

  EqualColumns() {}

  EqualColumns(EqualColumns others) {
    groups.addAll(others.groups);
  }

  void join(String left, String right) {
    Set<String> joined = new HashSet<>(List.of(left, right));
    groups.removeIf(
        group -> {
          boolean meets = group.contains(left) || group.contains(right);
          if (meets) {
            joined.addAll(group);
          }
          return meets;
        });
    groups.add(joined);
  }

  boolean areEqual(String left, String right) {
    return left.equals(right)
        || groups.stream().anyMatch(group -> group.contains(left) && group.contains(right));
  }
}
