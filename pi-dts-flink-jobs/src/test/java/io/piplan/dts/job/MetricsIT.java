package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/**
 * What Prometheus gets of a sync that runs in this process: the names that docs/metrics.md lists,
 * all of them and no others, with true values; and only those names are used in deploy/monitoring.
 */
@ExtendWith(ServersExtension.class)
class MetricsIT {
  private static final Path DOCS = Path.of("../docs/metrics.md");
  private static final Path MONITORING = Path.of("../deploy/monitoring");

  private static final String ENUMERATOR =
      "flink_jobmanager_job_operator_coordinator_enumerator_pi_dts_sync_";

  private static final String SITES =
      """
      {"version": 1, "zones": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
       "zsids": {"count": 2, "owners": {"a": [0], "b": [1]}}}
      """;

  /** In the order of the columns: metric, type, labels, meaning. */
  private static final Pattern ROW =
      Pattern.compile("^\\| `(flink_\\w+)` \\| (counter|gauge) \\| ([^|]*) \\|", Pattern.MULTILINE);

  private static final Pattern SAMPLE =
      Pattern.compile("^(flink_\\w+)\\{(.*)} (\\S+)$", Pattern.MULTILINE);
  private static final Pattern NAME = Pattern.compile("\\bflink_\\w+");

  @TempDir static Path state;
  private static DefinitionLauncher launcher;
  private static String database;
  private static String name;
  private static int port;
  private static String page;

