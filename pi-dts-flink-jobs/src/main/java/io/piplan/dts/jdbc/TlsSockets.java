package io.piplan.dts.jdbc;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Puts TLS around connected sockets: the same for both drivers and for the binlog. Thread-safe. */
public final class TlsSockets {
  private final SSLSocketFactory factory;
  private final boolean checkHost;

  private TlsSockets(SSLSocketFactory factory, boolean checkHost) {
    this.factory = factory;
    this.checkHost = checkHost;
  }

  static TlsSockets of(Tls tls) throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys(tls), tls.verifies() ? trusted(tls) : anybody(), null);
    return new TlsSockets(context.getSocketFactory(), tls.mode() == Tls.Mode.VERIFY_IDENTITY);
  }

  SSLSocketFactory factory() {
    return factory;
  }

  /**
   * A socket that has yet to shake hands.
   *
   * @param host the one that was asked for, which the certificate is compared with
   */
  public SSLSocket around(Socket plain, String host, int port) throws IOException {
    SSLSocket socket = (SSLSocket) factory.createSocket(plain, host, port, true);
    if (checkHost) {
      SSLParameters parameters = socket.getSSLParameters();
      // The rule is the one of HTTPS: a name of the certificate, or its address, is the host.
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
    }
    return socket;
  }

  private static KeyManager[] keys(Tls tls) throws IOException, GeneralSecurityException {
    if (tls.certificate().isEmpty()) {
      return new KeyManager[0];
    }
    List<X509Certificate> chain = PemFiles.certificates(Path.of(tls.certificate()));
    PrivateKey key = PemFiles.key(Path.of(tls.key()));
    KeyStore store = empty();
    // In memory only; the store wants a password, and nobody else can ask it.
    char[] password = new char[0];
    store.setKeyEntry("own", key, password, chain.toArray(X509Certificate[]::new));
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, password);
    return managers.getKeyManagers();
  }

  private static TrustManager[] trusted(Tls tls) throws IOException, GeneralSecurityException {
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    if (tls.ca().isEmpty()) {
      managers.init((KeyStore) null);
    } else {
      KeyStore store = empty();
      int number = 0;
      for (X509Certificate certificate : PemFiles.certificates(Path.of(tls.ca()))) {
        store.setCertificateEntry("ca-" + number++, certificate);
      }
      managers.init(store);
    }
    return managers.getTrustManagers();
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    return store;
  }

  /** For {@link Tls.Mode#REQUIRED}: encrypted, with whomever. */
  private static TrustManager[] anybody() {
    return new TrustManager[] {new Anybody()};
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException("we are the client");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // Nobody asked who the server is.
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
