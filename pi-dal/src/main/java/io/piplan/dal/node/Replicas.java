package io.piplan.dal.node;

import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.NodeRule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;

/**
 * The replicas of all nodes: which may take a read now. One that is dead, stopped or too far behind
 * gets none, and comes back by itself. Used from many threads.
 */
@SuppressWarnings("FutureReturnValueIgnored") // checks catch what they throw
public final class Replicas implements AutoCloseable {
  private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);
  private static final long SHORTEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(50);

  private final Map<String, List<ReplicaWatch>> bySource = new LinkedHashMap<>();
  private final Map<String, Integer> sourceWeights = new HashMap<>();
  private final IntUnaryOperator random;
  private ScheduledExecutorService timer;

  /**
   * The replicas of these rules, not asked yet.
   *
   * @param nodes have connections to replicas, too
   * @param random gives a number from 0 to before its argument
   */
  Replicas(DalRules rules, NodeConnections nodes, LongSupplier clock, IntUnaryOperator random) {
    this.random = random;
    long maxLag = rules.replicaReads().maxLag().toNanos();
    for (NodeRule node : rules.nodes()) {
      if (node.isReplica()) {
        bySource
            .computeIfAbsent(node.follows(), source -> new ArrayList<>())
            .add(new ReplicaWatch(node, nodes, maxLag, clock));
      } else {
        sourceWeights.put(node.name(), node.weight());
      }
    }
  }

  /** The replicas of these rules, asked again and again until this is closed. */
  public static Replicas watch(DalRules rules, NodeConnections nodes) {
    Replicas replicas =
        new Replicas(
            rules,
            nodes,
            System::nanoTime,
            bound -> java.util.concurrent.ThreadLocalRandom.current().nextInt(bound));
    List<ReplicaWatch> all = replicas.all();
    if (!all.isEmpty()) {
      // Each has a thread: one that hangs holds up no other.
      replicas.timer =
          Executors.newScheduledThreadPool(
              all.size(),
              task -> {
                Thread thread = new Thread(task, "pi-dal-replica");
                thread.setDaemon(true);
                return thread;
              });
      long pause =
          Math.max(
              SHORTEST_PAUSE, Math.min(LONGEST_PAUSE, rules.replicaReads().maxLag().toNanos() / 4));
      all.forEach(
          one -> replicas.timer.scheduleWithFixedDelay(one::check, 0, pause, TimeUnit.NANOSECONDS));
    }
    return replicas;
  }

  /** Whether there are none at all. */
  public boolean isEmpty() {
    return bySource.isEmpty();
  }

  private List<ReplicaWatch> all() {
    return bySource.values().stream().flatMap(List::stream).toList();
  }

  /** Looks at all once, for tests. */
  void check() {
    all().forEach(ReplicaWatch::check);
  }

  /**
   * A replica for a read, by weight.
   *
   * @param since what was committed on the source before this time must be there
   * @return empty if the source takes it
   */
  public Optional<String> choose(String source, OptionalLong since) {
    List<ReplicaWatch> able =
        bySource.getOrDefault(source, List.of()).stream()
            .filter(one -> one.rule().weight() > 0 && one.takes(since))
            .toList();
    int total =
        able.stream().mapToInt(one -> one.rule().weight()).sum()
            + (able.isEmpty() ? 0 : sourceWeights.getOrDefault(source, 0));
    int chosen = total == 0 ? 0 : random.applyAsInt(total);
    for (ReplicaWatch one : able) {
      chosen -= one.rule().weight();
      if (chosen < 0) {
        return Optional.of(one.rule().name());
      }
    }
    return Optional.empty();
  }

  /** A replica could not be reached: it gets no reads until it is seen to be well. */
  public void failed(String replica, String why) {
    all().stream().filter(one -> one.rule().name().equals(replica)).forEach(one -> one.failed(why));
  }

  public List<ReplicaFigures> figures() {
    return all().stream().map(ReplicaWatch::figures).toList();
  }

  @Override
  public void close() {
    if (timer != null) {
      timer.shutdownNow();
    }
  }
}
