package io.piplan.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * MySQL out of a folder: one that {@code bin/fetch-mysql} filled, or an unpacked binary
 * distribution ({@code bin/mysqld} in it). With GTIDs.
 */
public final class RealMySql extends LocalDatabase implements EmbeddedMySql {
  private final MySqlOptions options;

  private RealMySql(Path home, List<String> command, int port, MySqlOptions options) {
    super(home, command, port, "root", options.password());
    this.options = options;
  }

  /**
   * Starts a new empty server on a free port.
   *
   * @param distribution the folder MySQL was unpacked to
   */
  public static RealMySql start(Path distribution, MySqlOptions options) {
    MySqlFiles files = MySqlFiles.in(distribution);
    Path home = null;
    try {
      home = Files.createTempDirectory("pi-mysql-");
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
      throw new EmbeddedServerException("cannot prepare MySQL: " + e.getMessage(), e);
    }
    int port = freePort();
    RealMySql server = new RealMySql(home, command(files, home, port, options), port, options);
    try {
      server.launch();
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  /** Run at every start, since a crash may come before the first one took effect. */
  private static String accountStatements(String password) {
    String literal = "'" + password.replace("\\", "\\\\").replace("'", "''") + "'";
    return "SET sql_log_bin = 0;\n"
        + "CREATE USER IF NOT EXISTS root@'%';\n"
        + "GRANT ALL PRIVILEGES ON *.* TO root@'%' WITH GRANT OPTION;\n"
        + ("ALTER USER root@'%' IDENTIFIED BY " + literal + ";\n")
        + ("ALTER USER root@localhost IDENTIFIED BY " + literal + ";\n");
  }

  private static List<String> command(MySqlFiles files, Path home, int port, MySqlOptions options) {
    List<String> all = new ArrayList<>(files.mysqld());
    all.add("--datadir=" + home.resolve("data"));
    all.add("--tmpdir=" + home);
    // Relative to the data folder: the path of a socket may have 107 characters only.
    all.add("--socket=mysql.sock");
    all.add("--pid-file=mysql.pid");
    all.add("--mysqlx=OFF");
    all.add("--init-file=" + home.resolve("accounts.sql"));
    all.add("--gtid-mode=ON");
    all.add("--enforce-gtid-consistency=ON");
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
    return false;
  }

  @Override
  String stopSignal() {
    return "TERM";
  }

  @Override
  String product() {
    return "MySQL";
  }

  @Override
  Properties connectionProperties() {
    return MySqlConnections.properties();
  }
}
