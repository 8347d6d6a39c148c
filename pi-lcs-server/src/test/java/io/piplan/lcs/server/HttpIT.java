package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.lcs.SequencePolicy;
import io.piplan.lcs.client.LcsClient;
import io.piplan.raft.RaftMember;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients without the SDK may do to a server. */
@SuppressWarnings("AddressSelection")
class HttpIT {
  @TempDir static Path folder;
  private static LcsServer server;

  @BeforeAll
  static void start() {
    server = limited(folder.resolve("usual"), ServerLimits.USUAL);
    await().atMost(Duration.ofSeconds(60)).until(server::leads);
  }

  @AfterAll
  static void end() {
    server.close();
  }

  private static HttpResponse<String> send(String method, String path, String body)
      throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(server.leaderHttp() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static String request(String line, String body, String connection) {
    return line
        + " HTTP/1.1\r\nHost: x\r\nConnection: "
        + connection
        + "\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  /** Some take a while, some none: a client can tell answers apart by their order alone. */
  @Test
  void answersComeInTheOrderOfTheirRequests() throws Exception {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      all.append(request("POST /v1/sequences/pipelined/next", "", "keep-alive"));
      all.append(request("GET /health", "", "keep-alive"));
      all.append(
          request(
              "POST /v1/sequences/pipelined/raise",
              "{\"to\":" + (i + 1) * 100 + "}",
              "keep-alive"));
      all.append(request("GET /nothing", "", i == 29 ? "close" : "keep-alive"));
    }
    try (Socket socket = socket(server)) {
      socket.getOutputStream().write(all.toString().getBytes(StandardCharsets.US_ASCII));
      String answers =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        expected.add("\"first\":" + (i * 100 + 1) + ",");
        expected.add("\"status\":\"up\"");
        expected.add("\"next\":" + ((i + 1) * 100 + 1) + "}");
        expected.add("HTTP/1.1 404");
      }
      int at = 0;
      for (String next : expected) {
        int found = answers.indexOf(next, at);
        assertThat(found).as("%s behind %s of %s", next, at, answers).isNotNegative();
        at = found + next.length();
      }
      assertThat(answers.split("HTTP/1.1 ", -1)).hasSize(1 + 4 * 30);
    }
  }

  @Test
  void numbersThatDoNotFitAreRefused() throws Exception {
    assertThat(send("POST", "/v1/sequences/big/next", "").body()).contains("\"first\":1,");
    HttpResponse<String> raised =
        send("POST", "/v1/sequences/big/raise", "{\"to\":18446744073709551617,\"force\":true}");
    assertThat(raised.statusCode()).isEqualTo(400);
    assertThat(raised.body()).contains("below 9223372036854775807");
    assertThat(send("POST", "/v1/sequences/big/next", "").body()).contains("\"first\":2,");
  }

  /** As the first of a connection, and as one that waits for another's answer. */
  @Test
  void anAddressThatCannotBeReadIsRefusedAndTheNextIsAnswered() throws Exception {
    try (Socket socket = socket(server)) {
      String all =
          request("GET /v1/sequences/%zz", "", "keep-alive")
              + request("POST /v1/sequences/odd/next", "", "keep-alive")
              + request("GET /v1/sequences/%zz", "", "keep-alive")
              + request("POST /v1/sequences/odd/next?n=%f", "", "keep-alive")
              + request("GET /health", "", "close");
      socket.getOutputStream().write(all.getBytes(StandardCharsets.US_ASCII));
      String[] answers =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
              .split("HTTP/1.1 ", -1);
      assertThat(answers).hasSize(6);
      assertThat(answers[1]).startsWith("400").contains("/v1/sequences/%zz cannot be read");
      assertThat(answers[2]).startsWith("200").contains("\"first\":1,");
      assertThat(answers[3]).startsWith("400").contains("PI-LCS-3008").contains("%25");
      assertThat(answers[4]).startsWith("400").contains("next?n=%f cannot be read");
      assertThat(answers[5]).startsWith("200");
    }
  }

  /** And what is behind it is answered. */
  @Test
  void aBodyThatIsTooLargeIsRefusedInItsTurn() throws Exception {
    String large = "x".repeat(100_000);
    for (int i = 0; i < 5; i++) {
      String next = request("POST /v1/sequences/large" + i + "/next", "", "keep-alive");
      List<String> answers =
          answers(
              next
                  + request("POST /v1/sequences/large/raise", large, "keep-alive")
                  + next
                  + "POST /v1/sequences/large/raise HTTP/1.1\r\nHost: x\r\n"
                  + "Expect: 100-continue\r\nContent-Length: 100000\r\n\r\n");
      assertThat(answers).hasSize(4);
      assertThat(answers.get(0)).startsWith("200").contains("\"first\":1,");
      assertThat(answers.get(1))
          .startsWith("413")
          .contains("PI-LCS-3008", "more than 65536 bytes", "send less");
      assertThat(answers.get(2)).startsWith("200").contains("\"first\":2,");
      assertThat(answers.get(3)).startsWith("413");
    }
  }

