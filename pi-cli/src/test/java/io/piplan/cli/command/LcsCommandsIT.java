package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.cli.Console;
import io.piplan.lcs.server.LcsServer;
import io.piplan.lcs.server.LcsServerOptions;
import io.piplan.raft.RaftMember;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code pi lcs …} against a server with a token. */
@SuppressWarnings("AddressSelection")
class LcsCommandsIT {
  @TempDir static Path folder;
  private static LcsServer server;
  private static Path token;

  @BeforeAll
  static void start() throws IOException {
    token = Files.writeString(folder.resolve("token"), "secret word\n");
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    RaftMember self = RaftMember.of("1", "127.0.0.1", port);
    server =
        LcsServer.start(
            LcsServerOptions.of(
                    self,
                    List.of(self),
                    folder.resolve("data"),
                    new InetSocketAddress("127.0.0.1", 0))
                .withHttp(new InetSocketAddress("127.0.0.1", 0))
                .withSecurity("secret word", Optional.empty(), Optional.empty()));
    await().atMost(Duration.ofSeconds(60)).until(server::leads);
  }

  @AfterAll
  static void end() {
    server.close();
  }

  private record Ran(int code, String out, String err) {}

  private static Ran pi(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Pi.commandLine(
                Console.plain(new PrintWriter(out), new PrintWriter(err)), FlinkSyncEngine::new)
            .execute(words);
    return new Ran(code, out.toString(), err.toString());
  }

  private static Ran lcs(String... words) {
    String[] all = new String[words.length + 5];
    all[0] = "lcs";
    System.arraycopy(words, 0, all, 1, words.length);
    all[words.length + 1] = "-s";
    all[words.length + 2] = server.address();
    all[words.length + 3] = "--token-file";
    all[words.length + 4] = token.toString();
    return pi(all);
  }

  @Test
  void numbersAreGivenRaisedAndListed() {
    assertThat(lcs("next", "orders", "-n", "3")).isEqualTo(new Ran(0, "1\n2\n3\n", ""));
    assertThat(lcs("next", "orders", "--json").out()).isEqualTo("{\"first\":4,\"count\":1}\n");
    assertThat(lcs("raise", "orders", "100").out()).contains("101");
    assertThat(lcs("list").out()).contains("orders").contains("counter").contains("101");
    assertThat(lcs("list", "--json").out()).contains("\"name\":\"orders\"");
    assertThat(lcs("transfer", "1", "--json").out()).contains("\"leader\":\"1\"");
  }

