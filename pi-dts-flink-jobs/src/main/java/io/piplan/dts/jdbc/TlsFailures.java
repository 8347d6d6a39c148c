package io.piplan.dts.jdbc;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * Tells failures of TLS that no waiting cures from networks that were cut in the middle of a
 * handshake.
 */
public final class TlsFailures {
  public static final String REMEDY =
      "check 'tls' and 'tls.ca' of the catalog, the server's certificate (openssl s_client -starttls"
          + " mysql|postgres -connect HOST:PORT), and that 'hostname' is a name in it";

  private TlsFailures() {}

  /** What is wrong, in words; empty if it isn't about TLS, or may be a matter of the network. */
  public static Optional<String> reason(Throwable failure) {
    return reason(failure, "'tls.ca'");
  }

  /**
   * @param trust the option that says what is trusted
   */
  public static Optional<String> reason(Throwable failure, String trust) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      String lower = message.toLowerCase(Locale.ROOT);
      if (lower.contains("ssl connection required, but not")
          || lower.contains("does not support ssl")
          || lower.contains("mysql server does not support ssl")
          || lower.contains("unrecognized ssl message")) {
        return Optional.of("the server offers no encryption");
      }
      if (cause instanceof CertificateExpiredException) {
        return Optional.of("the server's certificate has expired: " + message);
      }
      if (cause instanceof CertificateNotYetValidException) {
        return Optional.of("the server's certificate is not valid yet: " + message);
      }
      if (cause instanceof CertPathBuilderException) {
        return Optional.of(
            "the server's certificate is not signed by a certificate that is trusted ("
                + trust
                + ")");
      }
      if (cause instanceof CertificateException && cause.getCause() == null) {
        return Optional.of("the server's certificate is refused: " + message);
      }
      if (cause instanceof SSLException
          && (lower.contains("received fatal alert")
              || lower.contains("no appropriate protocol"))) {
        return Optional.of("the server refuses: " + message);
      }
    }
    return Optional.empty();
  }
}
