package io.piplan.dts.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HiveServerTest {
  private static final byte[] ALERT = {0x15, 3, 3, 0, 2, 2, 40};

  private static HiveServer server(int port, String more) {
    return new HiveServer(
        "thrift://127.0.0.1:1",
        "jdbc:hive2://127.0.0.1:" + port + "/default" + more,
        "pi",
        new Secret.LiteralSecret(""),
        "",
        Map.of());
  }

  private static DtsException failure(HiveServer server) {
    return catchThrowableOfType(
        DtsException.class, () -> server.connect(Side.TARGET, Duration.ofSeconds(10)));
  }

  /** What becomes of a login at a server that says this to whatever it hears first. */
  private static DtsException failure(byte[] answer, String more) throws Exception {
    try (ServerSocket door = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
      Thread answers =
          new Thread(
              () -> {
                while (!door.isClosed()) {
                  try (Socket client = door.accept()) {
                    client.getInputStream().read();
                    client.getOutputStream().write(answer);
                    client.getOutputStream().flush();
                    client.shutdownOutput();
                    client.getInputStream().readAllBytes();
                  } catch (IOException e) {
                    continue;
                  }
                }
              });
      answers.setDaemon(true);
      answers.start();
      return failure(server(door.getLocalPort(), more));
    }
  }

  @Test
  void aServerThatWantsTlsSaysSo() throws Exception {
    DtsException failure = failure(ALERT, "");
    assertThat(failure.error()).isEqualTo(DtsError.TARGET_TLS);
    assertThat(failure).hasMessageContaining("lets nobody in without");
  }

  @Test
  void aServerWithoutTlsIsNotWaitedFor() throws Exception {
    byte[] answer = "what is this?".getBytes(StandardCharsets.US_ASCII);
    DtsException failure = failure(answer, ";ssl=true");
    assertThat(failure.error()).isEqualTo(DtsError.TARGET_TLS);
    assertThat(failure).hasMessageContaining("offers no encryption");
  }

  @Test
  void aTrustStoreThatIsNotThereIsNamed() {
    DtsException failure = failure(server(1, ";ssl=true;sslTrustStore=/nowhere/trust.p12"));
    assertThat(failure.error()).isEqualTo(DtsError.TARGET_TLS);
    assertThat(failure).hasMessageContaining("/nowhere/trust.p12");
  }

  /** hive-jdbc quotes its whole URL when nobody answers. */
  @Test
  void secretsOfTheUrlAreInNoMessage() throws Exception {
    int port;
    try (ServerSocket nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = nobody.getLocalPort();
    }
    HiveServer server = server(port, ";trustStorePassword=hunter2;x=kept");
    DtsException failure =
        catchThrowableOfType(
            DtsException.class, () -> server.connect(Side.TARGET, Duration.ofSeconds(1)));
    assertThat(failure.getMessage()).contains("trustStorePassword=******").contains("x=kept");
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace, true));
    assertThat(trace.toString()).contains("Caused by").doesNotContain("hunter2");
  }
}
