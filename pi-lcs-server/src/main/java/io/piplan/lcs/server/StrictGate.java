package io.piplan.lcs.server;

import java.util.ArrayList;
import java.util.List;

/**
 * Holds answers back until a majority has confirmed, after they were made, that this server leads.
 * All answers that are made during one confirmation share the next one.
 */
final class StrictGate {
  private List<Held> gathered = new ArrayList<>();
  private boolean asking;
  private int waiting;

  /** Answers of one connection. */
  interface Held {
    Leadership madeUnder();

    /** Called on another thread. */
    void let(boolean confirmed);
  }

  void hold(Held answers) {
    synchronized (this) {
      gathered.add(answers);
      waiting++;
      if (asking) {
        return;
      }
      asking = true;
    }
    ask();
  }

  /** How often {@link #hold} was called and the answers are still held. */
  synchronized int waiting() {
    return waiting;
  }

  private void ask() {
    List<Held> now;
    synchronized (this) {
      if (gathered.isEmpty()) {
        asking = false;
        return;
      }
      now = gathered;
      gathered = new ArrayList<>();
    }
    Leadership newest = now.get(now.size() - 1).madeUnder();
    var unused =
        newest
            .confirm()
            .whenComplete(
                (done, failure) -> {
                  synchronized (this) {
                    waiting -= now.size();
                  }
                  for (Held held : now) {
                    held.let(failure == null && held.madeUnder() == newest);
                  }
                  ask();
                });
  }
}
