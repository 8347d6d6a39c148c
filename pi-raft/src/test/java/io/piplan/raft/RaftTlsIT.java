package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that show each other certificates. */
class RaftTlsIT {
  @TempDir static Path folder;
  private static RaftTls ours;
  private static RaftTls theirs;
  private static Group group;

  @BeforeAll
  static void start() throws Exception {
    ours = Authority.in(folder, "ours").member("our-member");
    theirs = Authority.in(folder, "theirs").member("their-member");
    group = Group.of(3, folder, options -> options.withTls(ours));
  }

  @AfterAll
  static void end() {
    group.close();
  }

  @Test
  void membersCommitReadAndHandOver() {
    RaftNode leader = group.leader();
    assertThat(Group.add(leader, "a", 1)).isEqualTo(1);
    RaftNode follower = group.follower();
    assertThat(Group.add(follower, "a", 1)).isEqualTo(2);
    assertThat(Group.get(follower, "a", RaftRead.LINEARIZABLE)).isEqualTo(2);
    leader.transferLeadership(follower.self().id(), Duration.ofSeconds(20));
    assertThat(Group.add(leader, "a", 1)).isEqualTo(3);
  }

  @Test
  void whoShowsACertificateOfOursIsHeard() throws Exception {
    assertThat(greeting(ours, ours.trusted())).isPositive();
  }

  @Test
  void whoShowsNoneIsCutOff() {
    assertThatThrownBy(() -> greeting(null, ours.trusted())).isInstanceOf(IOException.class);
  }

  @Test
  void whoShowsOneOfAnotherAuthorityIsCutOff() {
    assertThatThrownBy(() -> greeting(theirs, ours.trusted())).isInstanceOf(IOException.class);
  }

  @Test
  void whoTrustsAnotherAuthorityDoesNotTalkToUs() {
    assertThatThrownBy(() -> greeting(ours, theirs.trusted()))
        .hasMessageContaining("unable to find valid certification path");
  }

  /** First byte that a member says to somebody who speaks HTTP/2. */
  private static int greeting(RaftTls shown, Path trusted) throws Exception {
    KeyStore trust = KeyStore.getInstance("PKCS12");
    trust.load(null, null);
    trust.setCertificateEntry("ca", certificate(trusted));
    TrustManagerFactory trusting =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusting.init(trust);
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, null);
    if (shown != null) {
      own.setKeyEntry(
          "own",
          key(shown.key()),
          new char[0],
          new Certificate[] {certificate(shown.certificate())});
    }
    KeyManagerFactory showing =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    showing.init(own, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(showing.getKeyManagers(), trusting.getTrustManagers(), null);
    int port = group.members().get(0).port();
    try (SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.setSoTimeout(10_000);
      socket.startHandshake();
      socket
          .getOutputStream()
          .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0});
      int first = socket.getInputStream().read();
      if (first < 0) {
        throw new IOException("closed");
      }
      // The length of its SETTINGS, which begin with zeros.
      return first + 1;
    }
  }

  private static Certificate certificate(Path file) throws Exception {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static PrivateKey key(Path file) throws Exception {
    String text = Files.readString(file).replaceAll("-----[A-Z ]+-----|\\s", "");
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
  }

  /** It is there, and nobody talks to it: the others go on as two of three. */
  @Test
  void aMemberOfAnotherAuthorityStaysAlone(@TempDir Path files) {
    try (Group mixed =
        Group.of(
            3,
            files,
            options ->
                options.self().id().equals("3")
                    ? options.withCallTimeout(Duration.ofSeconds(2)).withTls(theirs)
                    : options.withTls(ours))) {
      RaftNode leader = mixed.leader();
      assertThat(leader.self().id()).isNotEqualTo("3");
      assertThat(Group.add(leader, "a", 1)).isEqualTo(1);
      RaftNode stranger = mixed.node("3");
      assertThatThrownBy(() -> Group.add(stranger, "a", 1)).hasMessageContaining("PI-RAFT-2001");
      assertThat(stranger.status().commitIndex()).isLessThan(0);
    }
  }

  @Test
  void filesThatAreNoCertificatesAreRefusedByName() throws Exception {
    Path empty = Files.createFile(folder.resolve("empty.pem"));
    RaftTls none = new RaftTls(folder.resolve("none.pem"), ours.key(), ours.trusted());
    RaftTls nothing = new RaftTls(ours.certificate(), ours.key(), empty);
    RaftTls noKey = new RaftTls(ours.certificate(), empty, ours.trusted());
    for (RaftTls wrong : List.of(none, nothing, noKey)) {
      assertThatThrownBy(() -> RaftNode.start(alone(wrong), new Counters()))
          .hasMessageContaining("PI-RAFT-1001")
          .hasMessageMatching("(?s).*(none|empty)\\.pem.*give .*");
    }
  }

  private static RaftOptions alone(RaftTls tls) {
    RaftMember self = RaftMember.of("1", "127.0.0.1", Group.freePort());
    return RaftOptions.of("alone", self, List.of(self), folder.resolve("alone")).withTls(tls);
  }

  @Test
  void nettySpeaksNoTls() {
    assertThatThrownBy(() -> alone(ours).withTransport(RaftOptions.Transport.NETTY))
        .hasMessageContaining("PI-RAFT-1001")
        .hasMessageContaining("use transport GRPC, or no TLS");
  }
}
