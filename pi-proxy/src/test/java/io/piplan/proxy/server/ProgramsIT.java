package io.piplan.proxy.server;

import static io.piplan.proxy.server.TwoNodes.MYSQL;
import static io.piplan.proxy.server.TwoNodes.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * MySQL's own command line program (of {@code bin/fetch-mysql}) and sysbench, through the proxy.
 * What is not on this machine is reported as skipped.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class ProgramsIT {
  private static final String RULES =
      """
schema: SCHEMA
transaction_mode: xa
default_node: db1
nodes:
  - {name: db1, dsn: 'env:DB1', maximum_pool_size: 8}
  - {name: db2, dsn: 'env:DB2', maximum_pool_size: 8}
tables:
  - name: sbtest1
    type: sharding
    strategies:
      - {backends: ['db1.sbtest1_{0, 4, 2}', 'db2.sbtest1_{1, 4, 2}'], sharding_columns: [id], algorithm: mod}
""";

  @TempDir private static Path folder;
  private final Servers servers;
  private TwoNodes nodes;
  private TwoNodes plain;
  private TwoNodes made;

  ProgramsIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    nodes = TwoNodes.create(servers, "programs");
    nodes.shards(
        "sbtest1_",
        "(id INT NOT NULL, k INT NOT NULL DEFAULT 0, c CHAR(120) CHARACTER SET utf8mb4 COLLATE"
            + " utf8mb4_bin NOT NULL DEFAULT '', pad CHAR(60) NOT NULL DEFAULT '', PRIMARY KEY"
            + " (id), KEY k_1 (k))");
    nodes.start(folder, RULES, "");
    plain = TwoNodes.create(servers, "plain");
    plain.startOnOne();
    made = TwoNodes.create(servers, "made");
    made.start(
        Files.createDirectory(folder.resolve("made")),
        RULES.replace("type: sharding", "type: sharding\n    created_later: true"),
        "");
  }

  @AfterAll
  void stop() throws SQLException {
    nodes.close();
    plain.close();
    made.close();
  }

  private static String run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(command + "\n" + said).isZero();
    return said;
  }

  // --- mysql

  /** The newest one that was fetched, with the C library that came with it. */
  private static Optional<List<String>> mysql() throws IOException {
    Map<String, String> environment = System.getenv();
    Path cache =
        Path.of(
            environment.getOrDefault(
                "PI_CACHE",
                environment.getOrDefault(
                        "XDG_CACHE_HOME", System.getProperty("user.home") + "/.cache")
                    + "/pi-plan"));
    if (!Files.isDirectory(cache)) {
      return Optional.empty();
    }
    try (Stream<Path> homes = Files.list(cache)) {
      return homes
          .filter(home -> Files.isExecutable(home.resolve("usr/bin/mysql")))
          .sorted()
          .reduce((first, second) -> second)
          .map(
              home ->
                  List.of(
                      home.resolve("usr/lib64/ld-linux-x86-64.so.2").toString(),
                      "--library-path",
                      home.resolve("usr/lib/x86_64-linux-gnu").toString(),
                      home.resolve("usr/bin/mysql").toString(),
                      "--no-defaults"));
    }
  }

  private String mysql(String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            mysql()
                .orElseGet(
                    () -> {
                      assumeTrue(false, "no mysql program: run bin/fetch-mysql first");
                      return List.of();
                    }));
    command.addAll(
        List.of(
            "--host=127.0.0.1",
            "--port=" + nodes.proxy().port(),
            "--user=sha",
            "--batch",
            "--password=" + TwoNodes.SECRET,
            "--default-character-set=utf8mb4"));
    command.addAll(List.of(more));
    command.add(nodes.schema());
    return run(command, Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--skip-column-names", "--compress", "--compression-algorithms=zlib"})
  void theMysqlProgram(String option) throws Exception {
    Path file = Files.createTempFile(folder, "rows", ".txt");
    StringBuilder rows = new StringBuilder();
    for (int id = 1; id <= 5000; id++) {
      rows.append(id).append('\t').append(id * 3).append("\t订单\tpad\n");
    }
    Files.writeString(file, rows);
    String said =
        mysql(
            option,
            "--local-infile=1",
            "--execute=DELETE FROM sbtest1; LOAD DATA LOCAL INFILE '"
                + file
                + "' INTO TABLE sbtest1; SELECT COUNT(*), SUM(k) FROM sbtest1; BEGIN; DELETE FROM"
                + " sbtest1; ROLLBACK; SELECT c FROM sbtest1 WHERE id = 77; SHOW TABLES; SELECT"
                + " REPEAT(c, 20000) FROM sbtest1 WHERE id = 5; UPDATE sbtest1 SET k = 1 WHERE"
                + " id < 3; SELECT 'after'");
    assertThat(said)
        .contains("5000\t37507500")
        .contains("订单\n")
        .contains("sbtest1\n")
        .contains("订单".repeat(20_000))
        .contains("after");
  }

  // --- sysbench

  private static String sysbench(TwoNodes on, String... more) throws Exception {
    boolean there =
        Stream.of(System.getenv("PATH").split(":", -1))
            .anyMatch(place -> Files.isExecutable(Path.of(place, "sysbench")));
    assumeTrue(there, "sysbench is not on the PATH (Debian: apt-get install sysbench)");
    List<String> command =
        new ArrayList<>(
            List.of(
                "sysbench",
                "oltp_read_write",
                "--db-driver=mysql",
                "--mysql-host=127.0.0.1",
                "--mysql-port=" + on.proxy().port(),
                "--mysql-user=app",
                "--mysql-db=" + on.schema(),
                "--tables=1",
                "--table-size=2000"));
    command.addAll(List.of(more));
    return run(command, Map.of());
  }

  private static List<String> asked(TwoNodes on, String sql) throws SQLException {
    try (Connection app = on.connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      return rows(statement, sql);
    }
  }

  @Test
  void sysbenchOnOneNode() throws Exception {
    sysbench(plain, "prepare");
    String said = sysbench(plain, "--threads=4", "--time=3", "run");
    assertThat(said).containsPattern("transactions: +[1-9]").doesNotContain("FATAL");
    assertThat(asked(plain, "SELECT COUNT(*) FROM sbtest1")).containsExactly("2000");
    sysbench(plain, "cleanup");
    assertThat(asked(plain, "SHOW TABLES")).doesNotContain("sbtest1");
  }

  /** Its CREATE TABLE has a comment that servers run. */
  @Test
  void sysbenchOverFourShards() throws Exception {
    sysbench(made, "--auto_inc=off", "prepare");
    assertThat(asked(made, "SELECT COUNT(*), COUNT(DISTINCT id) FROM sbtest1"))
        .containsExactly("2000|2000");
    for (int shard = 0; shard < 4; shard++) {
      try (Connection direct = made.direct(shard % 2);
          Statement statement = direct.createStatement()) {
        assertThat(rows(statement, "SELECT COUNT(*) FROM sbtest1_" + shard)).containsExactly("500");
        assertThat(rows(statement, "SHOW INDEX FROM sbtest1_" + shard)).hasSize(2);
      }
    }
    for (String prepared : List.of("auto", "disable")) {
      String said =
          sysbench(
              made, "--threads=4", "--time=3", "--auto_inc=off", "--db-ps-mode=" + prepared, "run");
      assertThat(said).containsPattern("transactions: +[1-9]").doesNotContain("FATAL");
      assertThat(asked(made, "SELECT COUNT(*) FROM sbtest1")).containsExactly("2000");
    }
    sysbench(made, "cleanup");
    try (Connection direct = made.direct(1);
        Statement statement = direct.createStatement()) {
      assertThat(rows(statement, "SHOW TABLES")).isEmpty();
    }
  }
}
