package io.piplan.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;

class EmbeddedFlinkIT {

  @Test
  void aJobOutlivesTheLossOfATaskManager() throws Exception {
    Map<String, String> settings =
        Map.of(
            "restart-strategy.type", "fixed-delay",
            "restart-strategy.fixed-delay.attempts", "1000",
            "restart-strategy.fixed-delay.delay", "100 ms",
            "heartbeat.interval", "500 ms",
            "heartbeat.timeout", "3 s");
    try (EmbeddedFlink flink = EmbeddedFlink.start(2, 2, settings);
        RestClusterClient<String> client = flink.client()) {
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(overview(flink.rest())).contains("\"slots-total\":4"));
      JobID job = client.submitJob(endlessJob().getStreamGraph().getJobGraph()).get();
      awaitStatus(client, job, JobStatus.RUNNING);

      flink.terminateTaskManager(0);
      flink.startTaskManager();

      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(overview(flink.rest())).contains("\"taskmanagers\":2"));
      awaitStatus(client, job, JobStatus.RUNNING);
      client.cancel(job).get();
      awaitStatus(client, job, JobStatus.CANCELED);
    }
  }

  /** Another user of the machine may have made Flink's own directory for uploads, for himself. */
  @Test
  void temporaryFilesAreInADirectoryOfItsOwn() throws Exception {
    Path directory;
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 1, Map.of());
        RestClusterClient<String> client = flink.client()) {
      client.submitJob(endlessJob().getStreamGraph().getJobGraph()).get();
      Matcher setting =
          Pattern.compile("\"web.tmpdir\",\"value\":\"([^\"]*)\"")
              .matcher(get(flink.rest(), "/jobmanager/config"));
      assertThat(setting.find()).isTrue();
      directory = Path.of(setting.group(1));
      assertThat(directory.resolve("flink-web-upload")).isDirectory();
      assertThat(directory.getFileName().toString()).startsWith("pi-flink-");
    }
    assertThat(directory).doesNotExist();
  }

  private static StreamExecutionEnvironment endlessJob() {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    environment.setParallelism(2);
    environment.fromSequence(0, Long.MAX_VALUE).map(x -> pause(x)).sinkTo(new DiscardingSink<>());
    return environment;
  }

  private static long pause(long value) throws InterruptedException {
    Thread.sleep(5);
    return value;
  }

  private static void awaitStatus(RestClusterClient<String> client, JobID job, JobStatus expected) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(client.getJobStatus(job).get()).isEqualTo(expected));
  }

  private static String overview(URI rest) throws Exception {
    return get(rest, "/overview");
  }

  private static String get(URI rest, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(rest.resolve(path)).build(), BodyHandlers.ofString())
        .body();
  }
}
