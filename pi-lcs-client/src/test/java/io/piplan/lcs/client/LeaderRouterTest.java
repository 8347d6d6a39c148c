package io.piplan.lcs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Servers that come late, change their minds and go, at real connections. */
class LeaderRouterTest {
  private ScriptedServer one;
  private ScriptedServer two;
  private ScriptedServer three;

  @BeforeEach
  void start() throws IOException {
    one = new ScriptedServer();
    two = new ScriptedServer();
    three = new ScriptedServer();
  }

  @AfterEach
  void end() throws IOException {
    one.close();
    two.close();
    three.close();
  }

  private static LcsClient client(Duration callTimeout, ScriptedServer... servers) {
    return LcsClient.builder()
        .servers(
            Arrays.stream(servers).map(ScriptedServer::address).collect(Collectors.joining(",")))
        .callTimeout(callTimeout)
        .build();
  }

  /** A connection that was there when it didn't lead may be the one to the next leader. */
  @Test
  void oneThatGreetsLateAndLeadsLaterIsFound() throws Exception {
    one.knows(two.address());
    two.leads(true).knows(two.address());
    three.knows(two.address()).greetsAfter(300);
    try (LcsClient client = client(Duration.ofSeconds(10), one, two, three)) {
      long before = client.sequence("a").next();
      // It has greeted by now, after the leader was found.
      Thread.sleep(600);
      one.knows(three.address());
      three.leads(true).knows(three.address());
      two.close();
      assertThat(client.sequence("a").next()).isGreaterThan(before);
    }
  }

  /** Who isn't the leader isn't kept. */
  @Test
  void oneThatGreetsLateIsLetGo() throws Exception {
    two.leads(true).knows(two.address());
    three.knows(two.address()).greetsAfter(300);
    try (LcsClient client = client(Duration.ofSeconds(10), one, two, three)) {
      client.sequence("a").next();
      assertThat(three.connections()).isEqualTo(1);
      long begun = System.nanoTime();
      while (three.connections() > 0 && System.nanoTime() - begun < 20_000_000_000L) {
        Thread.sleep(20);
      }
      assertThat(three.connections()).isZero();
    }
  }

  @Test
  void aNameIsLookedUp() {
    one.leads(true).knows(one.address());
    String named = one.address().replace("127.0.0.1", "localhost");
    try (LcsClient client =
        LcsClient.builder().servers(named).callTimeout(Duration.ofSeconds(30)).build()) {
      assertThat(client.sequence("a").next()).isPositive();
    }
    assertThat(Endpoint.parse(named).isNumeric()).isFalse();
    assertThat(Endpoint.parse(one.address()).isNumeric()).isTrue();
    assertThat(Endpoint.parse("[::1]:7301").isNumeric()).isTrue();
  }

  /** Nobody leads for longer than a call is tried, and nobody calls when somebody does again. */
  @Test
  void aLeaderIsFoundAfterALongTimeWithoutOne() throws Exception {
    try (LcsClient client = client(Duration.ofSeconds(3), one, two, three)) {
      assertThatThrownBy(() -> client.sequence("a").next()).hasMessageContaining("PI-LCS-2002");
      Thread.sleep(200);
      three.leads(true).knows(three.address());
      assertThat(client.sequence("a").next()).isPositive();
      three.leads(false).knows("");
      assertThatThrownBy(() -> client.sequence("a").next()).hasMessageContaining("PI-LCS-2002");
      Thread.sleep(200);
      one.leads(true).knows(one.address());
      assertThat(client.sequence("a").next()).isPositive();
    }
  }
}
