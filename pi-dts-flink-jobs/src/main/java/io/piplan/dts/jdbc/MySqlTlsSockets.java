package io.piplan.dts.jdbc;

import com.mysql.cj.conf.PropertySet;
import com.mysql.cj.log.Log;
import com.mysql.cj.protocol.ServerSession;
import com.mysql.cj.protocol.SocketConnection;
import com.mysql.cj.protocol.StandardSocketFactory;
import java.io.Closeable;
import java.io.IOException;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLSocket;

/**
 * Connector/J's sockets with our TLS, which knows certificates in PEM files. Made by the driver,
 * which finds it by its name in the property {@code socketFactory}.
 */
public final class MySqlTlsSockets extends StandardSocketFactory {
  private Tls tls = Tls.UNSET;
  private String askedHost;

  public MySqlTlsSockets() {}

  @Override
  @SuppressWarnings("TypeParameterUnusedInFormals")
  public <T extends Closeable> T connect(
      String hostname, int port, PropertySet properties, int loginTimeout) throws IOException {
    askedHost = hostname;
    tls =
        new Tls(
            Tls.Mode.valueOf(value(properties, Tls.MODE_PROPERTY)),
            value(properties, Tls.CA_PROPERTY),
            value(properties, Tls.CERTIFICATE_PROPERTY),
            value(properties, Tls.KEY_PROPERTY));
    return super.connect(hostname, port, properties, loginTimeout);
  }

  private static String value(PropertySet properties, String name) {
    String value = properties.getStringProperty(name).getValue();
    return value == null ? "" : value;
  }

  @Override
  // The driver asks for a socket, whatever it calls it.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <T extends Closeable> T performTlsHandshake(
      SocketConnection connection, ServerSession session, Log log) throws IOException {
    try {
      SSLSocket secured = tls.sockets().around(rawSocket, askedHost, rawSocket.getPort());
      secured.startHandshake();
      sslSocket = secured;
      return (T) secured;
    } catch (GeneralSecurityException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
