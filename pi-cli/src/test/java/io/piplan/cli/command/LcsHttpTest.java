package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;

/** Where a token goes along to. */
class LcsHttpTest {
  private static final URI SERVER = URI.create("https://10.0.0.1:7401/v1/members");

  @Test
  void theLeaderIsFollowedWithTlsOnly() {
    assertThat(LcsHttp.followed(SERVER, "https://10.0.0.2:7401/v1/members"))
        .isEqualTo(URI.create("https://10.0.0.2:7401/v1/members"));
    assertThatThrownBy(() -> LcsHttp.followed(SERVER, "http://10.0.0.2:7401/v1/members"))
        .hasMessageContaining("10.0.0.2:7401 as the leader, without TLS");
    assertThat(LcsHttp.followed(URI.create("http://a:1/x"), "http://b:1/x"))
        .isEqualTo(URI.create("http://b:1/x"));
  }
}
