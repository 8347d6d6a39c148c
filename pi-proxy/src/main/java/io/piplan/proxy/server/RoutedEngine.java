package io.piplan.proxy.server;

import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.JdbcNodes;
import io.piplan.dal.node.NodeFigures;
import io.piplan.dal.node.ReplicaFigures;
import io.piplan.dal.rules.RulesException;
import io.piplan.dal.session.DalEngine;
import io.piplan.dal.session.DalSession;
import io.piplan.dal.session.PiDal;
import io.piplan.dal.tx.FileDecisionLog;
import io.piplan.proxy.admin.AdminTables;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.protocol.AuthPlugin;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.Collations;
import io.piplan.proxy.protocol.Handshake;
import io.piplan.proxy.protocol.ServerStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * PiDAL under the proxy, and the threads on which its calls wait: as many as commands run at once.
 *
 * @param greeting what clients are greeted with, as a node would
 */
record RoutedEngine(DalEngine engine, ExecutorService threads, Handshake greeting)
    implements AutoCloseable {

  /**
   * Starts it.
   *
   * @throws ConfigException if a node can't be reached or the rules don't fit the real tables
   */
  static RoutedEngine start(ProxyConfig.Rules rules) {
    try {
      JdbcNodes nodes = new JdbcNodes(rules.rules(), rules.addresses()::get);
      DalEngine engine = start(rules, nodes);
      try {
        ExecutorService threads =
            Executors.newCachedThreadPool(
                task -> {
                  Thread thread = new Thread(task, "pi-proxy-session");
                  thread.setDaemon(true);
                  return thread;
                });
        return new RoutedEngine(engine, threads, greeting(engine));
      } catch (RuntimeException e) {
        engine.close();
        throw e;
      }
    } catch (DalException | RulesException e) {
      throw new ConfigException("/rules: " + e.getMessage(), e);
    }
  }

  private static DalEngine start(ProxyConfig.Rules rules, JdbcNodes nodes) {
    FileDecisionLog log;
    try {
      log = FileDecisionLog.open(rules.decisions());
    } catch (DalException e) {
      nodes.close();
      throw e;
    }
    return PiDal.start(rules.document().toString(), rules.rules(), nodes, log);
  }

  private static Handshake greeting(DalEngine engine) {
    try (DalSession session = engine.session(null);
        RowStream rows = ((Result.Rows) session.execute("SELECT @@version")).stream()) {
      String version = new String(rows.next().textValues().get(0), StandardCharsets.UTF_8);
      return new Handshake(
          version,
          0,
          ClientLogin.nonce(),
          Capability.DEPRECATE_EOF | Capability.MULTI_RESULTS | Capability.PS_MULTI_RESULTS,
          Collations.UTF8MB4_GENERAL_CI,
          ServerStatus.AUTOCOMMIT,
          AuthPlugin.NATIVE_PASSWORD);
    }
  }

  List<NodePool.Figures> pools() {
    List<NodePool.Figures> pools = new ArrayList<>();
    for (NodeFigures node : engine.nodes()) {
      pools.add(
          new NodePool.Figures(
              node.node(),
              node.connections(),
              node.idle(),
              node.connections() - node.idle(),
              node.waiting(),
              node.maximum()));
    }
    return pools;
  }

  AdminTables nodes() {
    Map<String, ReplicaFigures> replicas = new HashMap<>();
    engine.replicas().forEach(one -> replicas.put(one.node(), one));
    List<List<String>> rows = new ArrayList<>();
    for (NodeFigures node : engine.nodes()) {
      ReplicaFigures replica = replicas.get(node.node());
      rows.add(
          replica == null
              ? List.of(node.node(), "source", node.address(), "", "", "")
              : List.of(
                  node.node(),
                  "replica",
                  node.address(),
                  replica.source(),
                  replica.lagMillis() < 0 ? "" : Long.toString(replica.lagMillis()),
                  replica.problem()));
    }
    return new AdminTables(
        List.of("name", "type", "address", "follows", "lag_ms", "takes_no_reads_because"), rows);
  }

  /** What runs gets a moment to end. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(3, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      threads.shutdownNow();
    }
    engine.close();
  }
}
