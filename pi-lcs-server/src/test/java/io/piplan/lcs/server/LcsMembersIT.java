package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.lcs.LcsException;
import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.client.LcsSequence;
import io.piplan.raft.RaftMember;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that joins, leads, and sees the first one go. */
@SuppressWarnings("AddressSelection")
class LcsMembersIT {
  @TempDir Path folder;

  private LcsServerOptions options(RaftMember self, RaftMember first) {
    return LcsServerOptions.of(
            self, List.of(first), folder.resolve(self.id()), new InetSocketAddress("127.0.0.1", 0))
        .withElection(Duration.ofMillis(500), Duration.ofSeconds(1))
        .withHttp(new InetSocketAddress("127.0.0.1", 0));
  }

  private static HttpResponse<String> send(LcsServer to, String method, String path, String body)
      throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(to.leaderHttp() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void oneJoinsLeadsAndTheFirstLeaves() throws Exception {
    RaftMember one = RaftMember.of("1", "127.0.0.1", Cluster.freePort());
    RaftMember two = RaftMember.of("2", "127.0.0.1", Cluster.freePort());
    try (LcsServer first = LcsServer.start(options(one, one));
        LcsServer second = LcsServer.start(options(two, one).withJoin(true));
        LcsClient client = LcsClient.builder().servers(first.address()).build()) {
      LcsSequence numbers = client.sequence("a");
      assertThat(numbers.next()).isPositive();
      await().atMost(Duration.ofSeconds(60)).until(() -> !first.leaderHttp().isEmpty());
      assertThat(send(first, "PUT", "/v1/members", "{\"id\":\"2\"}").statusCode()).isEqualTo(400);
      // One that has a vote keeps it, or nobody would have one here.
      assertThat(
              send(
                      first,
                      "PUT",
                      "/v1/members",
                      "{\"id\":\"1\",\"address\":\"" + one.address() + "\"}")
                  .body())
          .contains("\"learner\":false");
      assertThat(numbers.next()).isPositive();
      HttpResponse<String> taken =
          send(first, "PUT", "/v1/members", "{\"id\":\"2\",\"address\":\"" + two.address() + "\"}");
      assertThat(taken.body())
          .contains("{\"id\":\"2\",\"address\":\"" + two.address() + "\",\"learner\":false}");
      assertThat(send(first, "DELETE", "/v1/members", "{\"id\":\"1\"}").statusCode())
          .isEqualTo(409);
      long before = numbers.next();
      // The client knows the first one only; it is told where the second is.
      await().atMost(Duration.ofSeconds(60)).until(() -> !second.leaderHttp().isEmpty());
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptionsInstanceOf(LcsException.class)
          .until(() -> client.transferLeadership("2") > 0);
      assertThat(numbers.next()).isGreaterThan(before);
      await().atMost(Duration.ofSeconds(60)).until(second::leads);
      assertThat(send(second, "DELETE", "/v1/members", "{\"id\":\"1\"}").body())
          .doesNotContain("\"id\":\"1\"");
      assertThat(numbers.next()).isGreaterThan(before + 1);
    }
  }
}
