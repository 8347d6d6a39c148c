package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/pi proxy} and {@code bin/pi sidecar}, as a person runs them. */
@Tag("mariadb-only")
@ExtendWith(ServersExtension.class)
class ProxyScriptIT {
  private static final String RULES =
      """
      schema: shop
      transaction_mode: xa
      nodes:
        - {name: db1, dsn: 'env:DB1'}
      tables:
        - name: item
          type: sharding
          strategies:
            - {backends: [db1.item_0, db1.item_1], sharding_columns: [id], algorithm: mod}
      """;

  @TempDir private Path folder;
  private final EmbeddedMySql node;
  private String schema;
  private Process process;
  private Path output;

  ProxyScriptIT(Servers servers) {
    this.node = servers.mySqlA();
  }

  @BeforeEach
  void tables() throws SQLException, IOException {
    schema = node.createDatabase("script");
    direct(
        "CREATE TABLE item_0 (id INT PRIMARY KEY)",
        "CREATE TABLE item_1 (id INT PRIMARY KEY)",
        "CREATE TABLE later (id INT PRIMARY KEY)");
    Files.writeString(folder.resolve("shop.yaml"), RULES);
    output = folder.resolve("output");
  }

  @AfterEach
  void end() throws SQLException {
    if (process != null) {
      process.destroyForcibly();
    }
    direct("DROP DATABASE " + schema);
  }

