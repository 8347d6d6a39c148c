package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What all clients were given, with when they asked and when they had it. Fails on a number that
 * was given twice, and on one that is smaller than a number somebody had before it was asked for
 * (I2).
 */
final class NumberHistory {
  private final List<List<Given>> clients = new ArrayList<>();

  /**
   * @param begin nanoTime before the call, {@code end} after it
   */
  record Given(long begin, long end, long first, int count) {
    long last() {
      return first + count - 1;
    }
  }

  /** For one thread. */
  synchronized List<Given> client() {
    List<Given> mine = new ArrayList<>();
    clients.add(mine);
    return mine;
  }

  /** To be called when nobody adds any more. Returns how many were checked. */
  synchronized int check() {
    List<Given> all = new ArrayList<>();
    clients.forEach(all::addAll);
    return check(all);
  }

  static int check(List<Given> all) {
    List<Given> byNumber = new ArrayList<>(all);
    byNumber.sort(Comparator.comparingLong(Given::first));
    for (int i = 1; i < byNumber.size(); i++) {
      Given before = byNumber.get(i - 1);
      Given after = byNumber.get(i);
      assertThat(before.last())
          .as("%s and %s share a number", before, after)
          .isLessThan(after.first());
    }
    List<Given> byEnd = new ArrayList<>(all);
    byEnd.sort(Comparator.comparingLong(Given::end));
    List<Given> byBegin = new ArrayList<>(all);
    byBegin.sort(Comparator.comparingLong(Given::begin));
    int ended = 0;
    Given largest = null;
    for (Given asked : byBegin) {
      while (ended < byEnd.size() && byEnd.get(ended).end() < asked.begin()) {
        Given one = byEnd.get(ended);
        largest = largest == null || one.last() > largest.last() ? one : largest;
        ended++;
      }
      if (largest != null) {
        assertThat(asked.first())
            .as("%s was asked for after %s was given", asked, largest)
            .isGreaterThan(largest.last());
      }
    }
    return all.size();
  }
}
