package io.piplan.proxy.server;

import io.piplan.proxy.admin.AdminTables;
import io.piplan.proxy.admin.Metrics;
import io.piplan.proxy.command.Commands;
import io.piplan.proxy.protocol.Handshake;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * What all clients of a proxy share.
 *
 * @param node the data node's handshake when the proxy started
 * @param capabilities what clients are offered
 * @param routed what runs statements over several nodes; null if they are passed on to one
 * @param admin answers SHOW PI …: given the words, calls back on the asker's own event loop
 */
record ProxyContext(
    ProxyConfig config,
    Handshake node,
    int capabilities,
    Commands commands,
    Sessions sessions,
    Metrics metrics,
    Admin admin,
    RoutedEngine routed) {

  /** Tables for SHOW PI …. */
  interface Admin {
    /** The second is given the table, or null for words that name none. */
    void ask(Worker worker, List<String> words, BiConsumer<AdminTables, String> answer);
  }

  String serverVersion() {
    return config.serverVersion() == null ? node.serverVersion() : config.serverVersion();
  }
}
