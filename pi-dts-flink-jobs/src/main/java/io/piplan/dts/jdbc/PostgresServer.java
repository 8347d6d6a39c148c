package io.piplan.dts.jdbc;

import io.piplan.dts.Secret;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.postgresql.Driver;

/**
 * A PostgreSQL server and the database on it.
 *
 * @param properties pgJDBC properties, which win over the ones set here
 */
public record PostgresServer(
    String host,
    int port,
    String database,
    String user,
    Secret password,
    Map<String, String> properties,
    Tls tls)
    implements DatabaseServer {
  /** Tells the target's triggers that it is no app that writes. */
  public static final String APPLYING_SETTING = "pi_dts.apply";

  public static final String APPLYING = "-c " + APPLYING_SETTING + "=on";

  private static final String TIMEOUT = "socketTimeout";

  public PostgresServer {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(password, "password");
    Objects.requireNonNull(tls, "tls");
    properties = Map.copyOf(properties);
  }

  public PostgresServer(String host, int port, String database, String user, Secret password) {
    this(host, port, database, user, password, Map.of());
  }

  public PostgresServer(
      String host,
      int port,
      String database,
      String user,
      Secret password,
      Map<String, String> properties) {
    this(host, port, database, user, password, properties, Tls.UNSET);
  }

  /** The same server with more properties. */
  public PostgresServer with(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(properties);
    all.putAll(more);
    return new PostgresServer(host, port, database, user, password, all, tls);
  }

  @Override
  public PostgresServer at(String hostAndPort) {
    return new PostgresServer(
        DatabaseServer.host(hostAndPort),
        DatabaseServer.port(hostAndPort, port),
        database,
        user,
        password,
        properties,
        tls);
  }

  @Override
  public Connection connect(Side side, Duration answer) {
    Properties all = new Properties();
    all.setProperty("options", "-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres");
    all.setProperty("connectTimeout", "10");
    all.setProperty(TIMEOUT, Long.toString(GREETING.toSeconds()));
    all.setProperty("tcpKeepAlive", "true");
    all.setProperty("ApplicationName", "pi-dts");
    tls.requireFiles(side);
    tls.postgresProperties().forEach(all::setProperty);
    properties.forEach(all::setProperty);
    if (side == Side.TARGET) {
      // Triggers that keep row versions for apps let pass what syncs write.
      all.merge("options", APPLYING, (given, applying) -> given + " " + applying);
    }
    all.setProperty("user", user);
    all.setProperty("password", password.reveal());
    try {
      Connection connection =
          // Not by DriverManager: see MySqlServer.
          new Driver()
              .connect(
                  "jdbc:postgresql://"
                      + urlHost()
                      + ":"
                      + port
                      + "/"
                      + URLEncoder.encode(database, StandardCharsets.UTF_8),
                  all);
      if (!properties.containsKey(TIMEOUT)) {
        DatabaseServer.answerWithin(connection, answer);
      }
      return connection;
    } catch (SQLException e) {
      throw DatabaseServer.refused(this, side, user, e);
    }
  }

  private String urlHost() {
    return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  @Override
  public String address() {
    return "postgresql://" + urlHost() + ":" + port + "/" + database;
  }

  @Override
  public String toString() {
    return address() + " as " + user;
  }
}
