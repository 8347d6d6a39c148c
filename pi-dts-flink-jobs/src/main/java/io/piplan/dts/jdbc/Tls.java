package io.piplan.dts.jdbc;

import io.piplan.dts.DtsException;
import java.io.IOException;
import java.io.Serializable;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * How connections to a server are encrypted. Holds names of files, which are read whenever a
 * connection is opened: a certificate that was renewed counts from the next connection on.
 *
 * @param mode null where nobody has chosen: {@link Mode#PREFERRED}, and for MySQL on this machine
 *     {@link Mode#DISABLED}
 * @param ca file of the certificates (PEM) that the server's must be signed by; empty for those
 *     that Java trusts
 * @param certificate file of our own certificate (PEM), for servers that want one; empty for none
 * @param key file of its key (PEM, not encrypted)
 */
public record Tls(Mode mode, String ca, String certificate, String key) implements Serializable {
  /** From nothing to everything. */
  public enum Mode {
    DISABLED,
    /** Encrypted if the server can; does not say who the server is. */
    PREFERRED,
    /** Encrypted; does not say who the server is. */
    REQUIRED,
    /** The server's certificate is signed by one that is trusted. */
    VERIFY_CA,
    /** And it is for the host that was asked for. */
    VERIFY_IDENTITY
  }

  public static final Tls UNSET = new Tls(null, "", "", "");

  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1", "[::1]");

  /** Names under which the settings come to our socket factories through the drivers. */
  static final String CA_PROPERTY = "piTlsCa";

  static final String CERTIFICATE_PROPERTY = "piTlsCertificate";
  static final String KEY_PROPERTY = "piTlsKey";
  static final String MODE_PROPERTY = "piTlsMode";

  public Tls {
    Objects.requireNonNull(ca, "ca");
    Objects.requireNonNull(certificate, "certificate");
    Objects.requireNonNull(key, "key");
  }

  /** Whether the host is this machine, inside of which nothing needs protection. */
  public static boolean isLoopback(String host) {
    return LOOPBACK.contains(host);
  }

  /** Whether a certificate is looked at. */
  public boolean verifies() {
    return mode == Mode.VERIFY_CA || mode == Mode.VERIFY_IDENTITY;
  }

  /** Whether our own sockets are used: a driver's own would look for files of other kinds. */
  public boolean usesOwnSockets() {
    return verifies() || mode == Mode.REQUIRED;
  }

  /** What Connector/J is told. */
  public Map<String, String> mySqlProperties(String host) {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("sslMode", mySqlMode(host));
    if (usesOwnSockets()) {
      properties.put("socketFactory", MySqlTlsSockets.class.getName());
      properties.putAll(ownProperties());
    }
    return properties;
  }

  /** As MySQL's clients call it. Whatever is verified is so by our own sockets. */
  public String mySqlMode(String host) {
    if (mode == null) {
      return isLoopback(host) ? "DISABLED" : "PREFERRED";
    }
    return usesOwnSockets() ? "REQUIRED" : mode.name();
  }

  /** What pgJDBC is told. */
  Map<String, String> postgresProperties() {
    if (mode == null) {
      return Map.of();
    }
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put(
        "sslmode",
        switch (mode) {
          case DISABLED -> "disable";
          case PREFERRED -> "prefer";
          case REQUIRED, VERIFY_CA, VERIFY_IDENTITY -> "require";
        });
    if (usesOwnSockets()) {
      properties.put("sslfactory", PostgresTlsSockets.class.getName());
      properties.putAll(ownProperties());
    }
    return properties;
  }

  private Map<String, String> ownProperties() {
    return Map.of(
        MODE_PROPERTY,
        mode.name(),
        CA_PROPERTY,
        ca,
        CERTIFICATE_PROPERTY,
        certificate,
        KEY_PROPERTY,
        key);
  }

  /** Sockets as these settings want them. */
  public TlsSockets sockets() throws IOException, GeneralSecurityException {
    return TlsSockets.of(this);
  }

  /** Reads the files, so that what is wrong with them is found before a server is asked. */
  void requireFiles(Side side) {
    if (!usesOwnSockets()) {
      return;
    }
    try {
      sockets();
    } catch (IOException | GeneralSecurityException e) {
      throw new DtsException(
          side.tls(),
          "TLS cannot be set up: " + e.getMessage(),
          "correct 'tls.ca', 'tls.cert' or 'tls.key'; the files are read on every machine that"
              + " connects",
          e);
    }
  }
}
