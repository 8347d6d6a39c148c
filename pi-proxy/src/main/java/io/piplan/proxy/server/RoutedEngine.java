package io.piplan.proxy.server;

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
import io.piplan.proxy.wire.WireNodes;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

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
   * @param worker whose connections are used for what belongs to no session
   * @throws ConfigException if a node can't be reached or the rules don't fit the real tables
   */
  static RoutedEngine start(ProxyConfig.Rules rules, Worker worker) {
    try {
      NodeConnections nodes = nodes(rules, worker, Capability.DEPRECATE_EOF, new SessionWarnings());
      DalEngine engine = start(rules, nodes);
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

  private static DalEngine start(ProxyConfig.Rules rules, NodeConnections nodes) {
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
    return PiDal.start(rules.document().toString(), rules.rules(), nodes, log, ids);
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
   * Connections to the nodes for one session.
   *
   * @param capabilities of its client, those that shape responses
   */
  WireNodes nodes(Worker worker, int capabilities, SessionWarnings warnings) {
    return nodes(rules, worker, capabilities, warnings);
  }

  private static WireNodes nodes(
      ProxyConfig.Rules rules, Worker worker, int capabilities, SessionWarnings warnings) {
    return new WireNodes(
        worker.loop(),
        worker.nodes(),
        shape(capabilities),
        rules.rules().statementTimeout(),
        warnings);
  }

  /**
   * Nodes are spoken to in UTF-8, whatever the client's character set is, and get one statement at
   * a time.
   */
  static WireShape shape(int capabilities) {
    return new WireShape(
        capabilities & Capability.SHAPES_RESPONSES & ~Capability.MULTI_STATEMENTS,
        Collations.UTF8MB4_GENERAL_CI);
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
