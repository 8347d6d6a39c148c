package io.piplan.proxy.server;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.File;
import javax.net.ssl.SSLException;

/** What {@code tls=} and {@code ca=} of a dsn mean. */
final class NodeTls {
  private NodeTls() {}

  /**
   * Null for {@code off}.
   *
   * @param where the dsn stands, for messages
   */
  static SslContext context(String where, String tls, String ca) {
    try {
      return switch (tls) {
        case "off" -> null;
        case "on" ->
            SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .build();
        case "verify" -> {
          SslContextBuilder builder = SslContextBuilder.forClient();
          yield (ca == null ? builder : builder.trustManager(new File(ca))).build();
        }
        default ->
            throw new ConfigException(
                where + ": found tls=" + tls + ", expected tls=off, tls=on or tls=verify");
      };
    } catch (SSLException | IllegalArgumentException e) {
      throw new ConfigException(where + ": cannot use ca=" + ca + ": " + e, e);
    }
  }
}
