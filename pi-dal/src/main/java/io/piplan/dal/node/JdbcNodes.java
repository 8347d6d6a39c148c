package io.piplan.dal.node;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.NodeRule;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Connections by JDBC, pooled. */
public final class JdbcNodes implements NodeConnections {
  /** A server that doesn't even end a statement in time answers no more. */
  private static final long GRACE_MILLIS = 5_000;

  private static final long MOST_MILLIS_FOR_A_REPLICA = 1_000;

  private final Map<String, HikariDataSource> pools = new LinkedHashMap<>();
  private final Set<String> sources = new LinkedHashSet<>();
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final int timeoutSeconds;

  /**
   * Pools for the nodes of these rules, replicas too. Nothing is connected yet.
   *
   * @param dsns gives the text that a reference stands for
   */
  public JdbcNodes(DalRules rules, Function<String, String> dsns) {
    this.timeoutSeconds = (int) Math.max(1, rules.statementTimeout().toSeconds());
    Map<NodeRule, Dsn> all = new LinkedHashMap<>();
    // What is wrong with one shows before the first pool is there.
    rules.nodes().forEach(node -> all.put(node, Dsn.parse(node.name(), dsns.apply(node.dsn()))));
    all.forEach(
        (node, dsn) -> {
          addresses.put(node.name(), dsn.host() + ":" + dsn.port());
          pools.put(node.name(), pool(node, dsn));
          if (!node.isReplica()) {
            sources.add(node.name());
          }
        });
  }

  private HikariDataSource pool(NodeRule node, Dsn dsn) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("pi-" + node.name());
    config.setJdbcUrl(dsn.jdbcUrl(timeoutSeconds * 1_000L + GRACE_MILLIS));
    config.setUsername(dsn.user());
    config.setPassword(dsn.password());
    config.setMinimumIdle(Math.min(node.minimumPoolSize(), node.maximumPoolSize()));
    config.setMaximumPoolSize(node.maximumPoolSize());
    long wait = node.acquireTimeout().toMillis();
    if (node.isReplica()) {
      // Reads don't wait for a dead replica: the source can answer them.
      wait = Math.min(wait, MOST_MILLIS_FOR_A_REPLICA);
      config.setConnectionInitSql("SET SESSION TRANSACTION READ ONLY");
    }
    config.setConnectionTimeout(Math.max(250, wait));
    config.setIdleTimeout(Math.max(10_000, node.idleTime().toMillis()));
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  @Override
  public NodeConnection acquire(String node) {
    HikariDataSource pool = pools.get(node);
    if (pool == null) {
      throw new DalException(DalError.CONFIGURATION, "there is no node " + node);
    }
    try {
      return new JdbcNodeConnection(node, pool.getConnection(), pool, timeoutSeconds);
    } catch (SQLTransientConnectionException e) {
      boolean unreachable = e.getCause() instanceof SQLException;
      throw new DalException(
          unreachable ? DalError.NODE_UNREACHABLE : DalError.NO_CONNECTION_IN_TIME,
          unreachable
              ? "node " + node + " can't be reached: " + e.getCause().getMessage()
              : "no connection to node "
                  + node
                  + " became free in time; all "
                  + pool.getMaximumPoolSize()
                  + " are used",
          e);
    } catch (SQLException e) {
      throw new DalException(
          DalError.NODE_UNREACHABLE, "node " + node + " can't be reached: " + e.getMessage(), e);
    }
  }

  @Override
  public Set<String> nodes() {
    return sources;
  }

  @Override
  public List<NodeFigures> figures() {
    List<NodeFigures> figures = new ArrayList<>();
    pools.forEach(
        (name, pool) -> {
          HikariPoolMXBean now = pool.getHikariPoolMXBean();
          figures.add(
              new NodeFigures(
                  name,
                  addresses.get(name),
                  now == null ? 0 : now.getTotalConnections(),
                  now == null ? 0 : now.getIdleConnections(),
                  now == null ? 0 : now.getThreadsAwaitingConnection(),
                  pool.getMaximumPoolSize()));
        });
    return figures;
  }

  @Override
  public void close() {
    pools.values().forEach(HikariDataSource::close);
  }
}