  private void direct(String... statements) throws SQLException {
    try (Connection connection = node.connect(schema);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private int count(String table) throws SQLException {
    try (Connection connection = node.connect(schema);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
      rows.next();
      return rows.getInt(1);
    }
  }

  /** Starts it, and gives how long it took until it took clients. */
  private Duration start(String command, String config, String javaOptions) throws IOException {
    Path file = Files.writeString(folder.resolve("proxy.json"), config);
    ProcessBuilder builder =
        new ProcessBuilder(
                PiScript.PI.toAbsolutePath().normalize().toString(),
                command,
                "--config",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("PI_BUILD", "no");
    builder.environment().put("PI_JAVA_OPTS", javaOptions);
    builder
        .environment()
        .put(
            "DB1",
            "mysql://%s:%s@%s:%d/%s"
                .formatted(node.user(), node.password(), node.host(), node.port(), schema));
    long begin = System.nanoTime();
    process = builder.start();
    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(60))
        .until(() -> said().contains("listens on ") || !process.isAlive());
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    assertThat(process.isAlive()).as(said()).isTrue();
    return took;
  }

  private String said() throws IOException {
    return Files.readString(output);
  }

  private Process program(String sql, String... where) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                EmbeddedMariaDb.program("mariadb").toString(),
                "--no-defaults",
                "--skip-ssl",
                "-uapp",
                "-N",
                "shop",
                "-e",
                sql));
    command.addAll(List.of(where));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private String run(String sql, String... where) throws IOException, InterruptedException {
    Process client = program(sql, where);
    String out = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(client.waitFor()).as(out).isZero();
    return out.strip();
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  @Test
  void aProxyStartsReloadsAndDrains() throws Exception {
    start(
        "proxy",
        """
        {"listen": "127.0.0.1:0", "rules": "shop.yaml",
         "users": [{"name": "app", "no_password": true, "admin": true}]}
        """,
        "-Xmx128m");
    String port = said().replaceAll("(?s).*listens on 127.0.0.1:(\\d+).*", "$1");
    String[] tcp = {"--protocol=tcp", "-h127.0.0.1", "-P" + port};
    assertThat(run("INSERT INTO item VALUES (1), (2), (3); SELECT COUNT(*) FROM item", tcp))
        .isEqualTo("3");

    String more = RULES + "  - {name: later, type: raw, strategies: [{backends: [db1.later]}]}\n";
    Files.writeString(folder.resolve("shop.yaml"), more);
    signal("HUP");
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> run("SHOW PI TABLES", tcp).contains("later"));
    assertThat(run("INSERT INTO later VALUES (1); SELECT id FROM later", tcp)).isEqualTo("1");
    Files.writeString(folder.resolve("shop.yaml"), RULES);
    assertThat(run("RELOAD; SHOW PI TABLES", tcp)).doesNotContain("later");

    Process busy = program("BEGIN; INSERT INTO item VALUES (4), (5); SELECT SLEEP(2); COMMIT", tcp);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> run("SHOW PI TRANSACTIONS", tcp).contains("app"));
    signal("TERM");
    assertThat(busy.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(busy.exitValue())
        .as(new String(busy.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isZero();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(143);
    assertThat(count("item_0") + count("item_1")).isEqualTo(5);
    assertThat(said()).doesNotContain("Exception");
  }

  /** What Java has noted down of classes makes it start sooner; where it can't be used, later. */
  @Test
  void theArchiveOfClassesIsUsedAndMayBeStaleOrDamaged() throws Exception {
    String config =
        """
        {"listen": "127.0.0.1:0", "rules": "shop.yaml", "event_loops": 1,
         "users": [{"name": "app", "no_password": true}]}
        """;
    String told = "-Xlog:class+load:file=" + folder.resolve("classes");
    start("sidecar", config, told);
    stop();
    assertThat(fromArchive()).isGreaterThan(500);
    Path archive = PiScript.PI.resolveSibling("../pi-bench/target/launcher/proxy.jsa").normalize();
    byte[] whole = Files.readAllBytes(archive);
    Path jar;
    try (Stream<Path> jars = Files.list(Path.of("target"))) {
      jar = jars.filter(one -> one.toString().endsWith(".jar")).findFirst().orElseThrow();
    }
    FileTime built = Files.getLastModifiedTime(jar);
    try {
      // Another jar than Java has noted of it, though not a newer one.
      Files.setLastModifiedTime(jar, FileTime.from(built.toInstant().minusSeconds(3600)));
      start("sidecar", config, told);
      stop();
      assertThat(fromArchive()).isZero();
      Files.setLastModifiedTime(jar, built);
      byte[] flipped = whole.clone();
      for (int at = flipped.length / 4; at < flipped.length; at += flipped.length / 16) {
        flipped[at] ^= 0x55;
      }
      for (byte[] damaged : List.of(flipped, new byte[] {1, 2, 3})) {
        Files.write(archive, damaged);
        start("sidecar", config, told);
        String port = said().replaceAll("(?s).*listens on 127.0.0.1:(\\d+).*", "$1");
        assertThat(run("SELECT COUNT(*) FROM item", "-h127.0.0.1", "-P" + port)).isEqualTo("0");
        stop();
        assertThat(fromArchive()).isZero();
        assertThat(said()).doesNotContain("rror", "arning");
      }
    } finally {
      Files.write(archive, whole);
      Files.setLastModifiedTime(jar, built);
    }
  }

  private void stop() throws IOException, InterruptedException {
    signal("TERM");
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  /** How many classes of ours and of Netty came out of the archive. */
  private long fromArchive() throws IOException {
    try (Stream<String> lines = Files.lines(folder.resolve("classes"))) {
      return lines
          .filter(line -> line.contains("io.piplan.") || line.contains("io.netty."))
          .filter(line -> line.contains("shared objects file (top)"))
          .count();
    }
  }

  /** Its start is a figure of docs/performance.md; here only what no load explains is refused. */
  @Test
  void aSidecarServesAUnixSocketInASmallHeap() throws Exception {
    Path socket = folder.resolve("pi.sock");
    String config =
        """
        {"listen": "unix:%s", "rules": "shop.yaml", "event_loops": 1,
         "users": [{"name": "app", "no_password": true}]}
        """
            .formatted(socket);
    String java = "-Xmx100m -XX:+ExitOnOutOfMemoryError";
    start("sidecar", config, java);
    signal("KILL");
    process.waitFor();
    assertThat(socket).exists();
    Duration took = start("sidecar", config, java);
    System.out.println("the sidecar took clients after " + took.toMillis() + " ms");
    assertThat(took).isLessThan(Duration.ofSeconds(20));
    String[] unix = {"--protocol=socket", "--socket=" + socket};
    StringBuilder rows = new StringBuilder("INSERT INTO item VALUES (0)");
    for (int id = 1; id < 5_000; id++) {
      rows.append(",(").append(id).append(')');
    }
    assertThat(run(rows + "; SELECT COUNT(*) FROM item", unix)).isEqualTo("5000");
    assertThat(run("SELECT id, REPEAT('x', 1000) FROM item ORDER BY id", unix).lines())
        .hasSize(5_000);
    signal("TERM");
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(143);
    assertThat(socket).doesNotExist();
  }
}
