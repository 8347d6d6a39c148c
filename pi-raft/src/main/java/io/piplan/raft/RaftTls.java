package io.piplan.raft;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;

/**
 * Certificates for what members say to each other; both sides show theirs.
 *
 * @param certificate PEM file with this member's chain, its own first
 * @param key PEM file with its private key, PKCS#8, no pass phrase
 * @param trusted PEM file with the authorities that members' certificates are signed by
 */
public record RaftTls(Path certificate, Path key, Path trusted) {

  /** What is wrong with a file shall be said at the start, with its name. */
  void check() {
    certificates(certificate, "the member's chain");
    certificates(trusted, "the authorities of all members");
    try {
      if (!Files.readString(key).contains("-----BEGIN PRIVATE KEY-----")) {
        throw wrong(key, "has no private key in PKCS#8 without a pass phrase", KEY, null);
      }
    } catch (IOException e) {
      throw wrong(key, "cannot be read: " + e, KEY, e);
    }
  }

  private static final String KEY = "the member's key, as openssl pkcs8 -topk8 -nocrypt writes it";

  private static void certificates(Path file, String meant) {
    try (InputStream in = Files.newInputStream(file)) {
      if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
        throw wrong(file, "has no certificate", meant, null);
      }
    } catch (IOException | CertificateException e) {
      throw wrong(file, "cannot be read: " + e, meant, e);
    }
  }

  private static RaftException wrong(Path file, String what, String meant, Exception cause) {
    return new RaftException(
        RaftError.CONFIG_INVALID, file + " " + what, "give a PEM file with " + meant, cause);
  }
}
