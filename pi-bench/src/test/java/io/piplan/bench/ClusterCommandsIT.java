package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code bin/pi sync … --flink} against a cluster of {@code deploy/flink/standalone.sh}, as the
 * README says it. The cluster reads the passwords from its own environment.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterCommandsIT {
  private static final int SLOTS = 4;

  @TempDir static Path cluster;
  private static PiScript flink;
  private static String url;
  private final Servers servers;
  @TempDir Path folder;
  private ScriptedSync sync;

  ClusterCommandsIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startCluster(Servers servers) throws Exception {
    flink =
        new PiScript(PiScript.STANDALONE)
            .with(ScriptedSync.A, servers.mySqlA().password())
            .with(ScriptedSync.B, servers.mySqlB().password());
    url = start();
  }

  private static String start() throws Exception {
    int port = freePort();
    flink
        .run("start", "--dir", cluster.toString(), "--port", "" + port, "--slots", "" + SLOTS)
        .expectSaying(0, "running at http://127.0.0.1:" + port);
    return "http://127.0.0.1:" + port;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @AfterAll
  static void stopCluster() throws Exception {
    flink.run("stop", "--dir", cluster.toString()).expect(0);
  }

  @BeforeEach
  void tables() throws SQLException {
    sync = new ScriptedSync(servers, folder);
  }

  private static JsonNode ask(String path) throws Exception {
    return new ObjectMapper()
        .readTree(
            HttpClient.newHttpClient()
                .send(
                    HttpRequest.newBuilder(URI.create(url + path)).build(), BodyHandlers.ofString())
                .body());
  }

  @Test
  @Order(1)
  void aSyncIsStartedSteeredStoppedAndGoesOnFromItsSavepoint() throws Exception {
    String file = sync.definition("");
    assertThat(sync.sync("start", file, "--flink", url).expect(0))
        .contains(sync.name() + " started");
    sync.awaitEqual();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> sync.status().path("tables").path(0).path("done").asBoolean());
    assertThat(sync.status().path("state").asText()).isEqualTo("RUNNING");
    assertThat(sync.sync("list").expect(0)).contains(sync.name(), "RUNNING", "copy 100.0 %");
    sync.sync("start", file, "--flink", url)
        .expectSaying(3, "PI-4004", "runs already", "sync stop " + sync.name());

    sync.sync("pause", sync.name()).expect(0);
    assertThat(sync.status().path("paused").asBoolean()).isTrue();
    Thread.sleep(3_000);
    sync.onSource("INSERT INTO t VALUES (6000, 'paused')");
    Thread.sleep(2_000);
    assertThat(sync.rowsOfTarget()).hasSize(ScriptedSync.ROWS);
    sync.sync("resume", sync.name()).expect(0);
    sync.awaitEqual();
    sync.sync("limit", file, "1000").expectSaying(0, "1,000 rows/s");
    assertThat(sync.status().path("limits").path("copy.rate-limit").asText()).isEqualTo("1000");

    String stopped =
        sync.sync("stop", file).expectSaying(0, sync.name() + " stopped; savepoint file:");
    String savepoint = stopped.replaceAll("(?s).*savepoint (\\S+).*", "$1");
    assertThat(Path.of(URI.create(savepoint)).resolve("_metadata")).exists();
    assertThat(sync.status().path("state").asText()).isEqualTo("STOPPED");
    sync.sync("stop", sync.name()).expectSaying(3, "PI-4003", "does not run on " + url);

    sync.onSource(
        "UPDATE t SET v = 'while stopped' WHERE id <= 10", "DELETE FROM t WHERE id > 4990");
    sync.sync("start", sync.definition(", 'parallelism' = '3'"), "--flink", url).expect(0);
    sync.awaitEqual();
    String job = "";
    for (JsonNode running : ask("/jobs/overview").path("jobs")) {
      job = running.path("state").asText().equals("RUNNING") ? running.path("jid").asText() : job;
    }
    assertThat(
            ask("/jobs/" + job + "/checkpoints")
                .path("latest")
                .path("restored")
                .path("external_path")
                .asText())
        .isEqualTo(savepoint);
    assertThat(ask("/jars").path("files")).as("uploaded jars are removed").isEmpty();
    sync.sync("stop", sync.name()).expect(0);
  }

  @Test
  @Order(2)
  void whatCannotRunIsRefusedAndNothingIsLeft() throws Exception {
    String file = sync.definition(", 'parallelism' = '16'");
    sync.sync("start", file, "--flink", url)
        .expectSaying(3, "PI-4002", "4 of 4 task slots free, and 16 are needed", "parallelism");
    sync.sync("start", file, "--flink", "localhost:8081")
        .expectSaying(2, "PI-1003", "http://127.0.0.1:8081");
    sync.sync("start", file, "--flink", "http://127.0.0.1:" + freePort())
        .expectSaying(4, "PI-4001", "cannot be reached", "--flink");
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    other.createContext(
        "/",
        exchange -> {
          byte[] page = "<html>a page</html>".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    other.start();
    try {
      sync.sync("start", file, "--flink", "http://127.0.0.1:" + other.getAddress().getPort())
          .expectSaying(3, "PI-4002", "is not Flink's REST interface");
    } finally {
      other.stop(0);
    }
    String secret = Files.readString(Path.of(sync.definition("")));
    Path written = folder.resolve("written.sql");
    Files.writeString(written, secret.replace("${PI_IT_B}", servers.mySqlB().password()));
    sync.sync("start", written.toString(), "--flink", url)
        .expectSaying(2, "PI-1008", "written out", "${NAME}");
    assertThat(sync.tablesOfTarget()).isEmpty();
    assertThat(sync.sync("list").expect(0).strip()).isEqualTo("no syncs");
    assertThat(ask("/jars").path("files")).isEmpty();
  }

  @Test
  @Order(3)
  void aClusterThatIsGoneIsSaidAndANewOneGoesOn() throws Exception {
    String file = sync.definition("");
    sync.sync("start", file, "--flink", url).expect(0);
    sync.awaitEqual();
    String old = url;
    flink.run("stop", "--dir", cluster.toString()).expect(0);
    assertThat(sync.status().path("state").asText()).isEqualTo("UNKNOWN");
    sync.sync("stop", sync.name()).expectSaying(4, "PI-4001", old, "cannot be reached");
    sync.onSource("UPDATE t SET v = 'cluster gone' WHERE id <= 10");
    url = start();
    sync.sync("start", file, "--flink", url).expect(0);
    sync.awaitEqual();
    sync.sync("stop", sync.name(), "--flink", url).expect(0);
  }
}
