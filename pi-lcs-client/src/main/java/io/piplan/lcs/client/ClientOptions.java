package io.piplan.lcs.client;

import io.netty.handler.ssl.SslContext;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What {@link LcsClient.Builder} has gathered, checked. */
record ClientOptions(
    List<Endpoint> servers,
    String token,
    Optional<SslContext> tls,
    Duration callTimeout,
    Duration attemptTimeout,
    Duration connectTimeout) {
  ClientOptions {
    servers = List.copyOf(servers);
    if (servers.isEmpty()) {
      throw new LcsException(
          LcsError.CONFIG_INVALID, "no server is given", "name one or more as host:port");
    }
    positive("callTimeout", callTimeout);
    positive("attemptTimeout", attemptTimeout);
    positive("connectTimeout", connectTimeout);
  }

  private static void positive(String name, Duration value) {
    if (value.toMillis() < 1 || value.toMillis() > Integer.MAX_VALUE) {
      throw new LcsException(
          LcsError.CONFIG_INVALID, name + " is " + value, "use a millisecond or more");
    }
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "servers " + servers + ", tls " + tls.isPresent() + ", call time-out " + callTimeout;
  }
}
