package io.piplan.dts.jdbc;

import com.mysql.cj.conf.PropertyDefinitions;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import io.piplan.dts.Timeline;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;

/**
 * A MySQL or MariaDB server.
 *
 * @param host its name or address; or several with commas between, see {@link #chosen}
 * @param properties Connector/J properties, which win over the ones set here
 * @param timeline of a source: places in its binlog belong to it, and connections to any other
 *     server fail
 */
public record MySqlServer(
    String host,
    int port,
    String user,
    Secret password,
    Map<String, String> properties,
    Tls tls,
    Timeline timeline)
    implements DatabaseServer {
  /** Tells the target's triggers that it is no app that writes. */
  public static final String APPLYING = "@pi_dts_apply=1";

  /**
   * The {@code sql_mode} of whoever writes what another server had. Strict, so that nothing is cut;
   * whatever dates and zeros that server could hold.
   */
  public static final String WRITING_MODE =
      "STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,"
          + "NO_ENGINE_SUBSTITUTION";

  private static final String TIMEOUT = "socketTimeout";

  public MySqlServer {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(password, "password");
    Objects.requireNonNull(tls, "tls");
    Objects.requireNonNull(timeline, "timeline");
    properties = Map.copyOf(properties);
  }

  public MySqlServer(String host, int port, String user, Secret password) {
    this(host, port, user, password, Map.of());
  }

  public MySqlServer(
      String host, int port, String user, Secret password, Map<String, String> properties) {
    this(host, port, user, password, properties, Tls.UNSET);
  }

  public MySqlServer(
      String host,
      int port,
      String user,
      Secret password,
      Map<String, String> properties,
      Tls tls) {
    this(host, port, user, password, properties, tls, Timeline.ANY);
  }

  /** The same server, as a source on a timeline. */
  public MySqlServer on(Timeline newTimeline) {
    return new MySqlServer(host, port, user, password, properties, tls, newTimeline);
  }

  /** The same server with more properties. */
  public MySqlServer with(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(properties);
    all.putAll(more);
    return new MySqlServer(host, port, user, password, all, tls, timeline);
  }

  @Override
  public MySqlServer at(String hostAndPort) {
    return new MySqlServer(
        DatabaseServer.host(hostAndPort),
        DatabaseServer.port(hostAndPort, port),
        user,
        password,
        properties,
        tls);
  }

  /** Whether it is one of several hosts. */
  public boolean isList() {
    return host.contains(",");
  }

  /**
   * Of several hosts the first that may be written, else the first that answers; this server if it
   * is one. A server that is asked later may be another one.
   */
  public MySqlServer chosen() {
    if (!isList()) {
      return this;
    }
    MySqlServer first = null;
    DtsException failure = null;
    for (String each : host.split(",", -1)) {
      MySqlServer one = at(each.strip());
      try (Connection connection = one.connect(Side.SOURCE)) {
        if (!isReadOnly(connection)) {
          return one;
        }
        first = first == null ? one : first;
      } catch (DtsException e) {
        failure = failure == null ? e : failure;
      } catch (SQLException e) {
        failure = failure == null ? DatabaseServer.refused(one, Side.SOURCE, user, e) : failure;
      }
    }
    if (first == null) {
      throw new DtsException(
          failure.error(),
          "none of " + address() + " lets us in; the first says: " + failure.problem(),
          failure.remedy(),
          failure);
    }
    return first;
  }

  private static boolean isReadOnly(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT @@GLOBAL.read_only")) {
      return row.next() && row.getBoolean(1);
    }
  }

  @Override
  public Connection connect(Side side, Duration answer) {
    if (isList()) {
      return chosen().on(timeline).connect(side, answer);
    }
    Properties all = new Properties();
    // TIMESTAMP is read and written as text of the session time zone: UTC on either end.
    all.setProperty("connectionTimeZone", "UTC");
    all.setProperty("forceConnectionTimeZoneToSession", "true");
    all.setProperty("characterEncoding", "UTF-8");
    all.setProperty("tinyInt1isBit", "false");
    all.setProperty("yearIsDateType", "false");
    all.setProperty("zeroDateTimeBehavior", "CONVERT_TO_NULL");
    all.setProperty("connectTimeout", "10000");
    all.setProperty(TIMEOUT, Long.toString(GREETING.toMillis()));
    all.setProperty("tcpKeepAlive", "true");
    all.setProperty("allowPublicKeyRetrieval", "true");
    // The driver parses what is prepared; the same few statements are, again and again.
    all.setProperty("cachePrepStmts", "true");
    all.setProperty("prepStmtCacheSqlLimit", "2048");
    tls.requireFiles(side);
    tls.mySqlProperties(host).forEach(all::setProperty);
    properties.forEach(all::setProperty);
    if (side == Side.TARGET) {
      // Triggers that keep row versions for apps let pass what syncs write.
      all.merge("sessionVariables", APPLYING, (given, applying) -> given + "," + applying);
    }
    all.setProperty("user", user);
    all.setProperty("password", password.reveal());
    try {
      Connection connection = driver().connect("jdbc:mysql://" + urlHost() + ":" + port + "/", all);
      if (!properties.containsKey(TIMEOUT)) {
        DatabaseServer.answerWithin(connection, answer);
      }
      if (side == Side.SOURCE && !timeline.server().isEmpty()) {
        requireServer(connection);
      }
      return connection;
    } catch (SQLException e) {
      throw DatabaseServer.refused(this, side, user, e);
    }
  }

  /** An address may lead to another server from one connection to the next. */
  private void requireServer(Connection connection) throws SQLException {
    String found = SourceIdentity.of(connection);
    if (!found.equals(timeline.server())) {
      connection.close();
      throw new DtsException(
          DtsError.SOURCE_CHANGED,
          "source "
              + address()
              + " is now another server ("
              + found
              + ") than the one that was read ("
              + timeline.server()
              + "): places in the one's binlog mean nothing in the other's",
          "if it took over from the other, start the sync again: it goes on by GTID (bin/pi sync"
              + " stop NAME --now, then bin/pi sync start FILE)");
    }
  }

  /**
   * Made here and not found by DriverManager, which in a cluster knows the drivers of the first
   * job's class loader only.
   */
  private static Driver driver() throws SQLException {
    // Its thread would keep the class loader of a job alive after the job, until memory runs out.
    System.setProperty(PropertyDefinitions.SYSP_disableAbandonedConnectionCleanup, "true");
    return new com.mysql.cj.jdbc.Driver();
  }

  private String urlHost() {
    return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  @Override
  public String address() {
    return "mysql://" + urlHost() + ":" + port;
  }

  @Override
  public String toString() {
    return address() + " as " + user;
  }
}
