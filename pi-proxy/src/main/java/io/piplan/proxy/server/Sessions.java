package io.piplan.proxy.server;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** All sessions of a proxy by their number; any thread may ask. */
final class Sessions {
  private final Map<Long, Session> all = new ConcurrentHashMap<>();
  private final AtomicInteger last = new AtomicInteger();

  /** Numbers of 32 bits, as the protocol has them, never 0. */
  long nextId() {
    int id = last.incrementAndGet();
    return id == 0 ? nextId() : Integer.toUnsignedLong(id);
  }

  void add(Session session) {
    all.put(session.id(), session);
  }

  void remove(Session session) {
    all.remove(session.id());
  }

  Optional<Session> find(long id) {
    return Optional.ofNullable(all.get(id));
  }

  List<Session> all() {
    return List.copyOf(all.values());
  }
}
