package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Starts syncs of definitions on an embedded Flink and compares both sides with plain JDBC. */
final class SyncHarness implements AutoCloseable {
  private final EmbeddedFlink flink;
  private final FlinkRuntime runtime;
  private final DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess());
  private final FlinkSyncControl control;
  private final List<String> started = new ArrayList<>();

  SyncHarness(EmbeddedFlink flink, Path state) {
    this.flink = flink;
    this.runtime = new FlinkRuntime.Attached(flink.rest().toString(), state);
    this.control = new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC());
  }

  FlinkSyncControl control() {
    return control;
  }

  EmbeddedFlink flink() {
    return flink;
  }

  String start(String definition, SyncLauncher.Start start) {
    String name = launcher.start("test.sql", definition, runtime, start).get(0);
    started.add(name);
    return name;
  }

  static String mySqlCatalog(String name, EmbeddedDatabase server) {
    return catalog(name, "pi-mysql", server, "");
  }

  /** As another user than the server's own. */
  static String mySqlCatalog(String name, int port, String user, String password) {
    return mySqlCatalog(name, port, user, password, "");
  }

  /** With more options, each with a comma before it. */
  static String mySqlCatalog(String name, int port, String user, String password, String more) {
    return catalog(name, "pi-mysql", port, user, secret(password), more);
  }

  /** A new user on MySQL or MariaDB, who may log in and nothing else, and its password. */
  static String createUser(EmbeddedDatabase server, String user, String... grants)
      throws SQLException {
    String password = "p-" + UUID.randomUUID();
    try (Connection root = connect(server, "")) {
      run(root, "CREATE USER '" + user + "'@'%' IDENTIFIED BY '" + password + "'");
      for (String grant : grants) {
        run(root, "GRANT " + grant + " TO '" + user + "'@'%'");
      }
    }
    return password;
  }

  static String postgresCatalog(String name, EmbeddedDatabase server, String database) {
    return catalog(name, "pi-postgres", server, ", 'default-database' = '" + database + "'");
  }

  /** As another user than the server's own. */
  static String postgresCatalog(
      String name, EmbeddedDatabase server, String database, String user, String password) {
    return catalog(
        name,
        "pi-postgres",
        server.port(),
        user,
        secret(password),
        ", 'default-database' = '" + database + "'");
  }

  /** By way of another port, and with more options. */
  static String postgresCatalog(
      String name, int port, EmbeddedDatabase server, String database, String more) {
    return catalog(
        name,
        "pi-postgres",
        port,
        server.user(),
        secret(server.password()),
        ", 'default-database' = '" + database + "'" + more);
  }

  private static String catalog(String name, String type, EmbeddedDatabase server, String more) {
    return catalog(name, type, server.port(), server.user(), secret(server.password()), more);
  }

  private static String catalog(
      String name, String type, int port, String user, Path secret, String more) {
    return "CREATE CATALOG %s WITH ('type' = '%s', 'hostname' = '127.0.0.1', 'port' = '%d', 'username' = '%s', 'password' = '${file:%s}'%s);\n"
        .formatted(name, type, port, user, secret, more);
  }

  /** Passwords go by reference, as they must where a definition is kept. */
  private static Path secret(String password) {
    try {
      Path file = Files.createTempFile("pi-secret", "");
      file.toFile().deleteOnExit();
      return Files.writeString(file, password);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Connection connect(EmbeddedDatabase server, String database) throws SQLException {
    return DriverManager.getConnection(server.jdbcUrl(database), server.user(), server.password());
  }

  static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  static List<List<String>> rows(Connection connection, String query) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          row.add(result.getString(i));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  /** Waits until both queries give the same rows. */
  static void awaitEqual(
      Connection source, String sourceQuery, Connection target, String targetQuery) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(300))
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              List<List<String>> expected = rows(source, sourceQuery);
              List<List<String>> found = rows(target, targetQuery);
              assertThat(found.size()).as(targetQuery).isEqualTo(expected.size());
              assertThat(found.equals(expected)).as(targetQuery).isTrue();
            });
  }

  void awaitCopied(String sync) {
    await(
        sync,
        () -> {
          SyncStatus status = control.status(sync);
          return !status.tables().isEmpty() && status.copyDone();
        });
  }

  /** What is to become true while a sync runs. */
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Waits for what a sync does; tells what is known of it if it ends, or does not do that. */
  void await(String sync, Condition condition) {
    try {
      Awaitility.await()
          .atMost(Duration.ofMinutes(3))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                SyncStatus status = control.status(sync);
                assertThat(status.state()).as(status.failure()).isNotEqualTo("FAILED");
                return condition.holds();
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("not yet, with " + control.status(sync), e);
    }
  }

  @Override
  public void close() {
    for (String sync : started) {
      FlinkRest rest = new FlinkRest(flink.rest().toString());
      rest.runningJob(sync).ifPresent(job -> rest.cancel(job.id()));
    }
    launcher.close();
  }
}
