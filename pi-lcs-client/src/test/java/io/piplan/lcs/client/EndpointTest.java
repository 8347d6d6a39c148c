package io.piplan.lcs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class EndpointTest {
  @Test
  void areReadAsTheyAreWritten() {
    for (String text : new String[] {"10.0.0.1:7301", "lcs-1.example:1", "[::1]:65535"}) {
      assertThat(Endpoint.parse(text)).hasToString(text);
    }
    for (String wrong : new String[] {"", "host", "host:0", "host:65536", "::1:7301", "h:99999"}) {
      assertThatThrownBy(() -> Endpoint.parse(wrong)).hasMessageContaining("PI-LCS-1001");
    }
  }

  @Test
  void aClientNeedsAServer() {
    assertThatThrownBy(() -> LcsClient.builder().build()).hasMessageContaining("no server");
  }
}
