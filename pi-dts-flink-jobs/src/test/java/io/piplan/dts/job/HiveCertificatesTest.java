package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import io.piplan.dts.hive.HiveProbe;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.Side;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whose certificate is refused, by HiveServer2's driver and the metastore's client: of a server at
 * 127.0.0.2 that has one for {@code localhost}.
 */
class HiveCertificatesTest {
  @TempDir static Path folder;
  private static Path trusted;
  private static Path untrusted;
  private static SSLServerSocket door;

  @BeforeAll
  static void start() throws Exception {
    Certificates certificates = new Certificates(folder);
    certificates.authority("ca");
    certificates.authority("other");
    certificates.keyOf("server");
    certificates.sign("ca", "server", "server", "-ext", "san=dns:localhost");
    trusted = certificates.trustStore("ca");
    untrusted = certificates.trustStore("other");
    char[] password = Certificates.PASSWORD.toCharArray();
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    Path store = certificates.keyStore("server", "ca", "server");
    keys.init(KeyStore.getInstance(store.toFile(), password), password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    door =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 9, InetAddress.getByName("127.0.0.2"));
    Thread greeting = new Thread(HiveCertificatesTest::greet);
    greeting.setDaemon(true);
    greeting.start();
  }

  private static void greet() {
    while (!door.isClosed()) {
      try (SSLSocket client = (SSLSocket) door.accept()) {
        client.startHandshake();
      } catch (IOException e) {
        continue;
      }
    }
  }

  @AfterAll
  static void stop() throws IOException {
    door.close();
  }

  private static HiveServer server(Path trust) {
    String at = "127.0.0.2:" + door.getLocalPort();
    return new HiveServer(
        "thrift://" + at,
        "jdbc:hive2://%s/;ssl=true;sslTrustStore=%s;trustStorePassword=%s"
            .formatted(at, trust, Certificates.PASSWORD),
        "pi",
        new Secret.LiteralSecret(""),
        "",
        Map.of(
            "hive.metastore.use.SSL",
            new Secret.LiteralSecret("true"),
            "hive.metastore.truststore.path",
            new Secret.LiteralSecret(trust.toString()),
            "hive.metastore.truststore.password",
            new Secret.LiteralSecret(Certificates.PASSWORD)));
  }

  private static void refused(Path trust, String word) {
    DtsException hiveServer2 =
        catchThrowableOfType(
            DtsException.class, () -> server(trust).connect(Side.TARGET, Duration.ofSeconds(20)));
    assertThat(hiveServer2.error()).isEqualTo(DtsError.TARGET_TLS);
    assertThat(hiveServer2)
        .hasMessageContaining("HiveServer2 at 127.0.0.2")
        .hasMessageContaining(word);
    assertThat(hiveServer2.getMessage()).doesNotContain(Certificates.PASSWORD);
    try (HiveProbe probe = new HiveProbe(server(trust))) {
      DtsException metastore =
          catchThrowableOfType(DtsException.class, () -> probe.folder("default"));
      assertThat(metastore.error()).isEqualTo(DtsError.TARGET_TLS);
      assertThat(metastore)
          .hasMessageContaining("metastore thrift://127.0.0.2")
          .hasMessageContaining(word);
    }
  }

  @Test
  void anotherAuthorityIsNotTrusted() {
    refused(untrusted, "not signed by a certificate that is trusted");
  }

  /** 127.0.0.1 would do: the name that DNS has for it is what Hive compares. */
  @Test
  void anotherHostIsNotTrusted() {
    refused(trusted, "No subject alternative names matching IP address 127.0.0.2");
  }

  @Test
  void aTrustStoreThatIsNotThereIsNamed() {
    refused(Path.of("/nowhere/trust.p12"), "/nowhere/trust.p12");
  }
}
