package io.piplan.proxy.server;

import io.netty.handler.ssl.SslContext;
import io.piplan.dal.rules.DalRules;
import io.piplan.proxy.admin.JournalSettings;
import io.piplan.proxy.node.NodeAddress;
import io.piplan.proxy.node.PoolLimits;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a proxy runs with, checked.
 *
 * @param node null if there are rules
 * @param rules of PiDAL; null if statements are passed on to one node
 * @param tls for clients; null: plain only
 * @param metrics null: none
 * @param serverVersion what clients are told; null: that of the data node
 */
public record ProxyConfig(
    SocketAddress listen,
    Map<String, ProxyUser> users,
    Node node,
    Rules rules,
    SslContext tls,
    boolean tlsRequired,
    Limits limits,
    Timeouts timeouts,
    int eventLoops,
    boolean localInfile,
    InetSocketAddress metrics,
    String serverVersion,
    JournalSettings journal) {

  /** The data node and its pool. */
  public record Node(NodeAddress address, PoolLimits pool) {}

  /**
   * Several nodes and how tables are spread over them.
   *
   * @param document where the rules stand, for messages
   * @param nodes gives the nodes of these rules, and of those that come later, and how to log in
   *     there; throws {@link ConfigException}
   * @param decisions the file of decided transactions
   */
  record Rules(
      Path document, DalRules rules, Function<DalRules, List<RuledNode>> nodes, Path decisions) {

    @Override
    public String toString() {
      return document.toString();
    }
  }

  /**
   * How much one client and all of them may take.
   *
   * @param connections of clients that have logged in
   * @param logins of clients that have not
   * @param resultBytes of one answer; 0: any number
   */
  public record Limits(
      int connections,
      int logins,
      int loginsPerAddress,
      int statementBytes,
      int preparedStatements,
      long resultBytes) {}

  /**
   * @param write how long a client may leave bytes of a response unread
   * @param drain how long running transactions get when the proxy is stopped
   * @param statement how long a single node may be silent while it runs a statement; null: as long
   *     as it likes. With rules these say it
   */
  public record Timeouts(
      Duration handshake, Duration write, Duration idle, Duration drain, Duration statement) {}

  public ProxyConfig {
    users = Map.copyOf(users);
  }

  /** With users, limits and time-outs of another one; all else needs a start. */
  ProxyConfig taking(ProxyConfig other) {
    return new ProxyConfig(
        listen,
        other.users,
        node,
        rules,
        tls,
        tlsRequired,
        other.limits,
        other.timeouts,
        eventLoops,
        localInfile,
        metrics,
        serverVersion,
        journal);
  }

  public Optional<ProxyUser> user(String name) {
    return Optional.ofNullable(users.get(name));
  }

  /** Whether only programs of this machine can reach it. */
  public boolean isLocal() {
    return !(listen instanceof InetSocketAddress inet)
        || (inet.getAddress() != null && inet.getAddress().isLoopbackAddress());
  }
}
