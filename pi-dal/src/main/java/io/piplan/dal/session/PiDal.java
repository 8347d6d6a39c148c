package io.piplan.dal.session;

import io.piplan.dal.DalException;
import io.piplan.dal.merge.Merger;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import io.piplan.dal.node.ReplicaFigures;
import io.piplan.dal.node.Replicas;
import io.piplan.dal.node.ShapeReader;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesException;
import io.piplan.dal.rules.ShapeCheck;
import io.piplan.dal.rules.TransactionMode;
import io.piplan.dal.tx.DecisionLog;
import io.piplan.dal.tx.SimpleTransaction;
import io.piplan.dal.tx.Transaction;
import io.piplan.dal.tx.XaCoordinator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine: rules, nodes, decisions, and the threads that run parts of statements. */
@SuppressWarnings("FutureReturnValueIgnored") // what recovery throws is logged by itself
public final class PiDal implements DalEngine {
  private static final Logger LOG = LoggerFactory.getLogger(PiDal.class);
  private static final long RECOVERY_SECONDS = 10;
  private static final int MOST_ROWS_IN_MEMORY = 1_000_000;

  private final String document;
  private final NodeConnections nodes;
  private final DecisionLog log;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "pi-dal-part");
            thread.setDaemon(true);
            return thread;
          });
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "pi-dal-recovery");
            thread.setDaemon(true);
            return thread;
          });
  private final XaCoordinator recovery;
  private final Replicas replicaReads;
  private final Merger merger = new Merger(MOST_ROWS_IN_MEMORY);
  private volatile RulesVersion version;

  private PiDal(String document, DalRules rules, NodeConnections nodes, DecisionLog log) {
    this.document = document;
    this.nodes = nodes;
    this.log = log;
    this.recovery = new XaCoordinator(nodes, log, threads);
    new NodeModes(nodes).check();
    this.version =
        RulesVersion.of(
            rules, new ShapeCheck(new ShapeReader(nodes).read()).check(document, rules));
    this.replicaReads = Replicas.watch(rules, nodes);
  }

  /**
   * Compares the rules with the real tables, ends transactions that a crash has left, and starts.
   * The engine closes the nodes and the log with itself, and if it can't start.
   *
   * @param document its name, for messages
   * @throws io.piplan.dal.rules.RulesException if the rules don't fit the real tables
   * @throws DalException if a node can't be reached
   */
  public static PiDal start(
      String document, DalRules rules, NodeConnections nodes, DecisionLog log) {
    PiDal engine;
    try {
      engine = new PiDal(document, rules, nodes, log);
    } catch (RuntimeException e) {
      nodes.close();
      log.close();
      throw e;
    }
    engine.recovery.recover();
    engine.timer.scheduleWithFixedDelay(
        engine::recoverQuietly, RECOVERY_SECONDS, RECOVERY_SECONDS, TimeUnit.SECONDS);
    return engine;
  }

  private void recoverQuietly() {
    try {
      recovery.recover();
    } catch (RuntimeException e) {
      LOG.warn("prepared transactions could not be looked for", e);
    }
  }

  @Override
  public DalSession session(String schema) {
    return session(schema, nodes);
  }

  @Override
  public DalSession session(String schema, NodeConnections connections) {
    return new RoutedSession(this, new SessionNodes(connections), schema);
  }

  @Override
  public List<NodeFigures> nodes() {
    return nodes.figures();
  }

  @Override
  public List<ReplicaFigures> replicas() {
    return replicaReads.figures();
  }

  Replicas replicaReads() {
    return replicaReads;
  }

  RulesVersion version() {
    return version;
  }

  /** Tables that no longer fit the rules keep their old shapes: statements fail on their nodes. */
  synchronized void readShapesAfterDdl() {
    DalRules rules = version.rules();
    try {
      version =
          RulesVersion.of(
              rules, new ShapeCheck(new ShapeReader(nodes).read()).check(document, rules));
    } catch (RulesException | DalException e) {
      LOG.warn("after DDL the real tables don't fit the rules: {}", e.getMessage());
    }
  }

  Transaction begin(TransactionMode mode, NodeConnections sessionNodes) {
    return mode == TransactionMode.SIMPLE
        ? new SimpleTransaction(sessionNodes)
        : recovery.begin(sessionNodes);
  }

  Merger merger() {
    return merger;
  }

  ExecutorService threads() {
    return threads;
  }

  int mostRowsInMemory() {
    return MOST_ROWS_IN_MEMORY;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    replicaReads.close();
    threads.shutdownNow();
    nodes.close();
    log.close();
  }
}
