package io.piplan.lcs.client;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Trust in whom a PEM file names, for the binary protocol and for HTTP. */
public final class PemTrust {
  private PemTrust() {}

  /**
   * For Java's HTTP client.
   *
   * @throws LcsException CONFIG_INVALID if the file has no certificates
   */
  public static SSLContext of(Path authorities) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers(authorities).getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw unusable(authorities, e);
    }
  }

  static TrustManagerFactory managers(Path authorities) {
    try (InputStream in = Files.newInputStream(authorities)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca" + number++, one);
      }
      if (number == 0) {
        throw new IOException("no certificate in it");
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      return trust;
    } catch (IOException | GeneralSecurityException e) {
      throw unusable(authorities, e);
    }
  }

  static LcsException unusable(Path authorities, Exception cause) {
    return new LcsException(
        LcsError.CONFIG_INVALID,
        authorities + " has no certificates: " + cause.getMessage(),
        "give a PEM file with those who signed the servers' certificates",
        cause);
  }
}
