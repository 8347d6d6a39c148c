package io.piplan.dal.session;

import io.piplan.dal.sql.FilledStatement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is known of prepared statements, and of texts that differ in their numbers and texts only.
 * For all sessions; any thread may ask.
 */
final class Routes {
  /** Of an app that writes ever other texts, none are worth keeping. */
  private static final int MOST = 2_000;

  /** Of all together, about. */
  private static final long MOST_BYTES = 64L << 20;

  private final Map<String, Route> all = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /**
   * What is known of a statement.
   *
   * @param text with parameters
   */
  Route of(String text, RulesVersion version, SessionValues values) {
    Route known = all.get(text);
    if (known == null || !known.holds(version, values.schema())) {
      known = Route.of(text, version, values, this::weigh);
      if (all.size() >= MOST) {
        forget();
      }
      leaves(all.put(text, known));
    }
    return known;
  }

  private void leaves(Route before) {
    if (before != null) {
      bytes.addAndGet(-before.retire());
    }
  }

  /** How many bytes all of it has, about. */
  long weight() {
    return bytes.get();
  }

  /** The plan with these values; empty if it must be planned. */
  Optional<Route.Routed> find(
      FilledStatement statement, RulesVersion version, SessionValues values, Route.Fill fill) {
    return of(statement.text(), version, values).with(statement, fill);
  }

  /** What is kept must not grow without end, whatever apps write. */
  private void weigh(long more) {
    if (bytes.addAndGet(more) > MOST_BYTES) {
      forget();
    }
  }

  /** Nothing that was planned so far counts any more. */
  void forget() {
    List.copyOf(all.keySet()).forEach(text -> leaves(all.remove(text)));
  }
}
