package io.piplan.proxy.server;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.rules.RulesException;
import io.piplan.proxy.node.NodeAddress;
import io.piplan.proxy.node.PoolLimits;
import io.piplan.proxy.protocol.AuthPlugin;
import io.piplan.proxy.rights.Access;
import io.piplan.proxy.rights.UserRights;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;

/**
 * Reads a {@link ProxyConfig} from JSON or YAML and refuses what it doesn't know or can't use.
 * {@code proxy.schema.json} beside this class describes the form.
 */
public final class ConfigReader {
  private static final int DEFAULT_PORT = 3306;
  private static final String DSN =
      "mysql://user@host:3306?password-env=VARIABLE, without a schema; or env:VARIABLE or file:path,"
          + " where the whole address stands";

  /** Programs make many connections at once. */
  private static final int FEWEST_LOGINS = 100;

  private final UnaryOperator<String> environment;

  /**
   * @param environment gives the value of a variable, or null
   */
  public ConfigReader(UnaryOperator<String> environment) {
    this.environment = environment;
  }

  public ProxyConfig read(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new ConfigException("cannot read " + file + ": " + e, e);
    }
    try {
      return read(text, file.toAbsolutePath().getParent());
    } catch (ConfigException e) {
      throw new ConfigException(file + ": " + e.getMessage(), e);
    }
  }

  /** As above, of a text. */
  public ProxyConfig read(String text) {
    return read(text, Path.of("").toAbsolutePath());
  }

  /**
   * @param folder where other files are that it names by a relative path
   */
  private ProxyConfig read(String text, Path folder) {
    ConfigSection top = new ConfigSection("", ConfigTree.read(text));
    top.allow(
        Set.of(
            "listen",
            "users",
            "nodes",
            "rules",
            "decisions",
            "tls",
            "limits",
            "timeouts",
            "event_loops",
            "local_infile",
            "metrics",
            "server_version",
            "slow_log",
            "audit_log",
            "statement_statistics"));
    ProxyConfig.Rules rules = rules(top, folder);
    ProxyConfig.Node node = rules == null ? node(top) : null;
    int loops =
        top.integer("event_loops", Math.min(2, Runtime.getRuntime().availableProcessors()), 1, 64);
    String metrics = top.text("metrics", null);
    ConfigSection tls = top.section("tls");
    tls.allow(Set.of("certificate", "key", "required"));
    return new ProxyConfig(
        listen(top.text("listen", "127.0.0.1:3307")),
        users(top),
        node,
        rules,
        clientTls(tls),
        tls.flag("required", false),
        limits(top.section("limits")),
        timeouts(top.section("timeouts"), rules != null),
        node == null ? loops : Math.min(loops, node.pool().maximum()),
        top.flag("local_infile", false),
        metrics == null ? null : inet("/metrics", metrics),
        top.text("server_version", null),
        JournalSection.read(top, folder));
  }

  /** Null if there are none. */
  private ProxyConfig.Rules rules(ConfigSection top, Path folder) {
    String name = top.text("rules", null);
    String decisions = top.text("decisions", null);
    if (name == null) {
      if (decisions != null) {
        throw new ConfigException(
            "/decisions: is for statements over several nodes; name /rules too, or remove it");
      }
      return null;
    }
    if (!top.items("nodes").isEmpty()) {
      throw new ConfigException(
          "/nodes: found beside /rules, whose document names the nodes; remove one of the two");
    }
    Path document = folder.resolve(name);
    try {
      DalRules rules = RulesDocument.read(document);
      // What is wrong with them is to be said now.
      nodes(rules, document);
      return new ProxyConfig.Rules(
          document,
          rules,
          others -> nodes(others, document),
          folder.resolve(decisions == null ? name + ".decisions" : decisions));
    } catch (RulesException e) {
      throw new ConfigException("/rules: " + e.getMessage(), e);
    }
  }

  private List<RuledNode> nodes(DalRules rules, Path document) {
    return rules.nodes().stream()
        .map(node -> RuledNode.of(node, kept(node.dsn(), "/rules (" + document + ")")))
        .toList();
  }

  /**
   * A dsn that is kept elsewhere.
   *
   * @param place where it is named
   */
  private String kept(String reference, String place) {
    String where = reference.substring(reference.indexOf(':') + 1);
    if (reference.startsWith("env:")) {
      return new String(passwordOf(place, where), StandardCharsets.UTF_8);
    }
    try {
      return Files.readString(Path.of(where)).strip();
    } catch (IOException e) {
      throw new ConfigException(place + ": cannot read the dsn file " + where + ": " + e, e);
    }
  }

  private static ProxyConfig.Limits limits(ConfigSection limits) {
    limits.allow(
        Set.of(
            "max_connections",
            "max_logins",
            "max_logins_per_address",
            "max_statement_bytes",
            "max_prepared_statements",
            "max_result_bytes"));
    int connections = limits.integer("max_connections", 1000, 1, 1_000_000);
    int logins = limits.integer("max_logins", Math.max(FEWEST_LOGINS, connections), 1, 1_000_000);
    return new ProxyConfig.Limits(
        connections,
        logins,
        limits.integer("max_logins_per_address", Math.max(1, logins / 2), 1, 1_000_000),
        limits.integer("max_statement_bytes", 64 << 20, 1024, 1 << 30),
        limits.integer("max_prepared_statements", 1000, 0, 1_000_000),
        limits.integer("max_result_bytes", 0, 0, Integer.MAX_VALUE));
  }

  private static ProxyConfig.Timeouts timeouts(ConfigSection timeouts, boolean haveRules) {
    timeouts.allow(Set.of("handshake", "write", "idle", "drain", "statement"));
    Duration statement = timeouts.duration("statement", null);
    if (statement != null && haveRules) {
      throw new ConfigException(
          "/timeouts/statement: is for a single node; with /rules write statement_timeout into their"
              + " document");
    }
    return new ProxyConfig.Timeouts(
        timeouts.duration("handshake", Duration.ofSeconds(10)),
        timeouts.duration("write", Duration.ofSeconds(60)),
        timeouts.duration("idle", Duration.ofHours(8)),
        timeouts.duration("drain", Duration.ofSeconds(10)),
        statement);
  }

  private Map<String, ProxyUser> users(ConfigSection top) {
    Map<String, ProxyUser> users = new LinkedHashMap<>();
    for (ConfigSection user : top.items("users")) {
      user.allow(
          Set.of(
              "name",
              "password_env",
              "password_file",
              "no_password",
              "auth",
              "rights",
              "admin",
              "max_connections"));
      String name = user.required("name");
      String auth = user.text("auth", AuthPlugin.NATIVE_PASSWORD);
      if (!auth.equals(AuthPlugin.NATIVE_PASSWORD)
          && !auth.equals(AuthPlugin.CACHING_SHA2_PASSWORD)) {
        throw user.wrong(
            "auth", "'" + auth + "'", "mysql_native_password or caching_sha2_password");
      }
      ProxyUser known =
          new ProxyUser(
              name,
              password(user),
              auth,
              rights(user, name),
              user.flag("admin", false),
              user.integer("max_connections", 0, 0, 1_000_000));
      if (users.put(name, known) != null) {
        throw user.wrong("name", "'" + name + "' a second time", "another name");
      }
    }
    if (users.isEmpty()) {
      throw new ConfigException(
          "/users: nobody may log in; add {\"name\": \"app\", \"password_env\": \"APP_PASSWORD\"}");
    }
    return users;
  }

  /** Null if the user has all. */
  private static UserRights rights(ConfigSection user, String name) {
    ConfigSection section = user.section("rights");
    if (section.isEmpty()) {
      return null;
    }
    Map<String, Access> schemas = new LinkedHashMap<>();
    for (String schema : section.names()) {
      String found = section.required(schema);
      schemas.put(
          schema,
          Access.of(found)
              .orElseThrow(() -> section.wrong(schema, "'" + found + "'", "read, write or all")));
    }
    return new UserRights(name, schemas);
  }

  private byte[] password(ConfigSection user) {
    String variable = user.text("password_env", null);
    String file = user.text("password_file", null);
    boolean none = user.flag("no_password", false);
    int given = (variable == null ? 0 : 1) + (file == null ? 0 : 1) + (none ? 1 : 0);
    if (given != 1) {
      throw new ConfigException(
          user.path()
              + ": found "
              + given
              + " of password_env, password_file and no_password, expected one of them");
    }
    if (none) {
      return new byte[0];
    }
    return variable == null ? passwordFile(user.path(), file) : passwordOf(user.path(), variable);
  }

  private byte[] passwordOf(String path, String variable) {
    String value = environment.apply(variable);
    if (value == null) {
      throw new ConfigException(
          path + ": the environment variable " + variable + " is not set; export it");
    }
    return value.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] passwordFile(String path, String file) {
    try {
      return Files.readString(Path.of(file)).strip().getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new ConfigException(path + ": cannot read the password file " + file + ": " + e, e);
    }
  }

  private ProxyConfig.Node node(ConfigSection top) {
    List<ConfigSection> nodes = top.items("nodes");
    if (nodes.size() != 1) {
      throw new ConfigException(
          "/nodes: found "
              + nodes.size()
              + " nodes, expected 1, to which statements are passed on; for several name /rules, a"
              + " document of nodes and tables (docs/dal.md)");
    }
    ConfigSection node = nodes.get(0);
    node.allow(
        Set.of(
            "type",
            "name",
            "dsn",
            "minimum_pool_size",
            "maximum_pool_size",
            "acquire_timeout",
            "connect_timeout",
            "wait_time"));
    String type = node.text("type", "source");
    if (!type.equals("source")) {
      throw node.wrong("type", "'" + type + "'", "source (replicas are not there yet)");
    }
    int maximum = node.integer("maximum_pool_size", 32, 1, 10_000);
    PoolLimits pool =
        new PoolLimits(
            node.integer("minimum_pool_size", 0, 0, maximum),
            maximum,
            node.duration("acquire_timeout", Duration.ofSeconds(5)),
            node.duration("wait_time", Duration.ofMinutes(10)));
    return new ProxyConfig.Node(address(node), pool);
  }

  private NodeAddress address(ConfigSection node) {
    String given = node.required("dsn");
    boolean isKept = given.startsWith("env:") || given.startsWith("file:");
    URI uri;
    try {
      uri = new URI(isKept ? kept(given, node.path() + "/dsn").strip() : given);
    } catch (URISyntaxException e) {
      throw isKept ? noDsn(node, given) : node.wrong("dsn", e.getReason(), DSN);
    }
    String account = uri.getRawUserInfo();
    if (!"mysql".equals(uri.getScheme()) || uri.getHost() == null || account == null) {
      throw isKept ? noDsn(node, given) : node.wrong("dsn", "'" + given + "'", DSN);
    }
    boolean hasSchema = !uri.getPath().isEmpty() && !uri.getPath().equals("/");
    int colon = account.indexOf(':');
    if (!isKept && (hasSchema || colon >= 0)) {
      // With a password the text is not repeated.
      throw node.wrong("dsn", colon >= 0 ? "a password in it" : "'" + given + "'", DSN);
    }
    Map<String, String> options = options(node, uri.getQuery());
    String tls = options.getOrDefault("tls", "off");
    return new NodeAddress(
        node.required("name"),
        uri.getHost(),
        uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
        RuledNode.decoded(colon < 0 ? account : account.substring(0, colon)),
        colon < 0
            ? nodePassword(node, options)
            : RuledNode.decoded(account.substring(colon + 1)).getBytes(StandardCharsets.UTF_8),
        NodeTls.context(node.path() + "/dsn", tls, options.get("ca")),
        tls.equals("verify"),
        node.duration("connect_timeout", Duration.ofSeconds(5)));
  }

  /** What stands there isn't repeated: it holds a password. */
  private static ConfigException noDsn(ConfigSection node, String reference) {
    return node.wrong(
        "dsn",
        "'" + reference + "', where no dsn stands",
        "mysql://user:password@host:3306 there, special characters of the password as %41");
  }

  private byte[] nodePassword(ConfigSection node, Map<String, String> options) {
    String path = node.path() + "/dsn";
    if (options.containsKey("password-env")) {
      return passwordOf(path, options.get("password-env"));
    }
    return options.containsKey("password-file")
        ? passwordFile(path, options.get("password-file"))
        : new byte[0];
  }

  private static Map<String, String> options(ConfigSection node, String query) {
    Map<String, String> options = new LinkedHashMap<>();
    if (query == null) {
      return options;
    }
    for (String option : query.split("&", -1)) {
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      if (equals < 0 || !Set.of("password-env", "password-file", "tls", "ca").contains(name)) {
        throw node.wrong(
            "dsn", "option '" + option + "'", "password-env=, password-file=, tls= or ca=");
      }
      options.put(name, option.substring(equals + 1));
    }
    return options;
  }

  private static SslContext clientTls(ConfigSection tls) {
    if (tls.isEmpty()) {
      return null;
    }
    String certificate = tls.required("certificate");
    String key = tls.required("key");
    try {
      return SslContextBuilder.forServer(new File(certificate), new File(key)).build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new ConfigException(
          "/tls: cannot use certificate "
              + certificate
              + " with key "
              + key
              + " (both in PEM, the key in PKCS#8 without a password): "
              + e.getMessage(),
          e);
    }
  }

  private static SocketAddress listen(String text) {
    return text.startsWith("unix:")
        ? new DomainSocketAddress(text.substring("unix:".length()))
        : inet("/listen", text);
  }

  private static InetSocketAddress inet(String path, String text) {
    int colon = text.lastIndexOf(':');
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (colon > 0 && port >= 0 && port <= 65_535) {
        return new InetSocketAddress(text.substring(0, colon), port);
      }
    } catch (NumberFormatException e) {
      throw new ConfigException(
          path + ": found '" + text + "', expected host:port, e.g. 127.0.0.1:3307", e);
    }
    throw new ConfigException(
        path + ": found '" + text + "', expected host:port, e.g. 127.0.0.1:3307");
  }
}
