package io.piplan.embedded;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The servers which all test classes of one JVM share, each started when first asked for.
 *
 * <p>Tests get it as a parameter, see {@link ServersExtension}; each makes its own databases with
 * {@link EmbeddedDatabase#createDatabase}. A test which kills or stops a server starts one of its
 * own instead.
 */
public final class Servers implements AutoCloseable {
  private final Deque<EmbeddedDatabase> started = new ArrayDeque<>();
  private EmbeddedMySql mySqlA;
  private EmbeddedMySql mySqlB;
  private EmbeddedPg postgres;

  /** Usually the source of a sync. */
  public synchronized EmbeddedMySql mySqlA() {
    if (mySqlA == null) {
      mySqlA = startMySql(MySqlOptions.defaults().withServerId(1));
      started.push(mySqlA);
    }
    return mySqlA;
  }

  /** Usually the target of a sync. */
  public synchronized EmbeddedMySql mySqlB() {
    if (mySqlB == null) {
      mySqlB = startMySql(MySqlOptions.defaults().withServerId(2));
      started.push(mySqlB);
    }
    return mySqlB;
  }

  public synchronized EmbeddedPg postgres() {
    if (postgres == null) {
      postgres = EmbeddedPg.start();
      started.push(postgres);
    }
    return postgres;
  }

  /** Starts a server of the kind under test which the caller alone has and closes: MariaDB. */
  public EmbeddedMySql startMySql(MySqlOptions options) {
    return EmbeddedMariaDb.start(options);
  }

  @Override
  public synchronized void close() {
    while (!started.isEmpty()) {
      started.pop().close();
    }
  }
}
