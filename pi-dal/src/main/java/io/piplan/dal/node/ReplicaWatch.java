package io.piplan.dal.node;

import io.piplan.dal.DalException;
import io.piplan.dal.rules.NodeRule;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out how far one replica is: it takes the source's position, and later sees that the replica
 * has come there. So the replica has all that was committed before the position was asked for,
 * whatever the clocks of the servers say. Without GTIDs the replica's own {@code Seconds_Behind}
 * must do. One thread checks; any thread may read.
 */
final class ReplicaWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaWatch.class);
  private static final int MOST_SAMPLES = 256;

  private final NodeRule rule;
  private final NodeConnections nodes;
  private final long maxLagNanos;
  private final LongSupplier clock;

  /** Positions of the source that the replica wasn't seen to have, the oldest first. */
  private final Deque<Sample> samples = new ArrayDeque<>();

  private volatile State state =
      new State("it was not asked yet", OptionalLong.empty(), OptionalLong.empty());

  /**
   * A position of the source.
   *
   * @param time before it was asked for
   */
  private record Sample(long time, boolean mariaDb, String position) {}

  /**
   * What is known of the replica.
   *
   * @param problem why it gets no reads; null if only its lag counts
   * @param known it has what was committed before this time
   * @param exact the same, proved by GTIDs
   */
  private record State(String problem, OptionalLong known, OptionalLong exact) {}

  /**
   * A watch that has seen nothing yet.
   *
   * @param clock nanoseconds, as {@link System#nanoTime}
   */
  ReplicaWatch(NodeRule rule, NodeConnections nodes, long maxLagNanos, LongSupplier clock) {
    this.rule = rule;
    this.nodes = nodes;
    this.maxLagNanos = maxLagNanos;
    this.clock = clock;
  }

  NodeRule rule() {
    return rule;
  }

  /**
   * Whether it may take a read now.
   *
   * @param since what was committed before this time must be there
   */
  boolean takes(OptionalLong since) {
    State now = state;
    boolean fresh =
        now.problem() == null
            && now.known().isPresent()
            && clock.getAsLong() - now.known().getAsLong() <= maxLagNanos;
    return fresh
        && (since.isEmpty()
            || (now.exact().isPresent() && now.exact().getAsLong() - since.getAsLong() >= 0));
  }

  /** A read failed there: it gets no more until it is seen to be well. */
  void failed(String why) {
    become("a read failed there: " + why, state.known(), state.exact());
  }

  ReplicaFigures figures() {
    State now = state;
    long lag =
        now.known().isEmpty() ? -1 : (clock.getAsLong() - now.known().getAsLong()) / 1_000_000;
    String problem =
        now.problem() != null ? now.problem() : takes(OptionalLong.empty()) ? "" : lag(lag);
    return new ReplicaFigures(rule.name(), rule.follows(), rule.weight(), lag, problem);
  }

  private String lag(long millis) {
    return millis < 0
        ? "its lag isn't known"
        : "it is " + millis + " ms behind, more than max_lag, " + maxLagNanos / 1_000_000 + " ms";
  }

  /** Looks once. Throws nothing: that would end the looks to come. */
  void check() {
    long begin = clock.getAsLong();
    long sourceId = 0;
    try {
      sourceId = sample();
    } catch (RuntimeException e) {
      // The replica may still answer for as long as what it has is fresh enough.
      LOG.debug("source {} of replica {}: {}", rule.follows(), rule.name(), why(e));
    }
    try {
      ask(begin, sourceId);
    } catch (RuntimeException e) {
      become("it can't be asked: " + why(e), state.known(), state.exact());
    }
    boolean takes = takes(OptionalLong.empty());
    LOG.debug("replica {} takes reads: {}", rule.name(), takes);
  }

  /** Those that nobody expected are named, and end no later look. */
  private static String why(RuntimeException e) {
    return e instanceof DalException ? e.getMessage() : e.toString();
  }

  /** The source's server id. */
  private long sample() {
    long time = clock.getAsLong();
    NodeConnection source = nodes.acquire(rule.follows());
    try {
      boolean mariaDb = isMariaDb(source);
      String position =
          one(source, "SELECT @@GLOBAL." + (mariaDb ? "gtid_binlog_pos" : "gtid_executed"));
      if (!position.isBlank()) {
        samples.addLast(new Sample(time, mariaDb, position.replaceAll("\\s", "")));
      }
      if (samples.size() > MOST_SAMPLES) {
        thin();
      }
      long id = Long.parseLong(one(source, "SELECT @@GLOBAL.server_id"));
      source.close();
      return id;
    } catch (RuntimeException e) {
      source.discard();
      throw e;
    }
  }

  /** A replica that is far behind comes by them all: every second one is enough. */
  private void thin() {
    List<Sample> all = new ArrayList<>(samples);
    samples.clear();
    for (int i = 1; i < all.size(); i += 2) {
      samples.addLast(all.get(i));
    }
  }

  private void ask(long begin, long sourceId) {
    NodeConnection replica = nodes.acquire(rule.name());
    try {
      Optional<String> mode = SqlModes.otherSyntax(one(replica, "SELECT @@GLOBAL.sql_mode"));
      ReplicationStatus status = ReplicationStatus.of(replica);
      OptionalLong exact = reached(replica, state.exact());
      replica.close();
      OptionalLong known = exact;
      if (exact.isEmpty() && status.secondsBehind().isPresent()) {
        known = OptionalLong.of(begin - status.secondsBehind().getAsLong() * 1_000_000_000L);
      } else if (exact.isEmpty()) {
        known = state.known();
      }
      boolean other = sourceId != 0 && status.sourceId() != 0 && sourceId != status.sourceId();
      String problem = status.problem();
      if (problem == null && mode.isPresent()) {
        problem =
            "its sql_mode has " + mode.get() + ", by which statements are read in another way";
      } else if (problem == null && other) {
        problem =
            "it follows the server with id "
                + status.sourceId()
                + ", and not node "
                + rule.follows()
                + ", which has "
                + sourceId;
      }
      become(problem, known, exact);
    } catch (RuntimeException e) {
      replica.discard();
      throw e;
    }
  }

  private void become(String problem, OptionalLong known, OptionalLong exact) {
    boolean took = takes(OptionalLong.empty());
    String before = state.problem();
    state = new State(problem, known, exact);
    boolean takes = takes(OptionalLong.empty());
    if (takes && !took) {
      LOG.info("replica {} takes reads", rule.name());
    } else if (!takes && (took || (problem != null && !problem.equals(before)))) {
      LOG.warn("replica {} takes no reads: {}", rule.name(), figures().problem());
    }
  }

  /** When the newest position that the replica has was the source's. */
  private OptionalLong reached(NodeConnection replica, OptionalLong before) {
    if (samples.isEmpty()) {
      return before;
    }
    boolean mariaDb = isMariaDb(replica);
    if (samples.peekLast().mariaDb() != mariaDb) {
      return OptionalLong.empty();
    }
    GtidPosition has =
        mariaDb ? GtidPosition.of(one(replica, "SELECT @@GLOBAL.gtid_slave_pos")) : null;
    OptionalLong reached = before;
    if (has(replica, has, samples.peekLast())) {
      reached = OptionalLong.of(samples.peekLast().time());
      samples.clear();
    }
    while (!samples.isEmpty() && has(replica, has, samples.peekFirst())) {
      reached = OptionalLong.of(samples.removeFirst().time());
    }
    return reached;
  }

  private static boolean has(NodeConnection replica, GtidPosition has, Sample sample) {
    return has != null
        ? has.reaches(GtidPosition.of(sample.position()))
        : one(replica, "SELECT GTID_SUBSET('" + sample.position() + "', @@GLOBAL.gtid_executed)")
            .equals("1");
  }

  private static boolean isMariaDb(NodeConnection connection) {
    return one(connection, "SELECT VERSION()").contains("MariaDB");
  }

  private static String one(NodeConnection connection, String sql) {
    String value =
        ReplicationStatus.rows(connection, sql).get(0).values().stream().findFirst().orElse(null);
    return value == null ? "" : value;
  }
}
