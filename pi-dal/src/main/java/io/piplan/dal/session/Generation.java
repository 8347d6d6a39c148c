package io.piplan.dal.session;

import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.Replicas;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.sql.ExecutableComments;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The nodes of some rules, and how many sessions work on them now. When other rules have come,
 * nobody enters any more, and they can be closed when the last session has left.
 */
final class Generation {
  /** A server may be replaced by a newer one. */
  private static final long KNOWN_NANOS = TimeUnit.MINUTES.toNanos(1);

  private record Known(List<ExecutableComments.Server> servers, long at) {}

  private final NodeConnections nodes;
  private final Replicas replicas;
  private final Runnable drained;

  /** Nodes that are gone for good. */
  private final Set<String> gone = ConcurrentHashMap.newKeySet();

  private final LockTimeouts lockTimeouts = new LockTimeouts();
  private volatile Known known;
  private int users;
  private boolean retired;

  /**
   * A generation that nobody uses yet.
   *
   * @param drained called when the last user has left after it was retired
   */
  Generation(DalRules rules, NodeConnections nodes, Runnable drained) {
    this.nodes = nodes;
    this.drained = drained;
    this.replicas = Replicas.watch(rules, nodes);
  }

  /**
   * What its nodes are, as somebody was told within the last minute.
   *
   * @param asked tells if nobody was
   */
  List<ExecutableComments.Server> servers(Supplier<List<ExecutableComments.Server>> asked) {
    Known before = known;
    long now = System.nanoTime();
    if (before != null && now - before.at() < KNOWN_NANOS) {
      return before.servers();
    }
    List<ExecutableComments.Server> servers = List.copyOf(asked.get());
    known = new Known(servers, now);
    return servers;
  }

  NodeConnections nodes() {
    return nodes;
  }

  /** The names of its nodes, but of those that are gone for good. */
  Set<String> there() {
    Set<String> there = new LinkedHashSet<>(nodes.nodes());
    there.removeAll(gone);
    return there;
  }

  /** A node is gone for good: nothing is looked for there. */
  void isGone(String node) {
    gone.add(node);
  }

  LockTimeouts lockTimeouts() {
    return lockTimeouts;
  }

  Replicas replicas() {
    return replicas;
  }

  /** False if there is a newer one. */
  synchronized boolean enter() {
    if (retired) {
      return false;
    }
    users++;
    return true;
  }

  void leave() {
    boolean last;
    synchronized (this) {
      users--;
      last = isDrained();
    }
    if (last) {
      drained.run();
    }
  }

  synchronized void retire() {
    retired = true;
  }

  /** Whether nobody uses it, and nobody will. */
  synchronized boolean isDrained() {
    return retired && users == 0;
  }

  /** With what runs on it. */
  void close() {
    replicas.close();
    nodes.close();
  }
}