  @Test
  void theStatusNamesTheLeader() {
    // On a busy machine its lease may just have lapsed.
    await()
        .untilAsserted(
            () ->
                assertThat(lcs("status").out())
                    .contains("server 1  gives numbers, term ")
                    .contains("  member 1  127.0.0.1:")
                    .contains("clients at " + server.address() + ", leads")
                    .contains("  limit connections 20000\n")
                    .contains("  limit address-rate 0\n"));
    await()
        .untilAsserted(() -> assertThat(lcs("status", "--json").out()).contains("\"leads\":true"));
    Ran missing =
        pi(
            "lcs",
            "status",
            "-s",
            server.address() + ",127.0.0.1:1",
            "--timeout",
            "1",
            "--token-file",
            token.toString());
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.out()).contains("127.0.0.1:1").contains("PI-LCS-2002");
  }

  @Test
  void membersAreListedAndTheLastOneStays() {
    await().atMost(Duration.ofSeconds(60)).until(() -> !server.leaderHttp().isEmpty());
    String http = server.leaderHttp().replace("http://", "");
    String secret = token.toString();
    Ran listed = pi("lcs", "members", "--http", http, "--token-file", secret);
    assertThat(listed.code()).isZero();
    assertThat(listed.out()).startsWith("member 1  127.0.0.1:").doesNotContain("no vote");
    assertThat(pi("lcs", "members", "--http", http, "--token-file", secret, "--json").out())
        .contains("\"id\":\"1\"");
    Ran last = pi("lcs", "members", "remove", "1", "--http", http, "--token-file", secret);
    assertThat(last.code()).isEqualTo(3);
    assertThat(last.err()).contains("PI-LCS-3011").contains("server 1 leads");
    Ran stranger = pi("lcs", "members", "--http", http);
    assertThat(stranger.code()).isEqualTo(3);
    assertThat(stranger.err()).contains("PI-LCS-3007");
    assertThat(pi("lcs", "members", "add", "2", "nonsense", "--http", http).code()).isEqualTo(2);
    Ran nobody = pi("lcs", "members", "--http", "127.0.0.1:1");
    assertThat(nobody.code()).isEqualTo(4);
    assertThat(nobody.err()).contains("PI-LCS-2002").contains("--http");
  }

  @Test
  void limitsOfAServerAreChecked() {
    String dir = folder.resolve("limits").toString();
    for (String limit : List.of("conections=5", "count=0", "count=99999999999", "step=1")) {
      Ran refused =
          pi(
              "lcs",
              "server",
              "--id",
              "1",
              "--peers",
              "1=127.0.0.1:1",
              "--dir",
              dir,
              "--limit",
              limit);
      assertThat(refused.code()).as(limit).isEqualTo(2);
      assertThat(refused.err()).contains("PI-LCS-1001");
    }
  }

  @Test
  void whatIsWrongIsSaidWithAnExitCode() {
    Ran unknown = pi("lcs", "next", "orders", "-s", server.address());
    assertThat(unknown.code()).isEqualTo(3);
    assertThat(unknown.err()).contains("PI-LCS-3007");
    assertThat(lcs("next", "no/name").code()).isEqualTo(3);
    assertThat(lcs("next", "orders", "-n", "0").err()).contains("PI-LCS-3003");
    assertThat(lcs("transfer", "7").err()).contains("PI-LCS-3011");
    Ran nowhere = pi("lcs", "next", "orders", "-s", "127.0.0.1:1", "--timeout", "1");
    assertThat(nowhere.code()).isEqualTo(4);
    assertThat(nowhere.err()).contains("PI-LCS-2002");
    Ran address = pi("lcs", "next", "orders", "-s", "nonsense");
    assertThat(address.code()).isEqualTo(2);
    assertThat(address.err()).contains("host:port");
    Ran file = pi("lcs", "next", "o", "-s", server.address(), "--token-file", "/no/such/file");
    assertThat(file.code()).isEqualTo(2);
  }

  /** A server that took it would let everybody in, e.g. when a secret was not mounted. */
  @Test
  void aTokenFileWithoutATokenIsRefused() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty-token"), "  \nsecond line\n");
    Ran served =
        pi(
            "lcs",
            "server",
            "--id",
            "1",
            "--peers",
            "1=127.0.0.1:1",
            "--dir",
            folder.resolve("open").toString(),
            "--token-file",
            empty.toString());
    assertThat(served.code()).isEqualTo(2);
    assertThat(served.err()).contains("PI-LCS-1001").contains("empty-token").contains("is empty");
    assertThat(folder.resolve("open")).doesNotExist();
  }

  @Test
  void aServersSettingsAreChecked() {
    String dir = folder.resolve("other").toString();
    Ran notListed = pi("lcs", "server", "--id", "2", "--peers", "1=127.0.0.1:1", "--dir", dir);
    assertThat(notListed.code()).isEqualTo(2);
    assertThat(notListed.err()).contains("--id 2 is none of the peers");
    Ran election =
        pi(
            "lcs",
            "server",
            "--id",
            "1",
            "--peers",
            "1=127.0.0.1:1",
            "--dir",
            dir,
            "--election-ms",
            "fast");
    assertThat(election.err()).contains("MIN-MAX");
    Ran half =
        pi(
            "lcs",
            "server",
            "--id",
            "1",
            "--peers",
            "1=127.0.0.1:1",
            "--dir",
            dir,
            "--tls-key",
            "k");
    assertThat(half.err()).contains("give both or none");
    assertThat(
            pi(
                    "raft-kv",
                    "--id",
                    "2",
                    "--peers",
                    "1=127.0.0.1:1",
                    "--http",
                    "127.0.0.1:0",
                    "--dir",
                    dir)
                .err())
        .contains("--id 2 is none of the peers");
  }
}
