package io.piplan.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Hive 3.1 on this machine: a metastore with a Derby database, a HiveServer2, and a warehouse
 * folder. Both are processes of their own and end with this JVM, however that ends. Takes about 15
 * seconds to start.
 *
 * <p>Nobody has to log in, unless settings ask for it (see {@link HivePasswords}). Both listen on
 * 127.0.0.1.
 */
public final class EmbeddedHive implements AutoCloseable {
  private static final Duration START_TIME = Duration.ofMinutes(4);
  private static final Duration STOP_TIME = Duration.ofMinutes(1);

  private final Path warehouse;
  private final Map<String, String> clientSettings;
  private final Part metastore;
  private final Part server;

  /** One of the two processes. */
  private record Part(String name, GuardedProcess process, int port) {
    /** Starts it and waits until it lets clients in. */
    void launch() {
      process.start();
      long end = System.nanoTime() + START_TIME.toNanos();
      while (!listens()) {
        if (process.awaitExit(Duration.ofMillis(50))) {
          throw new EmbeddedServerException(name + " ended while starting:\n" + process.logTail());
        }
        if (System.nanoTime() > end) {
          process.signal("KILL", true);
          throw new EmbeddedServerException(
              name + " does not listen after " + START_TIME + ":\n" + process.logTail());
        }
      }
    }

    private boolean listens() {
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return client.isConnected();
      } catch (IOException e) {
        return false;
      }
    }

    void kill9() {
      if (!process.kill(STOP_TIME)) {
        throw new EmbeddedServerException(name + " cannot be killed");
      }
    }
  }

  private EmbeddedHive(Path warehouse, Map<String, String> settings, Part metastore, Part server) {
    this.warehouse = warehouse;
    this.clientSettings = new HashMap<>();
    settings.forEach(
        (name, value) -> {
          if (name.startsWith("fs.")) {
            clientSettings.put(name, value);
          }
        });
    clientSettings.put(NioLocalFileSystem.PROPERTY, NioLocalFileSystem.NAME);
    this.metastore = metastore;
    this.server = server;
  }

  /** Starts a new empty Hive on free ports; the first start on a machine downloads it. */
  public static EmbeddedHive start() {
    return start(Map.of());
  }

  /**
   * Starts a new empty Hive on free ports.
   *
   * @param settings properties of hive-site.xml; they win over the ones set here
   */
  public static EmbeddedHive start(Map<String, String> settings) {
    return start(settings, List.of());
  }

  /**
   * Starts a new empty Hive on free ports.
   *
   * @param settings properties of hive-site.xml; they win over the ones set here
   * @param jars what its servers have on their class path beside Hive's own
   */
  public static EmbeddedHive start(Map<String, String> settings, List<Path> jars) {
    HiveFiles files = HiveFiles.ready();
    int metastorePort = LocalDatabase.freePort();
    int serverPort = LocalDatabase.freePort();
    Path metastoreHome = null;
    Path serverHome = null;
    try {
      metastoreHome = Files.createTempDirectory("pi-hive-");
      serverHome = Files.createTempDirectory("pi-hiveserver-");
      Path warehouse = Files.createDirectories(metastoreHome.resolve("warehouse"));
      Map<String, String> common = new HashMap<>();
      common.put("hive.metastore.uris", "thrift://127.0.0.1:" + metastorePort);
      common.put("hive.metastore.warehouse.dir", warehouse.toUri().toString());
      common.put("hive.server2.thrift.port", String.valueOf(serverPort));
      common.putAll(settings);
      files.writeConfiguration(serverHome, common, jars);
      common.put("javax.jdo.option.ConnectionURL", files.newDatabase(metastoreHome));
      files.writeConfiguration(metastoreHome, common, jars);
      EmbeddedHive hive =
          new EmbeddedHive(
              warehouse,
              settings,
              part(files, "metastore", "-Xmx384m", metastoreHome, metastorePort, "-p"),
              part(files, "server", "-Xmx1280m", serverHome, serverPort));
      hive.launch();
      return hive;
    } catch (IOException e) {
      discard(metastoreHome);
      discard(serverHome);
      throw new EmbeddedServerException("cannot prepare Hive: " + e.getMessage(), e);
    }
  }

  private static Part part(
      HiveFiles files, String what, String heap, Path home, int port, String... portOption) {
    List<String> options = List.of(heap);
    List<String> command =
        portOption.length == 0
            ? files.command(home, options, what)
            : files.command(home, options, what, portOption[0], String.valueOf(port));
    return new Part("Hive's " + what, new GuardedProcess(home, command), port);
  }

  private void launch() {
    try {
      metastore.launch();
      server.launch();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static void discard(Path home) {
    if (home != null) {
      Commands.discard(home);
    }
  }

  /** Where a client of the metastore connects, e.g. {@code thrift://127.0.0.1:19083}. */
  public String metastoreUri() {
    return "thrift://127.0.0.1:" + metastore.port();
  }

  /** The port of HiveServer2. */
  public int serverPort() {
    return server.port();
  }

  /** The folder on the local disk in which tables lie. */
  public Path warehouse() {
    return warehouse;
  }

  /** The URL of a database for hive-jdbc. */
  public String jdbcUrl(String database) {
    return "jdbc:hive2://127.0.0.1:" + server.port() + "/" + database;
  }

  /**
   * Properties for a client that reads and writes the warehouse's files by Hadoop. It can do
   * without those of the local disk; then each file there costs it a process.
   */
  public Map<String, String> clientSettings() {
    return Map.copyOf(clientSettings);
  }

  /** A new connection to HiveServer2, by hive-jdbc, which has to be on the class path. */
  public Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(jdbcUrl(database), "pi", "");
  }

  /**
   * Creates a database whose name nobody else gets.
   *
   * @return its name: lower case letters, digits and underscores
   */
  public String createDatabase(String prefix) {
    String name = LocalDatabase.uniqueName(prefix);
    try (Connection connection = connect("default");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new EmbeddedServerException("cannot create database " + name, e);
    }
    return name;
  }

  /** Kills the metastore as a power cut would, as far as a process can feel it; the data stay. */
  public void kill9Metastore() {
    metastore.kill9();
  }

  /** Starts the metastore again on the same data and port. */
  public void restartMetastore() {
    metastore.launch();
  }

  /** Kills HiveServer2. */
  public void kill9Server() {
    server.kill9();
  }

  /** Starts HiveServer2 again on the same port. */
  public void restartServer() {
    server.launch();
  }

  /** The process ids of metastore and HiveServer2. */
  public List<Long> pids() {
    return List.of(metastore.process().pid(), server.process().pid());
  }

  /** Ends both and deletes all data. */
  @Override
  public void close() {
    server.process().close();
    metastore.process().close();
  }
}
