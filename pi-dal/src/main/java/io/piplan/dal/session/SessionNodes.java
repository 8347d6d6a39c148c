package io.piplan.dal.session;

import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.node.FileRows;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

/**
 * The connections of one session: with its variables, which are taken back before others get them.
 */
final class SessionNodes implements NodeConnections {
  /** Its DEFAULT is that of the server, and not what the connection began with. */
  private static final String COLLATION = "collation_connection";

  private static final String FIRST_COLLATION = "@pi_collation";

  private NodeConnections nodes;
  private final Map<String, String> variables = new LinkedHashMap<>();

  /** What connections that are taken now get over the others, until the transaction ends. */
  private Map<String, String> passing = Map.of();

  private final Set<Connection> taken = ConcurrentHashMap.newKeySet();

  SessionNodes(NodeConnections nodes) {
    this.nodes = nodes;
  }

  /** From now on connections come from here. Only while none is taken. */
  void use(NodeConnections others) {
    nodes = others;
  }

  /** Where they come from now. */
  NodeConnections inUse() {
    return nodes;
  }

  /** Sets a variable on all connections that the session has and will have. */
  void set(String name, String value) {
    taken.forEach(connection -> connection.set(Map.of(name, value)));
    variables.put(name, value);
  }

  /** Connections that are taken from now on get these, too; only while there are none. */
  void pass(Map<String, String> values) {
    passing = Map.copyOf(values);
  }

  private Map<String, String> wanted() {
    if (passing.isEmpty()) {
      return variables;
    }
    Map<String, String> wanted = new LinkedHashMap<>(variables);
    wanted.putAll(passing);
    return wanted;
  }

  /** Whether it has a connection now. */
  boolean isInUse() {
    return !taken.isEmpty();
  }

  /**
   * Tries a value on a node.
   *
   * @throws DalException if it isn't taken, or the node can't be asked
   */
  void check(String node, String name, String value) {
    try (NodeConnection connection = acquire(node)) {
      ((Connection) connection).set(Map.of(name, value));
    }
  }

  /** As if it had not been set. */
  void reset(String name) {
    // What fails is tried again by the next one.
    taken.forEach(connection -> connection.reset(name));
    variables.remove(name);
  }

  /** What the session has set a variable to, as SET takes it. */
  String value(String name) {
    return variables.getOrDefault(name, "DEFAULT");
  }

  /** What the session has set. */
  Map<String, String> own() {
    return Map.copyOf(variables);
  }

  /** What its connections have: what the session has set, and what is only of its transaction. */
  Map<String, String> variables() {
    return Map.copyOf(wanted());
  }

  /** Only while no connection is taken. */
  void forgetVariables() {
    variables.clear();
  }

  void cancel() {
    taken.forEach(Connection::cancel);
  }

  @Override
  public NodeConnection acquire(String node) {
    Connection connection = new Connection(nodes.acquire(node), Optional.empty());
    taken.add(connection);
    try {
      connection.set(wanted());
    } catch (DalException e) {
      connection.discard();
      throw e;
    }
    return connection;
  }

  /**
   * A connection that was given the variables by {@link #setting(String, String)}: who gave it will
   * look after them, too.
   */
  NodeConnection taken(NodeConnection given) {
    Connection connection = new Connection(given, Optional.of(wanted()));
    taken.add(connection);
    return connection;
  }

  /** A connection that has nothing of the session: what is set for it is not set there. */
  NodeConnection apart(String node) {
    return nodes.acquire(node);
  }

  /** What gives a variable to a connection that hasn't got it, so that it can be set back. */
  static String setting(String name, String value) {
    return setting(Map.of(name, value), name.equals(COLLATION));
  }

  private static String setting(Map<String, String> values, boolean keepsCollation) {
    return "SET "
        + (keepsCollation ? FIRST_COLLATION + " = @@collation_connection, " : "")
        + values.entrySet().stream()
            .map(entry -> "SESSION " + entry.getKey() + " = " + entry.getValue())
            .collect(Collectors.joining(", "));
  }

  /** The connection that came from outside. */
  static NodeConnection unwrapped(NodeConnection connection) {
    return connection instanceof Connection own ? own.delegate : connection;
  }

  @Override
  public void warn(String message) {
    nodes.warn(message);
  }

  @Override
  public Set<String> nodes() {
    return nodes.nodes();
  }

  @Override
  public List<NodeFigures> figures() {
    return nodes.figures();
  }

  /** The pools belong to the engine. */
  @Override
  public void close() {
    taken.forEach(Connection::discard);
  }

  /** Remembers what was set. */
  private final class Connection implements NodeConnection {
    private final NodeConnection delegate;
    private final boolean given;

    /** What it had been given with, and still has. */
    private final Map<String, String> had;

    private final Map<String, String> set = new LinkedHashMap<>();
    private boolean keepsCollation;
    private boolean changed;

    /**
     * A connection.
     *
     * @param given what it has already; who gave it will look after that, too
     */
    Connection(NodeConnection delegate, Optional<Map<String, String>> given) {
      this.delegate = delegate;
      this.given = given.isPresent();
      this.had = new HashMap<>(given.orElse(Map.of()));
    }

    void set(Map<String, String> values) {
      if (values.isEmpty()) {
        return;
      }
      boolean keeps =
          values.containsKey(COLLATION) && !keepsCollation && !had.containsKey(COLLATION);
      delegate.run(setting(values, keeps));
      keepsCollation |= keeps;
      changed = true;
      set.putAll(values);
    }

    void reset(String name) {
      if (set.containsKey(name) || had.containsKey(name)) {
        delegate.run("SET SESSION " + name + " = " + first(name));
        set.remove(name);
        had.remove(name);
        changed = true;
      }
    }

    private static String first(String name) {
      return name.equals(COLLATION) ? FIRST_COLLATION : "DEFAULT";
    }

    @Override
    public String node() {
      return delegate.node();
    }

    @Override
    public Result run(String sql) {
      return delegate.run(sql);
    }

    @Override
    public void runAll(List<String> statements) {
      delegate.runAll(statements);
    }

    @Override
    public Answer start(List<String> statements, Executor threads) {
      return delegate.start(statements, threads);
    }

    @Override
    public boolean sendsAhead() {
      return delegate.sendsAhead();
    }

    @Override
    public Queries query(List<String> statements) {
      return delegate.query(statements);
    }

    @Override
    public Result load(String sql, FileRows rows) {
      return delegate.load(sql, rows);
    }

    @Override
    public void cancel() {
      delegate.cancel();
    }

    @Override
    public void discard() {
      taken.remove(this);
      delegate.discard();
    }

    @Override
    public void close() {
      if (!taken.remove(this)) {
        return;
      }
      if (given && changed) {
        // It no longer is what those who gave it take it for.
        delegate.discard();
        return;
      }
      try {
        if (!set.isEmpty()) {
          delegate.run(
              "SET "
                  + set.keySet().stream()
                      .map(name -> "SESSION " + name + " = " + first(name))
                      .collect(Collectors.joining(", ")));
        }
        delegate.close();
      } catch (DalException e) {
        delegate.discard();
      }
    }
  }
}
