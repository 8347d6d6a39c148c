package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.raft.RaftMember;
import io.piplan.raft.RaftOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs what docs/raft.md shows, and the join of a fourth member. */
@SuppressWarnings("AddressSelection")
class KvServerIT {
  private static final Pattern EXAMPLE = Pattern.compile("(?m)^(curl .*)\n# (.*)$");

  private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `(pi_raft_\\w+)` \\|");
  private static final Pattern EXPOSED = Pattern.compile("(?m)^# TYPE (pi_raft_\\w+) ");

  @TempDir Path folder;
  private final List<RaftMember> members = new ArrayList<>();
  private final List<KvServer> servers = new ArrayList<>();

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @BeforeEach
  void start() throws IOException {
    for (int id = 1; id <= 3; id++) {
      members.add(RaftMember.of(String.valueOf(id), "127.0.0.1", freePort()));
    }
    for (RaftMember member : members) {
      servers.add(start(RaftOptions.of("kv", member, members, folder.resolve(member.id()))));
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> servers.stream().anyMatch(s -> s.node().status().ready()));
  }

  private static KvServer start(RaftOptions options) throws IOException {
    return KvServer.start(
        options.withElection(Duration.ofMillis(500), Duration.ofMillis(1_000)),
        new InetSocketAddress("127.0.0.1", 0));
  }

  @AfterEach
  void end() {
    servers.parallelStream().forEach(KvServer::close);
  }

  private String here(String text) {
    String out = text;
    for (int i = 0; i < 3; i++) {
      out = out.replace("127.0.0.1:810" + (i + 1), servers.get(i).url().substring(7));
      out = out.replace("127.0.0.1:720" + (i + 1), members.get(i).address());
    }
    return out;
  }

