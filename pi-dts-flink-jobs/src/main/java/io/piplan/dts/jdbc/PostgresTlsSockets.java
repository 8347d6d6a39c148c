package io.piplan.dts.jdbc;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.Properties;
import org.postgresql.ssl.WrappedFactory;

/**
 * pgJDBC's sockets with our TLS. Made by the driver, which finds it by its name in the property
 * {@code sslfactory}.
 */
public final class PostgresTlsSockets extends WrappedFactory {
  private final TlsSockets sockets;

  /**
   * @param properties those of the connection
   */
  public PostgresTlsSockets(Properties properties) throws IOException, GeneralSecurityException {
    sockets =
        new Tls(
                Tls.Mode.valueOf(properties.getProperty(Tls.MODE_PROPERTY)),
                properties.getProperty(Tls.CA_PROPERTY, ""),
                properties.getProperty(Tls.CERTIFICATE_PROPERTY, ""),
                properties.getProperty(Tls.KEY_PROPERTY, ""))
            .sockets();
    factory = sockets.factory();
  }

  @Override
  public Socket createSocket(Socket plain, String host, int port, boolean close)
      throws IOException {
    return sockets.around(plain, host, port);
  }
}
