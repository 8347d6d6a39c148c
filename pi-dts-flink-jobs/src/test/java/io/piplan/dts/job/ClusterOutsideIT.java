package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a sync on a cluster of several processes shows to the outside: metrics under their names,
 * and no password anywhere.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterOutsideIT {
  private static final Path METRICS = Path.of("..", "docs", "metrics.md");
  private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `(flink_\\w+)` \\|.*$");
  private static final Pattern EXPOSED = Pattern.compile("(?m)^(flink_\\w+)\\{");
  private static final Pattern REPORTER_PORT =
      Pattern.compile("Started PrometheusReporter HTTP server on port (\\d+)");

  /** Larger ones are jars. */
  private static final long MOST_BYTES = 20L << 20;

  @TempDir static Path directory;
  @TempDir static Path state;
  private static StandaloneCluster cluster;
  private static DefinitionLauncher launcher;
  private static FlinkSyncControl control;
  private static EmbeddedMySql target;
  private static String sourcePassword;
  private static String targetPassword;
  private static String targetUser;
  private static String name;
  private static String schema;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @BeforeAll
  static void runASync(Servers servers) throws Exception {
    System.setProperty("pi.job.jar", StandaloneCluster.jobJar().toString());
    cluster = StandaloneCluster.start(directory);
    launcher = new DefinitionLauncher(SecretLookup.ofProcess());
    control = new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC());
    EmbeddedMySql source = servers.mySqlA();
    target = servers.mySqlB();
    name = source.createDatabase("outside");
    schema = target.createDatabase("outside");
    String user = "s_" + name;
    sourcePassword =
        SyncHarness.createUser(
            source,
            user,
            "SELECT, LOCK TABLES, INSERT, UPDATE, CREATE ON `" + name + "`.*",
            "REPLICATION SLAVE, REPLICATION CLIENT ON *.*");
    targetUser = "t_" + schema;
    targetPassword = SyncHarness.createUser(target, targetUser, "ALL ON `" + schema + "`.*");
    try (Connection on = source.connect(name)) {
      SyncHarness.run(
          on,
          "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))",
          "INSERT INTO t SELECT seq, 'v' FROM " + EmbeddedMySql.numbers(500));
      launcher.start(
          "outside.sql",
          SyncHarness.mySqlCatalog("a", source.port(), user, sourcePassword)
              + SyncHarness.mySqlCatalog("b", target.port(), targetUser, targetPassword)
              + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'checkpoint.interval' = '500 ms',"
                  .formatted(name, schema, name)
              + " 'heartbeat.interval' = '300 ms');",
          new FlinkRuntime.Cluster(cluster.url(), state),
          SyncLauncher.Start.CONTINUE);
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> !control.status(name).tables().isEmpty() && control.status(name).copyDone());
      SyncHarness.run(on, "UPDATE t SET v = 'w'");
    }
  }

  @AfterAll
  static void stopCluster() throws Exception {
    launcher.close();
    cluster.close();
  }

  private static String get(String address) {
    try {
      HttpResponse<String> answer =
          HTTP.send(
              HttpRequest.newBuilder(URI.create(address)).timeout(Duration.ofSeconds(20)).build(),
              HttpResponse.BodyHandlers.ofString());
      return answer.body();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(address, e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonNode json(String path) throws IOException {
    return new ObjectMapper().readTree(get(cluster.url() + path));
  }

  /** Of each process of the cluster. */
  private static List<String> metricsPages() throws IOException {
    List<String> pages = new ArrayList<>();
    for (Path log : files(directory.resolve("log"))) {
      Matcher port = REPORTER_PORT.matcher(Files.readString(log));
      while (port.find()) {
        pages.add(get("http://127.0.0.1:" + port.group(1) + "/metrics"));
      }
    }
    return pages;
  }

  private static List<Path> files(Path root) throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  @Order(1)
  void metricsHaveTheirDocumentedNames() throws IOException {
    Set<String> documented = new TreeSet<>();
    Matcher row = DOCUMENTED.matcher(Files.readString(METRICS));
    while (row.find()) {
      // What this sync has no option for is not there.
      if (!row.group().contains("Only with `loop.prevention`")
          && !row.group().contains("Only with `metadata.file`")
          && !row.group(1).contains("_table_changesApplied")) {
        documented.add(row.group(1));
      }
    }
    assertThat(documented).hasSizeGreaterThan(25);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              List<String> pages = metricsPages();
              assertThat(pages).as("job manager and task manager").hasSize(2);
              Set<String> exposed =
                  EXPOSED
                      .matcher(String.join("\n", pages))
                      .results()
                      .map(found -> found.group(1))
                      .collect(Collectors.toSet());
              assertThat(exposed).containsAll(documented);
              assertThat(String.join("\n", pages)).contains("sync=\"" + name + "\"");
            });
  }

  /** Where anybody could look, by what it is. */
  private static Map<String, byte[]> places() throws IOException, SQLException {
    Map<String, byte[]> places = new LinkedHashMap<>();
    for (Path root : List.of(directory, state)) {
      for (Path file : files(root)) {
        if (Files.size(file) < MOST_BYTES && !file.toString().endsWith(".jar")) {
          places.put("file " + file, Files.readAllBytes(file));
        }
      }
    }
    for (String path : restPaths()) {
      places.put("GET " + path, bytes(get(cluster.url() + path)));
    }
    for (String page : metricsPages()) {
      places.put("metrics " + places.size(), bytes(page));
    }
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      read("/proc/" + process.pid() + "/cmdline", places);
    }
    for (Path pid : files(directory)) {
      if (pid.toString().endsWith(".pid")) {
        read("/proc/" + Files.readString(pid).trim() + "/environ", places);
      }
    }
    try (Connection on = target.connect(schema)) {
      for (List<String> table : SyncHarness.rows(on, "SHOW TABLES")) {
        String rows = SyncHarness.rows(on, "SELECT * FROM `" + table.get(0) + "`").toString();
        places.put("table " + table.get(0), bytes(rows));
      }
    }
    return places;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void read(String file, Map<String, byte[]> places) {
    try {
      places.put(file, Files.readAllBytes(Path.of(file)));
    } catch (IOException e) {
      // It has ended, or is somebody else's.
      return;
    }
  }

  private static List<String> restPaths() throws IOException {
    List<String> paths =
        new ArrayList<>(
            List.of(
                "/overview",
                "/config",
                "/jobs/overview",
                "/jars",
                "/jobmanager/config",
                "/jobmanager/environment",
                "/jobmanager/log",
                "/jobmanager/logs",
                "/jobmanager/stdout",
                "/jobmanager/thread-dump",
                "/taskmanagers"));
    for (JsonNode manager : json("/taskmanagers").path("taskmanagers")) {
      String id = "/taskmanagers/" + manager.path("id").asText();
      Stream.of("", "/log", "/stdout", "/logs", "/thread-dump").map(id::concat).forEach(paths::add);
    }
    for (JsonNode job : json("/jobs").path("jobs")) {
      String id = "/jobs/" + job.path("id").asText();
      Stream.of(
              "",
              "/config",
              "/plan",
              "/exceptions",
              "/accumulators",
              "/checkpoints",
              "/checkpoints/config",
              "/jobmanager/config",
              "/jobmanager/environment",
              "/metrics")
          .map(id::concat)
          .forEach(paths::add);
      for (JsonNode vertex : json(id).path("vertices")) {
        String of = id + "/vertices/" + vertex.path("id").asText();
        Stream.of("", "/accumulators", "/subtasks/accumulators")
            .map(of::concat)
            .forEach(paths::add);
      }
    }
    return paths;
  }

  private static List<String> holding(Map<String, byte[]> places, String text) {
    byte[] plain = bytes(text);
    byte[] wide = text.getBytes(StandardCharsets.UTF_16LE);
    String base64 = java.util.Base64.getEncoder().withoutPadding().encodeToString(plain);
    return places.entrySet().stream()
        .filter(
            place ->
                contains(place.getValue(), plain)
                    || contains(place.getValue(), wide)
                    || contains(place.getValue(), bytes(base64)))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static boolean contains(byte[] in, byte[] part) {
    for (int from = 0; from + part.length <= in.length; from++) {
      int same = 0;
      while (same < part.length && in[from + same] == part[same]) {
        same++;
      }
      if (same == part.length) {
        return true;
      }
    }
    return false;
  }

  @Test
  @Order(2)
  void noPasswordIsAnywhere() throws Exception {
    assertNone(places());
    // Failures tell most: the target refuses the user, and then the sync is stopped and goes on.
    try (Connection root = target.connect("")) {
      SyncHarness.run(root, "ALTER USER '" + targetUser + "'@'%' IDENTIFIED BY 'another'");
      for (List<String> id :
          SyncHarness.rows(
              root,
              "SELECT id FROM information_schema.processlist WHERE user = '" + targetUser + "'")) {
        SyncHarness.run(root, "KILL " + id.get(0));
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> json("/jobs/overview").path("jobs").get(0).path("state").asText(),
              "FAILED"::equals);
      // Flink shows what it was asked for a moment ago as it was then.
      String job = json("/jobs/overview").path("jobs").get(0).path("jid").asText();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> get(cluster.url() + "/jobs/" + job + "/exceptions").contains("PI-3002"));
      Map<String, byte[]> places = places();
      assertNone(places);
      assertThat(holding(places, "PI-3002")).anyMatch(place -> place.endsWith("/exceptions"));
      SyncHarness.run(
          root, "ALTER USER '" + targetUser + "'@'%' IDENTIFIED BY '" + targetPassword + "'");
    }
  }

  private static void assertNone(Map<String, byte[]> places) {
    assertThat(places.keySet())
        .anyMatch(place -> place.endsWith("taskmanager-1.log"))
        .anyMatch(place -> place.contains("chk-"))
        .anyMatch(place -> place.endsWith("/exceptions"))
        .anyMatch(place -> place.startsWith("/proc/") && place.endsWith("/environ"))
        .anyMatch(place -> place.equals("table pi_dts_progress"));
    // The search finds what is there.
    assertThat(holding(places, targetUser)).isNotEmpty();
    assertThat(holding(places, sourcePassword)).isEmpty();
    assertThat(holding(places, targetPassword)).isEmpty();
  }
}
