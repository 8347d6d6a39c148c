package io.piplan.dts.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HiveServerTest {
  /** hive-jdbc quotes its whole URL when nobody answers. */
  @Test
  void secretsOfTheUrlAreInNoMessage() throws Exception {
    int port;
    try (ServerSocket nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = nobody.getLocalPort();
    }
    HiveServer server =
        new HiveServer(
            "thrift://127.0.0.1:1",
            "jdbc:hive2://127.0.0.1:" + port + "/default;trustStorePassword=hunter2;x=kept",
            "pi",
            new Secret.LiteralSecret(""),
            "",
            Map.of());
    DtsException failure =
        catchThrowableOfType(
            DtsException.class, () -> server.connect(Side.TARGET, Duration.ofSeconds(1)));
    assertThat(failure.getMessage()).contains("trustStorePassword=******").contains("x=kept");
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace, true));
    assertThat(trace.toString()).contains("Caused by").doesNotContain("hunter2");
  }
}