  /** All that comes on a connection which the server ends. */
  private static List<String> answers(String requests) throws IOException {
    try (Socket socket = socket(server)) {
      socket.getOutputStream().write(requests.getBytes(StandardCharsets.US_ASCII));
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return List.of(all.split("HTTP/1.1 ", -1)).stream().skip(1).toList();
    }
  }

  /** None of them has come wholly when it is refused. */
  @Test
  void aBodyThatMayHaveNoEndIsNotWaitedFor() throws Exception {
    String begin = "POST /v1/sequences/endless/raise HTTP/1.1\r\nHost: x\r\n";
    int n = 0;
    for (String endless :
        List.of(
            "Content-Length: 1048577\r\n\r\n",
            "Content-Length: 9223372036854775807\r\n\r\nxyz",
            "Transfer-Encoding: chunked\r\n\r\n186a0\r\n" + "x".repeat(100_000))) {
      List<String> answers =
          answers(
              request("POST /v1/sequences/endless/next", "", "keep-alive")
                  + request("GET /health", "", "keep-alive")
                  + begin
                  + endless);
      n++;
      assertThat(answers).as(endless).hasSize(3);
      assertThat(answers.get(0)).startsWith("200").contains("\"first\":" + n + ",");
      assertThat(answers.get(1)).startsWith("200");
      assertThat(answers.get(2)).startsWith("413").containsIgnoringCase("connection: close");
    }
  }

