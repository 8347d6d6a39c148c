package io.piplan.proxy.server;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** All sessions of a proxy by their number; any thread may ask. */
final class Sessions {
  private final Map<Long, Session> all = new ConcurrentHashMap<>();

  /** Who has logged in, by the number of the session. */
  private final Map<Long, String> users = new HashMap<>();

  private final Places places = new Places();
  private final AtomicInteger last = new AtomicInteger();

  /** Those of clients, whether they have a session yet or not. */
  Places places() {
    return places;
  }

  /** Numbers of 32 bits, as the protocol has them, never 0. */
  long nextId() {
    int id = last.incrementAndGet();
    return id == 0 ? nextId() : Integer.toUnsignedLong(id);
  }

  /**
   * Counts it as one of this user's.
   *
   * @param most how many he may have; 0: any number
   * @return false if he has as many as he may
   */
  synchronized boolean admit(Session session, String user, int most) {
    String before = users.get(session.id());
    if (user.equals(before)) {
      return true;
    }
    if (most > 0 && users.values().stream().filter(user::equals).count() >= most) {
      return false;
    }
    users.put(session.id(), user);
    return true;
  }

  void add(Session session) {
    all.put(session.id(), session);
  }

  void remove(Session session) {
    all.remove(session.id());
    synchronized (this) {
      users.remove(session.id());
    }
  }

  Optional<Session> find(long id) {
    return Optional.ofNullable(all.get(id));
  }

  List<Session> all() {
    return List.copyOf(all.values());
  }
}
