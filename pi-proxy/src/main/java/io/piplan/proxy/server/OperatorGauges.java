package io.piplan.proxy.server;

import io.piplan.dal.node.ReplicaFigures;
import io.piplan.dal.session.DalEngine;
import io.piplan.dal.session.RulesFigures;
import io.piplan.dal.tx.PreparedBranch;
import io.piplan.proxy.admin.Gauges;
import io.piplan.proxy.admin.NodeFigures;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Of what SHOW PI tells, as metrics, that by which an operator is to be woken. */
final class OperatorGauges {
  /** Nodes that are silent must not make all metrics late. */
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private final DalEngine engine;
  private final Executor threads;
  private CompletableFuture<List<PreparedBranch>> asked;

  /**
   * @param engine null where there is one node
   * @param threads on which may be waited
   */
  OperatorGauges(DalEngine engine, Executor threads) {
    this.engine = engine;
    this.threads = threads;
  }

  /**
   * Waits for nodes, but not for long.
   *
   * @param transactions how many are open
   */
  String text(Collection<NodeFigures> nodes, long transactions) {
    Gauges out = new Gauges();
    out.begin("pi_proxy_node_up", "Whether the last try to connect to a node succeeded.");
    nodes.forEach(node -> out.value("node", node.name(), node.trouble().isEmpty() ? 1 : 0));
    out.begin("pi_proxy_node_circuit_open", "Whether sessions are refused instead of waiting.");
    nodes.forEach(node -> out.value("node", node.name(), node.cut() ? 1 : 0));
    out.begin("pi_proxy_transactions", "Transactions of sessions that are open.");
    out.value(transactions);
    if (engine != null) {
      replicas(out, engine.replicas());
      rules(out, engine.rules());
      branches(out);
    }
    return out.text();
  }

  private static void replicas(Gauges out, List<ReplicaFigures> replicas) {
    out.begin("pi_proxy_replica_lag_seconds", "How old what a replica answers may be, if known.");
    replicas.stream()
        .filter(replica -> replica.lagMillis() >= 0)
        .forEach(replica -> out.value("node", replica.node(), replica.lagMillis() / 1000.0));
    out.begin(
        "pi_proxy_replica_reads", "Whether a replica gets reads; SHOW PI NODES says why not.");
    replicas.forEach(
        replica -> out.value("node", replica.node(), replica.problem().isEmpty() ? 1 : 0));
  }

  private static void rules(Gauges out, RulesFigures rules) {
    out.begin("pi_proxy_rules_refused", "Whether the document as it is now is not in force.");
    out.value(rules.refused().isEmpty() ? 0 : 1);
    out.begin("pi_proxy_rules_draining", "Earlier rules that still have transactions.");
    out.value(rules.draining());
  }

  /** None if the nodes do not answer in time. */
  private void branches(Gauges out) {
    List<PreparedBranch> branches;
    try {
      branches = asked().get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    } catch (ExecutionException | TimeoutException e) {
      return;
    }
    out.begin(
        "pi_proxy_branches", "Prepared branches; of a node that can't be asked one, unknown.");
    for (PreparedBranch.State state : PreparedBranch.State.values()) {
      out.value(
          "state",
          state.name().toLowerCase(Locale.ROOT),
          (double) branches.stream().filter(branch -> branch.state() == state).count());
    }
  }

  /** One question at a time, however often metrics are read. */
  private synchronized CompletableFuture<List<PreparedBranch>> asked() {
    if (asked == null || asked.isDone()) {
      asked = CompletableFuture.supplyAsync(engine::prepared, threads);
    }
    return asked;
  }
}