  @Test
  void whoNeverEndsHisBodyIsCutOff() throws Exception {
    try (Socket socket = socket(server)) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /v1/sequences/endless/raise HTTP/1.1\r\nHost: x\r\n"
                  + "Transfer-Encoding: chunked\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      byte[] chunk =
          ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
      out.write(chunk);
      out.write(chunk);
      byte[] status = socket.getInputStream().readNBytes("HTTP/1.1 413".length());
      assertThat(new String(status, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
      assertTimeoutPreemptively(
          Duration.ofSeconds(60),
          () ->
              assertThatThrownBy(
                      () -> {
                        while (true) {
                          out.write(chunk);
                        }
                      })
                  .isInstanceOf(IOException.class));
    }
  }

  @Test
  void whatIsExpectedAndUnknownIsRefusedInItsTurn() throws Exception {
    List<String> answers =
        answers(
            request("POST /v1/sequences/expected/next", "", "keep-alive")
                + "POST /v1/sequences/expected/next HTTP/1.1\r\nHost: x\r\n"
                + "Expect: a-miracle\r\nContent-Length: 10\r\n\r\n");
    assertThat(answers).hasSize(2);
    assertThat(answers.get(0)).startsWith("200").contains("\"first\":1,");
    assertThat(answers.get(1)).startsWith("417").contains("a-miracle", "100-continue");
  }

  @Test
  void whatIsNoHttpIsRefusedAndTheConnectionEnds() throws Exception {
    try (Socket socket = socket(server)) {
      socket.getOutputStream().write("what is this\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 400")
          .contains("no HTTP");
    }
  }

  @Test
  void boundsThatAreNoNumbersAreRefused() throws Exception {
    for (String bound :
        List.of(
            "\"first\":\"100\"",
            "\"last\":true",
            "\"last\":18446744073709551617",
            "\"first\":1.5")) {
      HttpResponse<String> refused = send("PUT", "/v1/sequences/bounds", "{" + bound + "}");
      assertThat(refused.statusCode()).as(bound).isEqualTo(400);
      assertThat(refused.body()).contains("PI-LCS-1001").contains("write a whole number");
    }
    assertThat(send("GET", "/v1/sequences/bounds", "").statusCode()).isEqualTo(404);
    assertThat(send("PUT", "/v1/sequences/bounds", "{\"first\":5,\"last\":9}").statusCode())
        .isEqualTo(200);
    assertThat(send("POST", "/v1/sequences/bounds/next?n=5", "").body()).contains("\"first\":5,");
  }

  private static LcsServer limited(Path directory, ServerLimits limits) {
    RaftMember self = RaftMember.of("1", "127.0.0.1", Cluster.freePort());
    LcsServer limited =
        LcsServer.start(
            LcsServerOptions.of(
                    self, List.of(self), directory, new InetSocketAddress("127.0.0.1", 0))
                .withElection(Duration.ofSeconds(1), Duration.ofSeconds(2))
                .withHttp(new InetSocketAddress("127.0.0.1", 0))
                .withLimits(limits));
    await().atMost(Duration.ofSeconds(60)).until(() -> !limited.leaderHttp().isEmpty());
    return limited;
  }

  private static Socket socket(LcsServer of) throws IOException {
    URI http = URI.create(of.leaderHttp());
    Socket socket = new Socket(http.getHost(), http.getPort());
    socket.setSoTimeout(30_000);
    return socket;
  }

  @Test
  void connectionsAreLimitedAndThoseThatRestEnd() throws Exception {
    ServerLimits limits =
        ServerLimits.USUAL.with(ServerLimit.CONNECTIONS, 3).with(ServerLimit.IDLE, 15);
    try (LcsServer limited = limited(folder.resolve("limited"), limits)) {
      List<Socket> open = new ArrayList<>();
      try {
        for (int i = 0; i < 3; i++) {
          open.add(socket(limited));
        }
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> limited.statusText().contains("\"connections\":3,"));
        try (Socket more = socket(limited)) {
          assertThat(new String(more.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
              .startsWith("HTTP/1.1 503")
              .contains("PI-LCS-2004");
        }
        // They have said nothing, and are let go.
        for (Socket one : open) {
          assertThat(one.getInputStream().read()).isEqualTo(-1);
        }
        try (Socket next = socket(limited)) {
          next.getOutputStream()
              .write(request("GET /health", "", "close").getBytes(StandardCharsets.US_ASCII));
          assertThat(new String(next.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
              .startsWith("HTTP/1.1 200");
        }
      } finally {
        for (Socket one : open) {
          one.close();
        }
      }
    }
  }

  /** One that never ends its request would keep its connection for good. */
  @Test
  void whoDripsARequestIsCutOff() throws Exception {
    ServerLimits limits = ServerLimits.USUAL.with(ServerLimit.IDLE, 1);
    try (LcsServer limited = limited(folder.resolve("drip"), limits);
        Socket drip = socket(limited)) {
      // Else it would be cut off as one that has asked for nothing.
      drip.getOutputStream()
          .write(request("GET /health", "", "keep-alive").getBytes(StandardCharsets.US_ASCII));
      assertThat(drip.getInputStream().read()).isEqualTo('H');
      drip.setSoTimeout(50);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                try {
                  drip.getOutputStream().write('x');
                  return drip.getInputStream().read() == -1;
                } catch (SocketTimeoutException e) {
                  return false;
                } catch (IOException e) {
                  return true;
                }
              });
    }
  }

  @Test
  void numbersGivenOverHttpAreCounted() throws Exception {
    double before = metric("pi_lcs_numbers_total");
    double refused = metric("pi_lcs_refusals_total{error=\"PI-LCS-3003\"}");
    assertThat(send("POST", "/v1/sequences/counted/next?n=7", "").statusCode()).isEqualTo(200);
    assertThat(send("POST", "/v1/sequences/counted/next?n=0", "").statusCode()).isEqualTo(400);
    assertThat(metric("pi_lcs_numbers_total") - before).isEqualTo(7);
    assertThat(metric("pi_lcs_refusals_total{error=\"PI-LCS-3003\"}") - refused).isEqualTo(1);
  }

  private static double metric(String name) throws Exception {
    return send("GET", "/metrics", "")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void sequencesAreListedPageByPage() throws Exception {
    for (int i = 0; i < 7; i++) {
      send("POST", "/v1/sequences/paged-" + i + "/next", "");
    }
    List<String> names = new ArrayList<>();
    String page = "/v1/sequences?limit=3&after=paged";
    while (!page.isEmpty()) {
      HttpResponse<String> answer = send("GET", page, "");
      JsonNode list = new ObjectMapper().readTree(answer.body());
      assertThat(list.size()).isLessThanOrEqualTo(3);
      list.forEach(one -> names.add(one.path("name").asText()));
      String link = answer.headers().firstValue("link").orElse("");
      page = link.isEmpty() ? "" : link.substring(1, link.indexOf('>'));
    }
    assertThat(names)
        .containsSubsequence(
            "paged-0", "paged-1", "paged-2", "paged-3", "paged-4", "paged-5", "paged-6")
        .doesNotHaveDuplicates();
    assertThat(send("GET", "/v1/sequences?limit=0", "").statusCode()).isEqualTo(400);
  }

  /** A hundred sequences with the longest names are more than 20,000 letters. */
  @Test
  void theStatusOfManySequencesIsWhole() throws Exception {
    try (LcsClient client = LcsClient.builder().servers(server.address()).build()) {
      for (int i = 100; i < 220; i++) {
        SequencePolicy large =
            new SequencePolicy(
                SequencePolicy.Kind.COUNTER, 100_000_000_000_000_000L, Long.MAX_VALUE - 1);
        assertThat(client.create("s".repeat(120) + i, large).next()).isEqualTo(large.first());
      }
      String status = client.status();
      assertThat(status.length()).isGreaterThan(20_000);
      assertThat(new ObjectMapper().readTree(status).isObject()).isTrue();
    }
  }
}