  private static String shell(String command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("bash", "-c", command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    return output.strip();
  }

  private static String withoutVersion(String answer) {
    return answer.replaceAll("\"version\":[1-9]\\d*", "\"version\":V");
  }

  @Test
  void theExamplesOfTheDocsAnswerAsTheySay() throws Exception {
    Matcher example = EXAMPLE.matcher(Files.readString(Path.of("../docs/raft.md")));
    int run = 0;
    while (example.find()) {
      String command = here(example.group(1));
      assertThat(withoutVersion(shell(command)))
          .as(command)
          .isEqualTo(withoutVersion(here(example.group(2))));
      run++;
    }
    assertThat(run).isGreaterThanOrEqualTo(8);
  }

  @Test
  void theMetricsAreThoseOfTheDocs() throws Exception {
    shell(here("curl -sfL --post302 -X PUT -d '{\"value\": 1}' 127.0.0.1:8101/a"));
    Set<String> documented = new TreeSet<>();
    Matcher name = DOCUMENTED.matcher(Files.readString(Path.of("../docs/metrics.md")));
    while (name.find()) {
      documented.add(name.group(1));
    }
    for (KvServer server : servers) {
      String told = shell("curl -sf " + server.url() + "/metrics");
      Set<String> exposed = new TreeSet<>();
      Matcher type = EXPOSED.matcher(told);
      while (type.find()) {
        exposed.add(type.group(1));
      }
      assertThat(exposed).isEqualTo(documented);
      boolean leads = server.node().status().ready();
      assertThat(told)
          .contains("pi_raft_role{role=\"" + (leads ? "leader" : "follower") + "\"} 1")
          .contains("pi_raft_ready " + (leads ? 1 : 0))
          .containsPattern("(?m)^pi_raft_commit_index [1-9]\\d*$")
          .containsPattern("(?m)^pi_raft_sync_seconds_count [1-9]\\d*$");
      assertThat(told.split("pi_raft_follower_lag\\{", -1)).hasSize(leads ? 3 : 1);
    }
    assertThat(shell(here("curl -s -X PUT -d '{\"value\": 1}' 127.0.0.1:8101/metrics")))
        .contains("metrics is no key");
    assertThat(shell(here("curl -sL 127.0.0.1:8101/metrics2"))).contains("there is no such key");
  }

  @Test
  void severalMembersJoinAndLeaveAtOnce() throws Exception {
    shell(here("curl -sfL --post302 -X PUT -d '{\"value\": 1}' 127.0.0.1:8101/a"));
    List<String> added = new ArrayList<>();
    for (String id : List.of("4", "5")) {
      RaftMember joining = RaftMember.of(id, "127.0.0.1", freePort());
      servers.add(start(RaftOptions.joining("kv", joining, members, folder.resolve(id))));
      added.add("{\"id\": \"" + id + "\", \"address\": \"" + joining.address() + "\"}");
    }
    String all = "{\"members\": [" + String.join(", ", added) + "]}";
    String put = "curl -sfL --post302 -X PUT -d '" + all + "' 127.0.0.1:8101/_raft/members";
    assertThat(shell(here(put))).doesNotContain("\"learner\":true").contains("\"id\":\"5\"");
    // Asked again, nobody loses a vote meanwhile.
    assertThat(shell(here(put))).doesNotContain("\"learner\":true").contains("\"id\":\"5\"");
    assertThat(shell("curl -sfL " + servers.get(4).url() + "/a")).contains("\"value\":1");
    String asLearner = all.replace("\"5\",", "\"5\", \"learner\": true,");
    assertThat(shell(here(put.replace("-sfL", "-sL").replace(all, asLearner))))
        .contains("PI-RAFT-3003", "has a vote");
    String delete = "curl -sfL -X DELETE -d '" + all + "' 127.0.0.1:8101/_raft/members";
    assertThat(shell(here(delete))).doesNotContain("\"id\":\"4\"", "\"id\":\"5\"");
    assertThat(
            shell(
                here(
                    "curl -sL --post302 -X PUT -d '{\"members\": 4}'"
                        + " 127.0.0.1:8101/_raft/members")))
        .contains("no list of members");
  }

  @Test
  void aMemberJoinsIsPromotedAndLeaves() throws Exception {
    shell(here("curl -sfL --post302 -X PUT -d '{\"value\": 1}' 127.0.0.1:8101/a"));
    RaftMember four = RaftMember.of("4", "127.0.0.1", freePort());
    KvServer joining = start(RaftOptions.joining("kv", four, members, folder.resolve("4")));
    servers.add(joining);
    String joined =
        shell(
            here(
                "curl -sfL --post302 -X PUT -d '{\"id\": \"4\", \"address\": \""
                    + four.address()
                    + "\"}' 127.0.0.1:8101/_raft/members"));
    assertThat(joined)
        .contains("{\"id\":\"4\",\"address\":\"" + four.address() + "\",\"learner\":false}");
    assertThat(shell("curl -sfL " + joining.url() + "/a")).contains("\"value\":1");
    String left =
        shell(here("curl -sfL -X DELETE -d '{\"id\": \"4\"}' 127.0.0.1:8101/_raft/members"));
    assertThat(left).doesNotContain("\"id\":\"4\"");
    assertThat(shell(here("curl -s -X PATCH 127.0.0.1:8101/a -o /dev/null -w '%{http_code}'")))
        .isIn("405", "302");
    String add = "curl -sL --post302 -X POST -d '{\"add\": %s}' 127.0.0.1:8102/%s";
    assertThat(shell(here(add.formatted("40", "sum")))).contains("\"value\":40}");
    assertThat(shell(here(add.formatted("2", "sum")))).contains("\"value\":42}");
    assertThat(shell(here(add.formatted("1.5", "sum")))).contains("whole number");
    assertThat(shell(here(add.formatted(String.valueOf(Long.MAX_VALUE), "sum"))))
        .contains("none of 64 bits");
    assertThat(shell(here("curl -sL 127.0.0.1:8103/sum"))).contains("\"value\":42}");
    assertThat(shell(here("curl -sL --post302 -X PUT -d '{' 127.0.0.1:8101/a")))
        .contains("no JSON");
  }
}
