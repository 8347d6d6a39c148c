package io.piplan.proxy.server;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.IdSource;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.DsnReferences;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesException;
import io.piplan.dal.rules.SequenceServers;
import io.piplan.dal.session.DalEngine;
import io.piplan.dal.session.DalSession;
import io.piplan.dal.session.LcsIds;
import io.piplan.dal.session.PiDal;
import io.piplan.dal.tx.FileDecisionLog;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.client.LcsClient;
import io.piplan.proxy.node.WireShape;
import io.piplan.proxy.protocol.AuthPlugin;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.Collations;
import io.piplan.proxy.protocol.Handshake;
import io.piplan.proxy.protocol.ServerStatus;
import io.piplan.proxy.routed.SessionWarnings;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * PiDAL under the proxy, and the threads on which its calls wait: as many as commands run at once.
 *
 * @param greeting what clients are greeted with, as a node would
 */
record RoutedEngine(
    ProxyConfig.Rules rules, DalEngine engine, ExecutorService threads, Handshake greeting)
    implements AutoCloseable {

  /**
   * Starts it.
   *
   * @param nodes where those of the rules come from, and of rules that come later
   * @throws ConfigException if a node can't be reached or the rules don't fit the real tables
   */
  static RoutedEngine start(ProxyConfig.Rules rules, LiveNodes nodes) {
    try {
      DalEngine engine =
          start(
              rules,
              nodes.open(rules.nodes().apply(rules.rules()), rules.rules().statementTimeout()),
              later -> nodes(rules, later, nodes));
      try {
        ExecutorService threads =
            Executors.newCachedThreadPool(
                task -> {
                  Thread thread = new Thread(task, "pi-proxy-session");
                  thread.setDaemon(true);
                  return thread;
                });
        return new RoutedEngine(rules, engine, threads, greeting(engine));
      } catch (RuntimeException e) {
        engine.close();
        throw e;
      }
    } catch (DalException | RulesException | LcsException e) {
      throw new ConfigException("/rules: " + e.getMessage(), e);
    }
  }

  /** As PiDAL wants to be told what is wrong with them. */
  private static NodeConnections nodes(ProxyConfig.Rules rules, DalRules later, LiveNodes nodes) {
    try {
      return nodes.open(rules.nodes().apply(later), later.statementTimeout());
    } catch (ConfigException e) {
      throw new DalException(DalError.CONFIGURATION, e.getMessage(), e);
    }
  }

  private static DalEngine start(
      ProxyConfig.Rules rules,
      NodeConnections nodes,
      Function<DalRules, NodeConnections> nodesOfOthers) {
    FileDecisionLog log;
    try {
      log = FileDecisionLog.open(rules.decisions());
    } catch (DalException e) {
      nodes.close();
      throw e;
    }
    DsnReferences references = new DsnReferences(System::getenv);
    IdSource ids;
    try {
      ids = ids(rules.rules(), references);
    } catch (DalException | LcsException e) {
      nodes.close();
      log.close();
      throw e;
    }
    PiDal engine = PiDal.start(rules.document().toString(), rules.rules(), nodes, log, ids);
    engine.follow(rules.document(), nodesOfOthers);
    return engine;
  }

  /** Null if the rules name no servers of sequences. */
  private static IdSource ids(DalRules rules, DsnReferences references) {
    SequenceServers sequences = rules.sequences();
    if (sequences == null) {
      return null;
    }
    LcsClient.Builder client = LcsClient.builder().servers(sequences.servers());
    if (!sequences.token().isEmpty()) {
      client.token(references.text(sequences.token()));
    }
    return new LcsIds(client.build(), rules.schema());
  }

  private static Handshake greeting(DalEngine engine) {
    try (DalSession session = engine.session(null);
        RowStream rows = ((Result.Rows) session.execute("SELECT @@version")).stream()) {
      String version = new String(rows.next().textValues().get(0), StandardCharsets.UTF_8);
      return new Handshake(
          version,
          0,
          ClientLogin.nonce(),
          Capability.FOUND_ROWS
              | Capability.DEPRECATE_EOF
              | Capability.LOCAL_FILES
              | Capability.SESSION_TRACK
              | Capability.MULTI_STATEMENTS
              | Capability.MULTI_RESULTS
              | Capability.PS_MULTI_RESULTS,
          Collations.UTF8MB4_GENERAL_CI,
          ServerStatus.AUTOCOMMIT,
          AuthPlugin.NATIVE_PASSWORD);
    }
  }

  /**
   * A client's session.
   *
   * @param shape of its connections to nodes
   */
  DalSession session(String schema, Worker worker, WireShape shape, SessionWarnings warnings) {
    return engine.session(schema, rules -> ((NodesOfRules) rules).of(worker, shape, warnings));
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
