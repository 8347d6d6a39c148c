package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.job.DefinitionLauncher;
import io.piplan.dts.job.FlinkRuntime;
import io.piplan.dts.job.SyncLauncher;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code pi hive compact} on a sync that was started, while it runs and after it was stopped. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class HiveCompactCommandIT {
  private static final String ROWS = "SELECT id, v FROM t ORDER BY id";

  private final Servers servers;
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  HiveCompactCommandIT(Servers servers) {
    this.servers = servers;
  }

  private int pi(String... words) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Pi.commandLine(
            Console.plain(new PrintWriter(out), new PrintWriter(err)), FlinkSyncEngine::new)
        .execute(words);
  }

  @Test
  void theStateIsRewrittenBesideTheSyncAndWithoutIt() throws Exception {
    EmbeddedHive hive = servers.hive();
    String ods = hive.createDatabase("compacted");
    String shop = servers.mySqlA().createDatabase("shop");
    String state = folder.resolve("state").toString();
    Path definition = Files.writeString(folder.resolve("hive.sql"), definition(shop, hive, ods));
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 4, Map.of());
        DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess());
        Connection source = servers.mySqlA().connect(shop);
        Connection target = hive.connect(ods)) {
      run(
          source,
          "CREATE TABLE t (id INT PRIMARY KEY, v INT)",
          "INSERT INTO t SELECT seq, 0 FROM " + EmbeddedMySql.numbers(100));
      launcher.start(
          definition.toString(),
          Files.readString(definition),
          new FlinkRuntime.Attached(flink.rest().toString(), Path.of(state)),
          SyncLauncher.Start.CONTINUE);
      awaitEqual(source, target);
      run(source, "UPDATE t SET v = 1 WHERE id <= 10", "DELETE FROM t WHERE id > 90");
      awaitEqual(source, target);

      assertThat(pi("hive", "compact", definition.toString())).as(err.toString()).isZero();
      assertThat(out.toString())
          .contains("sync " + shop + ", Hive's database " + ods)
          .contains("t: 1 segments of the log taken into 1 partitions");
      assertThat(rows(target, ROWS)).isEqualTo(rows(source, ROWS));
      refused(definition, state, shop);

      run(source, "UPDATE t SET v = 2 WHERE id = 20");
      awaitEqual(source, target);
      assertThat(pi("sync", "stop", shop, "--state", state)).as(err.toString()).isZero();
      assertThat(
              pi(
                  "hive",
                  "compact",
                  "--sync",
                  shop,
                  "--table",
                  "T",
                  "--keep-log",
                  "0 s",
                  "--json",
                  "--state",
                  state))
          .as(err.toString())
          .isZero();
      JsonNode done = new ObjectMapper().readTree(out.toString()).path(shop);
      assertThat(done).hasSize(1);
      assertThat(done.path(0).path("table").asText()).isEqualTo("t");
      assertThat(done.path(0).path("segments").asInt()).isEqualTo(1);
      assertThat(done.path(0).path("dropped").asInt()).isPositive();
      assertThat(rows(target, ROWS)).isEqualTo(rows(source, ROWS));
    }
  }

  private void refused(Path definition, String state, String shop) {
    assertThat(pi("hive", "compact", definition.toString(), "--table", "nobody"))
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(err.toString()).contains("[nobody]").contains("name some of [t]");
    assertThat(pi("hive", "compact", definition.toString(), "--sync", "other"))
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(err.toString()).contains("no SYNC to a Hive named other").contains(shop);
    assertThat(pi("hive", "compact", "--sync", "never_started", "--state", state))
        .isNotEqualTo(ExitCode.OK.number());
    assertThat(err.toString()).contains("never_started");
    assertThat(pi("hive", "compact")).isEqualTo(ExitCode.USAGE.number());
    assertThat(pi("hive", "compact", definition.toString(), "--keep-log", "soon"))
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(err.toString()).contains("--keep-log takes a time such as '7 d'");
  }

  private String definition(String shop, EmbeddedHive hive, String ods) throws Exception {
    EmbeddedMySql a = servers.mySqlA();
    Path secret = Files.writeString(folder.resolve("secret"), a.password());
    return ("CREATE CATALOG a WITH ('type' = 'pi-mysql', 'hostname' = '%s', 'port' = '%d',"
                + " 'username' = '%s', 'password' = '${file:%s}');\n")
            .formatted(a.host(), a.port(), a.user(), secret)
        + ("CREATE CATALOG h WITH ('type' = 'pi-hive', 'metastore-uri' = '%s',"
                + " 'hiveserver2-url' = '%s', 'username' = 'pi');\n")
            .formatted(hive.metastoreUri(), hive.jdbcUrl("default"))
        + "SYNC DATABASE a.`%s` TO h.%s WITH ('name' = '%s', 'checkpoint.interval' = '1 s', 'hive.compact.interval' = '0');\n"
            .formatted(shop, ods, shop);
  }

  private static void awaitEqual(Connection source, Connection target) {
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(rows(target, ROWS)).isEqualTo(rows(source, ROWS)));
  }

  private static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static List<List<Integer>> rows(Connection connection, String query) throws SQLException {
    List<List<Integer>> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      while (row.next()) {
        rows.add(List.of(row.getInt(1), row.getInt(2)));
      }
    }
    return rows;
  }
}
