package io.piplan.bench;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.bench.PiScript.Result;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A sync of one small table, by {@code bin/pi sync …}. Its passwords are in the variables {@link
 * #A} and {@link #B}.
 */
final class ScriptedSync {
  static final String A = "PI_IT_A";
  static final String B = "PI_IT_B";
  static final int ROWS = 5000;
  private static final String QUERY = "SELECT id, v FROM t ORDER BY id";

  private final Servers servers;
  private final Path folder;
  private final PiScript pi = new PiScript(PiScript.PI);
  private final String source;
  private final String target;

  /** Makes its databases, and the table with {@link #ROWS} rows. */
  ScriptedSync(Servers servers, Path folder) throws SQLException {
    this.servers = servers;
    this.folder = folder;
    pi.with(A, servers.mySqlA().password()).with(B, servers.mySqlB().password());
    source = servers.mySqlA().createDatabase("script");
    target = servers.mySqlB().createDatabase("script");
    onSource(
        "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))",
        "INSERT INTO t SELECT seq, CONCAT('v', seq) FROM " + EmbeddedMySql.numbers(ROWS));
  }

  String name() {
    return source;
  }

  PiScript pi() {
    return pi;
  }

  Path state() {
    return folder.resolve("state");
  }

  /** The definition's file. */
  String definition(String options) throws IOException {
    Path file = folder.resolve("shop.sql");
    Files.writeString(
        file,
        catalog("a", servers.mySqlA(), A)
            + catalog("b", servers.mySqlB(), B)
            + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'checkpoint.interval' = '500 ms'%s);"
                .formatted(source, target, source, options));
    return file.toString();
  }

  private static String catalog(String name, EmbeddedDatabase server, String variable) {
    return "CREATE CATALOG %s WITH ('type' = 'pi-mysql', 'hostname' = '127.0.0.1', 'port' = '%d', 'username' = '%s', 'password' = '${%s}');\n"
        .formatted(name, server.port(), server.user(), variable);
  }

  /** The words after {@code bin/pi}. */
  List<String> words(String action, String... more) {
    List<String> words = new ArrayList<>(List.of("sync", action));
    words.addAll(List.of(more));
    words.addAll(List.of("--state", state().toString()));
    return words;
  }

  Result sync(String action, String... more) throws IOException, InterruptedException {
    return pi.run(words(action, more).toArray(String[]::new));
  }

  JsonNode status() throws IOException, InterruptedException {
    return new ObjectMapper().readTree(sync("status", source, "--json").expect(0));
  }

  void onSource(String... statements) throws SQLException {
    try (Connection connection = servers.mySqlA().connect(source);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  List<String> rowsOfTarget() {
    return rows(servers.mySqlB(), target, QUERY);
  }

  List<String> tablesOfTarget() {
    return rows(
        servers.mySqlB(),
        target,
        "SELECT 1, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()");
  }

  private static List<String> rows(EmbeddedDatabase server, String database, String query) {
    List<String> rows = new ArrayList<>();
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      while (result.next()) {
        rows.add(result.getString(1) + " " + result.getString(2));
      }
    } catch (SQLException e) {
      rows.add(e.getMessage());
    }
    return rows;
  }

  void awaitEqual() {
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> rowsOfTarget().equals(rows(servers.mySqlA(), source, QUERY)));
  }
}
