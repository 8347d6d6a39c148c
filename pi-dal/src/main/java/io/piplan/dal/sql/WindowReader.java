package io.piplan.dal.sql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** By what the window functions of a SELECT divide its rows. */
final class WindowReader {
  private final String sql;
  private final TokenRange all;

  WindowReader(String sql, TokenRange all) {
    this.sql = sql;
    this.all = all;
  }

  /** Whether what begins here is a function over a window, and so no aggregate. */
  static boolean isOver(TokenRange range, int function) {
    int after = range.from(function).closing(1) + function + 1;
    return after < range.size() && range.get(after).is("OVER");
  }

  /** The expressions of PARTITION BY of each; empty if one isn't understood. */
  Optional<List<List<String>>> read() {
    List<List<String>> divided = new ArrayList<>();
    Map<String, List<String>> named = null;
    for (int i = 1; i + 1 < all.size(); i++) {
      if (!isWindow(i)) {
        continue;
      }
      // Asked of every SELECT: few have windows.
      named = named == null ? named() : named;
      List<String> one =
          isInSubquery(i)
              ? null
              : all.get(i + 1).is("(")
                  ? partition(i + 1)
                  : named.get(all.get(i + 1).name().toLowerCase(Locale.ROOT));
      if (one == null) {
        return Optional.empty();
      }
      divided.add(one);
    }
    return Optional.of(divided);
  }

  /** Also behind RESPECT NULLS and FROM FIRST. */
  private boolean isWindow(int at) {
    if (!all.get(at).is("OVER")) {
      return false;
    }
    Token before = all.get(at - 1);
    boolean behindFunction = before.is(")") || before.is("NULLS") || before.is("FIRST");
    return all.get(at + 1).is("(") || (behindFunction && all.get(at + 1).isName());
  }

  private boolean isInSubquery(int at) {
    int depth = all.get(at).depth();
    for (int i = at; i > 0 && depth > all.depth(); i--) {
      boolean opens = all.get(i - 1).is("(") && all.get(i - 1).depth() < depth;
      if (opens) {
        depth = all.get(i - 1).depth();
        if (all.get(i).is("SELECT") || all.get(i).is("WITH")) {
          return true;
        }
      }
    }
    return false;
  }

  /** WINDOW name AS (…), …; those that aren't understood are left out. */
  private Map<String, List<String>> named() {
    Map<String, List<String>> named = new HashMap<>();
    int at = all.find(Set.of("WINDOW"));
    while (at >= 0 && at + 3 < all.size() && all.get(at + 2).is("AS") && all.get(at + 3).is("(")) {
      List<String> one = partition(at + 3);
      if (one != null) {
        named.put(all.get(at + 1).name().toLowerCase(Locale.ROOT), one);
      }
      int end = all.from(at + 3).closing(0) + at + 3;
      at = end + 1 < all.size() && all.get(end + 1).is(",") ? end + 1 : -1;
    }
    return named;
  }

  /** Null if it begins with the name of another window. */
  private List<String> partition(int open) {
    TokenRange inner = all.from(open + 1).to(all.from(open).closing(0) - 1);
    List<String> by = new ArrayList<>();
    if (inner.startsWith("PARTITION", "BY")) {
      TokenRange rest = inner.from(2);
      int end = rest.isEmpty() ? -1 : rest.find(Set.of("ORDER", "ROWS", "RANGE", "GROUPS"));
      for (TokenRange one : (end < 0 ? rest : rest.to(end)).split(Set.of(","))) {
        by.add(one.text(sql));
      }
      return by;
    }
    boolean whole =
        inner.isEmpty()
            || Set.of("ORDER", "ROWS", "RANGE", "GROUPS").stream().anyMatch(inner.get(0)::is);
    return whole ? by : null;
  }
}
