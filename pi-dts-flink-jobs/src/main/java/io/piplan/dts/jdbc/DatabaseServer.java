package io.piplan.dts.jdbc;

import io.piplan.dts.DtsException;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/** A database server with the account to use on it. Can be shipped; printing it shows no secret. */
public sealed interface DatabaseServer extends Serializable
    permits MySqlServer, PostgresServer, HiveServer {

  /** How long a server may take to let a client in; in its first connection, TCP not counted. */
  Duration GREETING = Duration.ofSeconds(10);

  /**
   * How long a statement may go without any answer. A connection that a network has forgotten looks
   * like a slow statement; without a limit whoever waits for it waits for ever.
   */
  Duration ANSWER = Duration.ofMinutes(2);

  /**
   * A new connection in auto-commit mode, session time zone UTC, text as UTF-8. A statement on it
   * fails after {@link #ANSWER} without an answer, unless the server's properties say otherwise.
   */
  default Connection connect(Side side) {
    return connect(side, ANSWER);
  }

  /** The same with another limit for an answer. */
  Connection connect(Side side, Duration answer);

  /**
   * The same account and settings on another server.
   *
   * @param hostAndPort {@code host} or {@code host:port}, an IPv6 address in brackets; without a
   *     port this server's
   */
  DatabaseServer at(String hostAndPort);

  /** The address, e.g. {@code mysql://host:3306}, for messages. */
  String address();

  /**
   * Sets how long statements may go without an answer.
   *
   * @param answer zero for no limit
   */
  static void answerWithin(Connection connection, Duration answer) throws SQLException {
    connection.setNetworkTimeout(Runnable::run, Math.toIntExact(answer.toMillis()));
  }

  /** The host of {@code host:port}, without the brackets of an IPv6 address. */
  static String host(String hostAndPort) {
    int colon = hostAndPort.lastIndexOf(':');
    boolean hasPort = colon > hostAndPort.lastIndexOf(']');
    String host = hasPort ? hostAndPort.substring(0, colon) : hostAndPort;
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** The port of {@code host:port}. */
  static int port(String hostAndPort, int otherwise) {
    int colon = hostAndPort.lastIndexOf(':');
    return colon > hostAndPort.lastIndexOf(']')
        ? Integer.parseInt(hostAndPort.substring(colon + 1))
        : otherwise;
  }

  /** How it is encrypted. */
  Tls tls();

  /** Turns a failed connection attempt into the error that says whose fault it is. */
  static DtsException refused(DatabaseServer server, Side side, String user, SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    String end = side == Side.SOURCE ? "source " : "target ";
    Optional<String> untrusted = TlsFailures.reason(e);
    if (untrusted.isPresent()) {
      return new DtsException(
          side.tls(),
          end + server.address() + " does not pass 'tls': " + untrusted.get(),
          TlsFailures.REMEDY,
          e);
    }
    // MySQL sends 28000 or 42000 (no right to the database), PostgreSQL 28000, 28P01 or 3D000.
    if (state.startsWith("28") || state.equals("42000") || e.getErrorCode() == 1045) {
      return new DtsException(
          side.accessDenied(),
          end + server.address() + " refuses user '" + user + "': " + e.getMessage(),
          "check user name and password, and that the user may connect from this host",
          e);
    }
    if (state.equals("3D000")) {
      return new DtsException(
          side.accessDenied(),
          end + server.address() + ": " + e.getMessage(),
          "create the database, or correct its name in the definition",
          e);
    }
    return new DtsException(
        side.unreachable(),
        end + server.address() + " cannot be reached: " + e.getMessage(),
        "check that the server runs, host and port are right, and no firewall is in the way",
        e);
  }
}
