package io.piplan.proxy.node;

import java.util.ArrayList;
import java.util.List;

/**
 * What a client has set in its session, as the SET statements that bring another connection to the
 * same state. Of two that assign the same variable the later one counts.
 */
public record SessionSettings(List<Setting> settings) {
  public static final SessionSettings NONE = new SessionSettings(List.of());

  /** More than these, and the session keeps its connection instead. */
  public static final int MAX = 32;

  /**
   * One statement.
   *
   * @param variable the only one that it assigns, in lower case; null if there are several
   * @param sql its bytes, as chars of latin1, so that they are kept whatever the charset
   * @param readsOthers whether its values depend on what was set before
   */
  public record Setting(String variable, String sql, boolean readsOthers) {}

  public SessionSettings {
    settings = List.copyOf(settings);
  }

  public SessionSettings with(Setting added) {
    List<Setting> result = new ArrayList<>(settings);
    if (added.variable() != null && !added.readsOthers()) {
      // What a later statement may have read stays.
      int from = result.size();
      while (from > 0 && !result.get(from - 1).readsOthers()) {
        from--;
      }
      result.subList(from, result.size()).removeIf(old -> added.variable().equals(old.variable()));
    }
    result.add(added);
    return new SessionSettings(result);
  }

  public boolean isTooLong() {
    return settings.size() > MAX;
  }
}
