package io.piplan.dts.job;

import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Servers that tests may kill and freeze: a source and a target for each kind of target. All test
 * classes share them, so those that use the same pair must not run at the same time ({@link
 * #TO_MYSQL}, {@link #TO_POSTGRES}).
 */
final class ChaosServers implements AutoCloseable {
  /** What classes lock that use the pair with a MySQL target. */
  static final String TO_MYSQL = "chaos servers to MySQL";

  /** What classes lock that use the pair with a PostgreSQL target. */
  static final String TO_POSTGRES = "chaos servers to PostgreSQL";

  /** Where the changes go. */
  enum Target {
    /** MySQL or MariaDB, whatever is under test. */
    MYSQL,
    POSTGRES
  }

  /**
   * A source of changes and where they go.
   *
   * @param starter starts further targets of the same kind
   */
  record Pair(
      Target kind,
      EmbeddedMySql source,
      EmbeddedDatabase target,
      Supplier<EmbeddedDatabase> starter) {
    /**
     * With a target of its own, which the caller closes: for tests after which a server would not
     * come back from a crash.
     */
    Pair withNewTarget() {
      return new Pair(kind, source, starter.get(), starter);
    }

    /** Undoes what a failed test may have left. */
    void heal() {
      for (EmbeddedDatabase server : List.of(source, target)) {
        if (server.isRunning()) {
          server.sigcont();
        } else {
          server.restart();
        }
      }
    }
  }

  private final Servers servers;
  private final Map<Target, Pair> pairs = new EnumMap<>(Target.class);

  private ChaosServers(Servers servers) {
    this.servers = servers;
  }

  /** Starts the pair when it is first asked for. Commits survive what is done to its servers. */
  Pair pair(Target kind) {
    synchronized (pairs) {
      Pair known = pairs.get(kind);
      if (known != null) {
        known.heal();
        return known;
      }
    }
    EmbeddedMySql source = servers.startMySql(MySqlOptions.defaults().asDurable());
    Supplier<EmbeddedDatabase> starter =
        kind == Target.POSTGRES
            ? () -> EmbeddedPg.start(UUID.randomUUID().toString(), List.of("fsync=on"))
            : () -> servers.startMySql(MySqlOptions.defaults().withServerId(77).asDurable());
    Pair pair = new Pair(kind, source, starter.get(), starter);
    synchronized (pairs) {
      pairs.put(kind, pair);
    }
    return pair;
  }

  @Override
  public void close() {
    for (Pair pair : pairs.values()) {
      pair.source().close();
      pair.target().close();
    }
  }

  /** Gives test classes these servers as a parameter of their constructor. */
  static final class Extension implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == ChaosServers.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(Namespace.create(ChaosServers.class))
          .getOrComputeIfAbsent(
              ChaosServers.class, key -> new ChaosServers(new Servers()), ChaosServers.class);
    }
  }
}
