package io.piplan.proxy.server;

import io.netty.handler.ssl.SslContext;
import io.piplan.dal.rules.NodeRule;
import io.piplan.proxy.node.NodeAddress;
import io.piplan.proxy.node.PoolLimits;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A node of a rules document, as its dsn says: {@code mysql://user:password@host:port/schema}.
 *
 * @param schema in which its actual tables are
 * @param replica whether it only answers reads
 * @param dsn as it was given; never printed
 */
record RuledNode(NodeAddress address, String schema, PoolLimits pool, boolean replica, String dsn) {
  private static final int DEFAULT_PORT = 3306;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration FOR_A_REPLICA = Duration.ofSeconds(1);
  private static final Set<String> OPTIONS = Set.of("tls", "ca");

  /** No message repeats the text: it holds a password. */
  static RuledNode of(NodeRule rule, String dsn) {
    URI uri;
    try {
      uri = new URI(dsn.strip());
    } catch (URISyntaxException e) {
      throw wrong(rule, "");
    }
    String account = uri.getRawUserInfo();
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    if (!"mysql".equals(uri.getScheme())
        || uri.getHost() == null
        || account == null
        || !path.matches("/[^/]+")) {
      throw wrong(rule, "");
    }
    int colon = account.indexOf(':');
    Map<String, String> options = options(rule, uri.getRawQuery());
    String tls = options.getOrDefault("tls", "off");
    return new RuledNode(
        new NodeAddress(
            rule.name(),
            uri.getHost(),
            uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
            decoded(colon < 0 ? account : account.substring(0, colon)),
            decoded(colon < 0 ? "" : account.substring(colon + 1)).getBytes(StandardCharsets.UTF_8),
            tls(rule, tls, options.get("ca")),
            tls.equals("verify"),
            rule.isReplica() ? FOR_A_REPLICA : CONNECT_TIMEOUT),
        decoded(path.substring(1)),
        new PoolLimits(
            Math.min(rule.minimumPoolSize(), rule.maximumPoolSize()),
            rule.maximumPoolSize(),
            acquireTimeout(rule),
            rule.idleTime()),
        rule.isReplica(),
        dsn.strip());
  }

  String name() {
    return address.name();
  }

  /** Whether connections to the one serve for the other. */
  boolean isSameAs(RuledNode other) {
    return name().equals(other.name())
        && dsn.equals(other.dsn)
        && pool.equals(other.pool)
        && replica == other.replica;
  }

  /** Whether it is the same database, however one logs in there. */
  boolean isSamePlaceAs(RuledNode other) {
    return address.host().equals(other.address.host())
        && address.port() == other.address.port()
        && schema.equals(other.schema);
  }

  @Override
  public String toString() {
    return address + "/" + schema;
  }

  /** Reads don't wait for a dead replica: the source can answer them. */
  private static Duration acquireTimeout(NodeRule rule) {
    boolean shorter = rule.isReplica() && rule.acquireTimeout().compareTo(FOR_A_REPLICA) > 0;
    return shorter ? FOR_A_REPLICA : rule.acquireTimeout();
  }

  private static Map<String, String> options(NodeRule rule, String query) {
    Map<String, String> options = new LinkedHashMap<>();
    if (query != null) {
      for (String option : query.split("&", -1)) {
        int equals = option.indexOf('=');
        String name = equals < 0 ? option : option.substring(0, equals);
        if (equals < 0 || !OPTIONS.contains(name)) {
          throw wrong(rule, ", and after it ?tls=off, ?tls=on or ?tls=verify&ca=file.pem");
        }
        options.put(name, decoded(option.substring(equals + 1)));
      }
    }
    return options;
  }

  private static SslContext tls(NodeRule rule, String tls, String ca) {
    return NodeTls.context("/rules: the dsn of node " + rule.name(), tls, ca);
  }

  /** Percent signs are decoded, plus signs stay. */
  static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static ConfigException wrong(NodeRule rule, String more) {
    return new ConfigException(
        "/rules: the dsn of node "
            + rule.name()
            + " is not of the form mysql://user:password@host:port/schema"
            + more
            + "; write it so, special characters of the password as %41");
  }
}
