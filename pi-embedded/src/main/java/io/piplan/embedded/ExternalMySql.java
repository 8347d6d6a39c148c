package io.piplan.embedded;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** A server which somebody else runs: the tests make databases there, and cannot stop it. */
final class ExternalMySql implements EmbeddedMySql {
  private final String host;
  private final int port;
  private final String user;
  private final String password;

  /**
   * Doesn't connect yet.
   *
   * @param url {@code jdbc:mysql://host:port} or {@code host:port}
   */
  ExternalMySql(String url, String user, String password) {
    String address = url.replaceFirst("^(jdbc:)?mysql://", "").replaceFirst("/.*$", "");
    int colon = address.lastIndexOf(':');
    this.host = colon < 0 ? address : address.substring(0, colon);
    this.port = colon < 0 ? 3306 : Integer.parseInt(address.substring(colon + 1));
    this.user = user;
    this.password = password;
  }

  @Override
  public String version() {
    return ask("SELECT CONCAT(@@version_comment, ' ', @@version)");
  }

  @Override
  public int serverId() {
    return Integer.parseInt(ask("SELECT @@server_id"));
  }

  @Override
  public boolean isMariaDb() {
    return ask("SELECT @@version").contains("MariaDB");
  }

  private String ask(String sql) {
    try (Connection connection = connect("");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException e) {
      throw new EmbeddedServerException("cannot ask " + jdbcUrl(""), e);
    }
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public String user() {
    return user;
  }

  @Override
  public String password() {
    return password;
  }

  @Override
  public String jdbcUrl(String database) {
    return "jdbc:mysql://" + host + ":" + port + "/" + database;
  }

  @Override
  public Connection connect(String database) throws SQLException {
    Properties all = MySqlConnections.properties();
    all.setProperty("sslMode", "PREFERRED");
    all.setProperty("user", user);
    all.setProperty("password", password);
    return DriverManager.getConnection(jdbcUrl(database), all);
  }

  @Override
  public String createDatabase(String prefix) {
    String name = LocalDatabase.uniqueName(prefix);
    try (Connection connection = connect("");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new EmbeddedServerException("cannot create database " + name, e);
    }
    return name;
  }

  @Override
  public boolean isRunning() {
    return true;
  }

  @Override
  public long pid() {
    throw notOurs();
  }

  @Override
  public void stop() {
    throw notOurs();
  }

  @Override
  public void kill9() {
    throw notOurs();
  }

  @Override
  public void sigstop() {
    throw notOurs();
  }

  @Override
  public void sigcont() {
    throw notOurs();
  }

  @Override
  public void restart() {
    throw notOurs();
  }

  private UnsupportedOperationException notOurs() {
    return new UnsupportedOperationException("server " + jdbcUrl("") + " was not started by us");
  }

  /** Leaves the server alone, and the databases made there too. */
  @Override
  public void close() {}
}
