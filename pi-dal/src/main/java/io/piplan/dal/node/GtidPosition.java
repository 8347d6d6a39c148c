package io.piplan.dal.node;

import java.util.HashMap;
import java.util.Map;

/** A position of MariaDB: the last number in each domain. */
record GtidPosition(Map<Long, Long> numbers) {
  GtidPosition {
    numbers = Map.copyOf(numbers);
  }

  /**
   * Reads {@code 0-1-100,1-1-7}: domain, server, number.
   *
   * @throws IllegalArgumentException if it is none
   */
  static GtidPosition of(String text) {
    Map<Long, Long> numbers = new HashMap<>();
    for (String one : text.split(",", -1)) {
      String[] parts = one.trim().split("-", -1);
      if (one.isBlank()) {
        continue;
      }
      if (parts.length != 3) {
        throw new IllegalArgumentException("\"" + text + "\" is no position of MariaDB");
      }
      numbers.merge(Long.parseLong(parts[0]), Long.parseLong(parts[2]), Math::max);
    }
    return new GtidPosition(numbers);
  }

  /** Whether who is here has all that who is there had. */
  boolean reaches(GtidPosition other) {
    return other.numbers.entrySet().stream()
        .allMatch(there -> numbers.getOrDefault(there.getKey(), -1L) >= there.getValue());
  }
}
