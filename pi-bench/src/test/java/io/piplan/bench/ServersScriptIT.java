package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code bin/pi lcs server} and {@code bin/pi raft-kv}, as a person runs them: with those jars only
 * that the script thinks they need.
 */
@Tag("chaos")
class ServersScriptIT {
  private static final Pattern NUMBERS_AT = Pattern.compile("listens at (127\\.0\\.0\\.1:\\d+);");
  private static final Pattern ANSWERS_AT = Pattern.compile("answers at (http://\\S+)");

  @TempDir private Path folder;
  private Process process;
  private Path output;

  @AfterEach
  void end() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private static String freeAddress() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + socket.getLocalPort();
    }
  }

  private void start(String... arguments) throws IOException {
    output = folder.resolve("output");
    List<String> command = new ArrayList<>();
    command.add(PiScript.PI.toAbsolutePath().normalize().toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("PI_BUILD", "no");
    process = builder.start();
  }

  private String said(Pattern what) throws IOException {
    await()
        .atMost(Duration.ofMinutes(3))
        .until(() -> what.matcher(Files.readString(output)).find() || !process.isAlive());
    Matcher found = what.matcher(Files.readString(output));
    assertThat(found.find()).as(Files.readString(output)).isTrue();
    return found.group(found.groupCount());
  }

  private void stop() throws IOException, InterruptedException {
    process.destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(output))
        .contains("stopping")
        .doesNotContain("NoClassDefFoundError", "ClassNotFoundException", "\tat ");
  }

  private static String ask(HttpClient http, String method, String url, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(url))
                .method(method, BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as("%s %s: %s", method, url, answer.body()).isEqualTo(200);
    return answer.body();
  }

  @Test
  void aServerOfNumbersAnswersOverTlsAndHttp() throws Exception {
    SelfSigned own = SelfSigned.in(folder);
    String http = freeAddress();
    start(
        "lcs",
        "server",
        "--id",
        "1",
        "--peers",
        "1=" + freeAddress(),
        "--listen",
        "127.0.0.1:0",
        "--http",
        http,
        "--dir",
        folder.resolve("lcs").toString(),
        "--tls-cert",
        own.certificate().toString(),
        "--tls-key",
        own.key().toString(),
        "--member-tls",
        own.certificate() + "," + own.key() + "," + own.certificate());
    String address = said(NUMBERS_AT);
    said(Pattern.compile("(gives numbers)"));
    assertThat(
            new PiScript(PiScript.PI)
                .run(
                    "lcs",
                    "next",
                    "orders",
                    "-s",
                    address,
                    "--timeout",
                    "60",
                    "--tls-ca",
                    own.certificate().toString())
                .expect(0))
        .isEqualTo("1\n");
    HttpClient client = HttpClient.newBuilder().sslContext(own.trusted()).build();
    String url = "https://" + http;
    assertThat(ask(client, "POST", url + "/v1/sequences/orders/next?n=3", ""))
        .contains("\"first\":2,");
    assertThat(ask(client, "GET", url + "/health", "")).contains("\"status\":\"up\"");
    assertThat(ask(client, "GET", url + "/metrics", ""))
        .contains("pi_lcs_sequence_next{sequence=\"orders\"} 5");
    stop();
  }

  @Test
  void aMemberOfTheExampleAnswers() throws Exception {
    start(
        "raft-kv",
        "--id",
        "1",
        "--peers",
        "1=" + freeAddress(),
        "--http",
        "127.0.0.1:0",
        "--dir",
        folder.resolve("kv").toString());
    String url = said(ANSWERS_AT);
    HttpClient client = HttpClient.newHttpClient();
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsMatching(failure -> failure instanceof AssertionError)
        .untilAsserted(() -> ask(client, "PUT", url + "/greeting", "{\"value\": \"hello\"}"));
    assertThat(ask(client, "GET", url + "/greeting", "")).contains("hello");
    assertThat(ask(client, "GET", url + "/metrics", "")).contains("pi_raft_");
    stop();
  }

  /** What is in an archive is said by the script: a newer one makes it anew. */
  @Test
  void anArchiveThatIsOlderThanTheScriptIsMadeAnew() throws Exception {
    Path script = Files.createDirectories(folder.resolve("clone/bin")).resolve("pi");
    Files.copy(PiScript.PI, script);
    assertThat(script.toFile().setExecutable(true)).isTrue();
    Path launcher = Files.createDirectories(folder.resolve("clone/pi-bench/target/launcher"));
    for (String file : List.of("class-path", "java-options")) {
      Files.copy(
          PiScript.PI.resolveSibling("../pi-bench/target/launcher/" + file),
          launcher.resolve(file));
    }
    Path archive = launcher.resolve("lcs-server.jsa");
    assertThat(server(script)).contains("noting down what servers need");
    assertThat(archive).isNotEmptyFile();
    assertThat(server(script)).doesNotContain("noting down");
    FileTime changed = Files.getLastModifiedTime(script);
    Files.setLastModifiedTime(archive, FileTime.from(changed.toInstant().minusSeconds(60)));
    assertThat(server(script)).contains("noting down what servers need");
    assertThat(server(script)).doesNotContain("noting down");
  }

  /** One that ends at once, as what it is told makes no sense. */
  private String server(Path script) throws Exception {
    return new PiScript(script)
        .run(
            "lcs",
            "server",
            "--id",
            "2",
            "--peers",
            "1=127.0.0.1:1",
            "--dir",
            folder.resolve("none").toString())
        .expectSaying(2, "--id 2 is none of the peers");
  }
}
