package io.piplan.proxy.server;

import io.piplan.proxy.admin.AdminTables;
import io.piplan.proxy.admin.Journal;
import io.piplan.proxy.admin.Metrics;
import io.piplan.proxy.command.AdminStatement;
import io.piplan.proxy.command.Commands;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Handshake;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

/**
 * What all clients of a proxy share.
 *
 * @param configs the configuration in force
 * @param node the data node's handshake when the proxy started
 * @param capabilities what clients are offered
 * @param routed what runs statements over several nodes; null if they are passed on to one
 * @param admin answers statements about the proxy
 * @param journal the logs; null if there are none
 * @param unfinished the long statements of all clients
 * @param readers what reads long texts, which event loops have no time for
 */
record ProxyContext(
    AtomicReference<ProxyConfig> configs,
    Handshake node,
    int capabilities,
    Commands commands,
    Sessions sessions,
    Metrics metrics,
    Admin admin,
    RoutedEngine routed,
    Journal journal,
    UnfinishedStatements unfinished,
    Executor readers) {

  /** Answers statements about the proxy. */
  interface Admin {
    /**
     * Calls back on the asker's own event loop, at once or later.
     *
     * @param answer given a table, or an error, or nothing for OK
     */
    void ask(Session asker, AdminStatement statement, BiConsumer<AdminTables, ErrPacket> answer);
  }

  ProxyConfig config() {
    return configs.get();
  }

  String serverVersion() {
    return config().serverVersion() == null ? node.serverVersion() : config().serverVersion();
  }
}
