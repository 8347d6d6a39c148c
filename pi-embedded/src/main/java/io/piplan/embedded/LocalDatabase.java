package io.piplan.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** What the servers started by this JVM have in common: a guarded process and its life cycle. */
abstract class LocalDatabase implements EmbeddedDatabase {
  private static final Duration START_TIME = Duration.ofMinutes(2);
  private static final Duration STOP_TIME = Duration.ofMinutes(1);

  private final GuardedProcess process;
  private final int port;
  private final String user;
  private final String password;

  LocalDatabase(Path home, List<String> command, int port, String user, String password) {
    this.process = new GuardedProcess(home, command);
    this.port = port;
    this.user = user;
    this.password = password;
  }

  /** Its name; a JDBC driver takes MariaDB for MySQL. */
  abstract String product();

  /** The signal that asks for an orderly shutdown. */
  abstract String stopSignal();

  /** The properties of every connection, beside the account. */
  abstract Properties connectionProperties();

  /** Starts the process and waits until it lets the user in. */
  final void launch() {
    process.start();
    long end = System.nanoTime() + START_TIME.toNanos();
    while (true) {
      try (Connection ready = connect("")) {
        return;
      } catch (SQLException e) {
        if (process.awaitExit(Duration.ofMillis(30))) {
          throw new EmbeddedServerException("server ended while starting:\n" + process.logTail());
        }
        boolean denied = e.getSQLState() != null && e.getSQLState().startsWith("28");
        if (denied || System.nanoTime() > end) {
          process.signal("KILL", true);
          throw new EmbeddedServerException(
              "server does not let " + user + " in:\n" + process.logTail(), e);
        }
      }
    }
  }

  @Override
  public final String version() {
    try (Connection connection = connect("")) {
      return product() + " " + connection.getMetaData().getDatabaseProductVersion();
    } catch (SQLException e) {
      throw new EmbeddedServerException("cannot ask for the version", e);
    }
  }

  @Override
  public final String host() {
    return "127.0.0.1";
  }

  @Override
  public final int port() {
    return port;
  }

  @Override
  public final String user() {
    return user;
  }

  @Override
  public final String password() {
    return password;
  }

  @Override
  public final Connection connect(String database) throws SQLException {
    Properties all = connectionProperties();
    all.setProperty("user", user);
    all.setProperty("password", password);
    return DriverManager.getConnection(jdbcUrl(database), all);
  }

  @Override
  public final String createDatabase(String prefix) {
    String name = uniqueName(prefix);
    try (Connection connection = connect("");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new EmbeddedServerException("cannot create database " + name, e);
    }
    return name;
  }

  static String uniqueName(String prefix) {
    String readable = prefix.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "_");
    return readable + "_" + UUID.randomUUID().toString().substring(0, 8);
  }

  @Override
  public final long pid() {
    return process.pid();
  }

  @Override
  public final boolean isRunning() {
    return process.isRunning();
  }

  @Override
  public final synchronized void stop() {
    if (!process.isRunning()) {
      return;
    }
    process.signal("CONT", true);
    process.signal(stopSignal(), false);
    if (!process.awaitExit(STOP_TIME)) {
      kill9();
      throw new EmbeddedServerException(
          "server did not stop within " + STOP_TIME + " and was killed:\n" + process.logTail());
    }
  }

  @Override
  public final synchronized void kill9() {
    if (!process.kill(STOP_TIME)) {
      throw new EmbeddedServerException("process " + pid() + " cannot be killed");
    }
  }

  @Override
  public final synchronized void sigstop() {
    process.signal("STOP", true);
  }

  @Override
  public final synchronized void sigcont() {
    process.signal("CONT", true);
  }

  @Override
  public final synchronized void restart() {
    stop();
    launch();
  }

  @Override
  public final synchronized void close() {
    process.close();
  }

  /**
   * A free port below the range of outgoing connections, so that none of those takes it while the
   * server is down.
   */
  static int freePort() {
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(15_000, 32_000);
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return probe.getLocalPort();
      } catch (IOException e) {
        // Taken: try another.
      }
    }
    throw new EmbeddedServerException("found no free port on 127.0.0.1");
  }
}