  @BeforeAll
  static void runASync(Servers servers) throws Exception {
    database = servers.mySqlA().createDatabase("metrics");
    String target = servers.mySqlB().createDatabase("metrics");
    name = database;
    port = freePort();
    launcher = new DefinitionLauncher(SecretLookup.ofProcess());
    try (Connection source = SyncHarness.connect(servers.mySqlA(), database)) {
      SyncHarness.run(
          source,
          "CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(100))",
          "CREATE TABLE b (id INT PRIMARY KEY, v VARCHAR(100))",
          "INSERT INTO a VALUES (1, 'x'), (2, 'y')");
      launcher.start(
          "test.sql",
          SyncHarness.mySqlCatalog("a", servers.mySqlA())
              + SyncHarness.mySqlCatalog("b", servers.mySqlB())
              + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'parallelism' = '2',"
                  .formatted(database, target, name)
              + " 'checkpoint.interval' = '500 ms', 'heartbeat.interval' = '200 ms',"
              + " 'copy.rate-limit' = '1000', 'copy.byte-limit' = '20 MB',"
              + " 'loop.prevention' = 'marker', 'metadata.file' = '"
              + Files.writeString(state.resolve("sites.json"), SITES)
              + "', 'zone.source' = 'a', 'zone.target' = 'b');",
          new FlinkRuntime.InProcess(state, 4, port),
          SyncLauncher.Start.CONTINUE);
      FlinkSyncControl control =
          new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC());
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                SyncStatus status = control.status(name);
                return status.tables().size() == 2 && status.copyDone();
              });
      for (int i = 10; i < 30; i++) {
        SyncHarness.run(
            source,
            "INSERT INTO a VALUES (" + i + ", 'new')",
            "INSERT INTO b VALUES (" + i + ", 'new')");
      }
    }
    leaveUnsettled(servers, target);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              page = scrape();
              assertThat(sum(ENUMERATOR + "openConflicts")).isPositive();
              assertThat(sum(operator("pi_dts_sync_changesApplied"))).isEqualTo(40);
              assertThat(sum(operator("pi_dts_sync_heartbeatLagMillis"))).isPositive();
            });
  }

  /** A conflict, a locked row with two changes aside, and refused rows, as writers leave them. */
  private static void leaveUnsettled(Servers servers, String target) throws Exception {
    try (Connection connection = SyncHarness.connect(servers.mySqlB(), target)) {
      SyncHarness.run(
          connection,
          "INSERT INTO pi_dts_lock (sync, db, tab, key_hash, row_key, target_table, lane, conflict,"
              + " state, file, pos, event, row_no, since_ms) VALUES ('"
              + name
              + "', 'd', 'other', 'h', '[1]', 'other', 0, 1, 'HELD', '', 0, 0, 0, 1)",
          "INSERT INTO pi_dts_aside (sync, db, tab, key_hash, row_key, lane, op, file, pos, event,"
              + " row_no, source_ms) SELECT sync, db, tab, key_hash, row_key, lane, 'INSERT', file,"
              + " pos, event, row_no, 0 FROM pi_dts_lock JOIN (SELECT 1 UNION SELECT 2) twice",
          "INSERT INTO pi_dts_dead_letter (sync, db, tab, op, file, pos, event, row_no, reason,"
              + " refused_ms, retried) SELECT '"
              + name
              + "', 'd', 'other', 'INSERT', 'f', 0, 0, 0, 'too long', 1, IF(seq > 3, 1, NULL)"
              + " FROM (SELECT 1 seq UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) letters",
          "INSERT INTO pi_dts_conflict (sync, db, tab, target_table, row_key, kind, op, reason,"
              + " file, pos, event, row_no, found_ms, state) SELECT '"
              + name
              + "', 'd', 'other', 'other', '[1]', 'NOT_OWNER', 'INSERT', 'r', 'f', 0, 0, 0, 1,"
              + " IF(seq = 1, 'OPEN', 'DISMISSED') FROM (SELECT 1 seq UNION SELECT 2) conflicts");
    }
  }

  @AfterAll
  static void stop() {
    launcher.close();
  }

  private static String operator(String metric) {
    return "flink_taskmanager_job_task_operator_" + metric;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static String scrape() throws IOException, InterruptedException {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }

  /** Of all series of the sync. */
  private static double sum(String metric) {
    return samples(metric, "").stream().mapToDouble(Double::doubleValue).sum();
  }

  private static List<Double> samples(String metric, String label) {
    List<Double> values = new ArrayList<>();
    Matcher sample = SAMPLE.matcher(page);
    while (sample.find()) {
      if (sample.group(1).equals(metric)
          && sample.group(2).contains("sync=\"" + name + "\"")
          && sample.group(2).contains(label)) {
        values.add(Double.valueOf(sample.group(3)));
      }
    }
    return values;
  }

  /** Everything exposed, with the labels that are ours. */
  private static Map<String, Set<String>> exposed() {
    Map<String, Set<String>> names = new TreeMap<>();
    Matcher sample = SAMPLE.matcher(page);
    while (sample.find()) {
      Set<String> labels = names.computeIfAbsent(sample.group(1), metric -> new TreeSet<>());
      for (String label : List.of("sync", "table", "reason")) {
        if (sample.group(2).matches("(.*,)?" + label + "=\".*")) {
          labels.add(label);
        }
      }
    }
    return names;
  }

  private static Map<String, Set<String>> documented() throws IOException {
    Map<String, Set<String>> names = new TreeMap<>();
    Matcher row = ROW.matcher(Files.readString(DOCS));
    while (row.find()) {
      names.put(
          row.group(1),
          Pattern.compile("`(\\w+)`")
              .matcher(row.group(3))
              .results()
              .map(label -> label.group(1))
              .collect(Collectors.toCollection(TreeSet::new)));
    }
    return names;
  }

  @Test
  void theDocsListWhatIsExposedAndNothingElse() throws IOException {
    Map<String, Set<String>> ours = exposed();
    ours.keySet().removeIf(metric -> !metric.contains("_pi_dts_"));
    Map<String, Set<String>> listed = documented();
    // Flink's own are listed as far as alerts and dashboard use them.
    Map<String, Set<String>> flinks = new TreeMap<>(listed);
    flinks.keySet().removeIf(metric -> metric.contains("_pi_dts_"));
    listed.keySet().removeAll(flinks.keySet());
    assertThat(listed).isEqualTo(ours);
    assertThat(exposed().keySet()).containsAll(flinks.keySet());
  }

  @Test
  void valuesAreTrue() {
    assertThat(
            samples(operator("pi_dts_sync_table_changesApplied"), "table=\"" + database + ".a\""))
        .isNotEmpty();
    assertThat(sum(operator("pi_dts_sync_table_changesApplied"))).isEqualTo(40);
    assertThat(sum(operator("pi_dts_sync_rowsCopied"))).isEqualTo(2);
    assertThat(sum(operator("pi_dts_sync_changesRead"))).isEqualTo(40);
    assertThat(samples(operator("pi_dts_sync_lagMillis"), ""))
        .hasSize(2)
        .allMatch(lag -> lag >= 0 && lag < 10_000);
    assertThat(sum(ENUMERATOR + "openConflicts")).isEqualTo(1);
    assertThat(sum(ENUMERATOR + "lockedRows")).isEqualTo(1);
    assertThat(sum(ENUMERATOR + "waitingChanges")).isEqualTo(2);
    assertThat(sum(ENUMERATOR + "openDeadLetters")).isEqualTo(3);
    assertThat(sum(ENUMERATOR + "copyTablesDone")).isEqualTo(2);
    assertThat(sum(ENUMERATOR + "copyRowLimit")).isEqualTo(1000);
    assertThat(sum(ENUMERATOR + "copyByteLimit")).isEqualTo(20_000_000);
    assertThat(sum(ENUMERATOR + "heartbeatsWritten")).isPositive();
    assertThat(sum(ENUMERATOR + "heartbeatFailures")).isZero();
  }

  @Test
  void aPortThatIsTakenIsRefused() {
    Assertions.assertThatThrownBy(() -> LocalFlink.start(1, port))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("port " + port + " for metrics cannot be used")
        .hasMessageContaining("--metrics-port");
  }

  @Test
  void alertsAndDashboardUseDocumentedNamesOnly() throws IOException {
    Set<String> used = new TreeSet<>();
    try (InputStream rules = Files.newInputStream(MONITORING.resolve("alerts.yml"))) {
      Map<String, Object> file = new Yaml().load(rules);
      for (Object group : (List<?>) file.get("groups")) {
        for (Object rule : (List<?>) ((Map<?, ?>) group).get("rules")) {
          Map<?, ?> entries = (Map<?, ?>) rule;
          assertThat(entries.keySet().contains("alert") || entries.keySet().contains("record"))
              .isTrue();
          used.addAll(names((String) entries.get("expr")));
        }
      }
    }
    assertThat(used).hasSizeGreaterThan(5);
    JsonNode dashboard =
        new ObjectMapper().readTree(MONITORING.resolve("grafana-dashboard.json").toFile());
    assertThat(dashboard.path("title").asText()).isNotEmpty();
    List<String> expressions = dashboard.findValuesAsText("expr");
    assertThat(expressions).hasSizeGreaterThan(8);
    expressions.forEach(expression -> used.addAll(names(expression)));
    assertThat(documented().keySet()).containsAll(used);
    assertThat(exposed().keySet()).containsAll(used);
  }

  private static Set<String> names(String expression) {
    return NAME.matcher(expression)
        .results()
        .map(found -> found.group())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
