package io.piplan.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The servers which all test classes of one JVM share, each started when first asked for.
 *
 * <p>Tests get it as a parameter, see {@link ServersExtension}; each makes its own databases with
 * {@link EmbeddedDatabase#createDatabase}. A test which kills or stops a server starts one of its
 * own instead.
 *
 * <p>System properties choose the MySQL-side servers: {@code pi.mysql.home}, the folder of an
 * unpacked MySQL or {@code fetched} for the one of {@code bin/fetch-mysql}; or {@code
 * pi.mysql.url}, {@code pi.mysql.url.b}, {@code pi.mysql.user} and {@code pi.mysql.password} for
 * external ones. Nothing set: MariaDB.
 */
public final class Servers implements AutoCloseable {
  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private EmbeddedMySql mySqlA;
  private EmbeddedMySql mySqlB;
  private EmbeddedPg postgres;
  private EmbeddedHive hive;

  /** Usually the source of a sync. */
  public synchronized EmbeddedMySql mySqlA() {
    if (mySqlA == null) {
      mySqlA = sharedMySql("pi.mysql.url", 1);
    }
    return mySqlA;
  }

  /** Usually the target of a sync. */
  public synchronized EmbeddedMySql mySqlB() {
    if (mySqlB == null) {
      mySqlB = sharedMySql("pi.mysql.url.b", 2);
    }
    return mySqlB;
  }

  public synchronized EmbeddedPg postgres() {
    if (postgres == null) {
      postgres = EmbeddedPg.start();
      started.push(postgres);
      report(postgres);
    }
    return postgres;
  }

  /** A metastore and a HiveServer2. Takes long to start: a test class that can do without, does. */
  public synchronized EmbeddedHive hive() {
    if (hive == null) {
      hive = EmbeddedHive.start();
      started.push(hive);
    }
    return hive;
  }

  /**
   * Starts a server of the kind under test which the caller alone has and closes: MySQL out of the
   * folder {@code pi.mysql.home} when that system property is set, else MariaDB.
   */
  public EmbeddedMySql startMySql(MySqlOptions options) {
    String home = System.getProperty("pi.mysql.home", "");
    if (home.isEmpty()) {
      return EmbeddedMariaDb.start(options);
    }
    return RealMySql.start(
        home.equals("fetched") ? MySqlFiles.newestFetched() : Path.of(home), options);
  }

  /** The shared server of this role: an external one when {@code pi.mysql.url} names it. */
  private EmbeddedMySql sharedMySql(String urlProperty, int serverId) {
    String url = System.getProperty(urlProperty, "");
    EmbeddedMySql server =
        url.isEmpty()
            ? startMySql(MySqlOptions.defaults().withServerId(serverId))
            : new ExternalMySql(
                url,
                System.getProperty("pi.mysql.user", "root"),
                System.getProperty("pi.mysql.password", ""));
    started.push(server);
    report(server);
    return server;
  }

  /**
   * What was tested against, for the end of a test run: a line in the file of {@code pi.servers}.
   */
  private static void report(EmbeddedDatabase server) {
    String file = System.getProperty("pi.servers", "");
    if (file.isEmpty()) {
      return;
    }
    try {
      Files.writeString(
          Path.of(file),
          server.version() + System.lineSeparator(),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot report to " + file, e);
    }
  }

  @Override
  public synchronized void close() {
    while (!started.isEmpty()) {
      try {
        started.pop().close();
      } catch (Exception e) {
        throw new EmbeddedServerException("cannot close a server: " + e.getMessage(), e);
      }
    }
  }
}
