package io.piplan.embedded;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * A running database server on this machine which ends with this JVM, however that ends.
 *
 * <p>Methods may be called from any thread; those which start or end the server exclude each other.
 */
public interface EmbeddedDatabase extends AutoCloseable {

  /** Product and version as the server states it, e.g. {@code MariaDB 11.4.5-MariaDB-log}. */
  String version();

  /** Always {@code 127.0.0.1}, unless the server is an external one. */
  String host();

  /** The same before and after a {@link #restart()}. */
  int port();

  /** An account with all rights. */
  String user();

  String password();

  /**
   * The URL of a database without the account.
   *
   * @param database empty for none (MySQL) or the maintenance database (PostgreSQL)
   */
  String jdbcUrl(String database);

  /** A new connection of {@link #user()}; the caller closes it. */
  Connection connect(String database) throws SQLException;

  /**
   * Creates a database whose name nobody else gets.
   *
   * @param prefix the first part of its name, so that a log can be read
   * @return its name: lower case letters, digits and underscores
   */
  String createDatabase(String prefix);

  /** The process id of the server. */
  long pid();

  boolean isRunning();

  /** Orderly shutdown; the data stay. Does nothing when it isn't running. */
  void stop();

  /** Kills the server as a power cut would, as far as a process can feel it; the data stay. */
  void kill9();

  /** Freezes the server (SIGSTOP): connections stay open and nothing answers. */
  void sigstop();

  /** Wakes a frozen server (SIGCONT). */
  void sigcont();

  /** Starts it again on the same data and port; stops it first when it runs. */
  void restart();

  /** Ends the server and deletes its data. */
  @Override
  void close();
}
