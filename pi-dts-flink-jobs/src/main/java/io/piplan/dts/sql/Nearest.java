package io.piplan.dts.sql;

import java.util.Collection;

/** Finds what somebody may have meant by a misspelt name. */
final class Nearest {
  private Nearest() {}

  /** The candidate with the fewest edits, or null if none is close. */
  static String of(String name, Collection<String> candidates) {
    String best = null;
    int bestDistance = Math.min(name.length(), Math.max(2, name.length() / 2) + 1);
    for (String candidate : candidates) {
      boolean shortened = name.length() > 2 && candidate.startsWith(name);
      int distance = shortened ? 0 : distance(name, candidate);
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
