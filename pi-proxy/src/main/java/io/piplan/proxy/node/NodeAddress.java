package io.piplan.proxy.node;

import io.netty.handler.ssl.SslContext;
import java.time.Duration;

/**
 * A data node and how to log in.
 *
 * @param password as bytes of UTF-8; never printed
 * @param tls null: plain
 */
public record NodeAddress(
    String name,
    String host,
    int port,
    String user,
    byte[] password,
    SslContext tls,
    boolean checksHostName,
    Duration connectTimeout) {
  @Override
  public String toString() {
    return name + " (" + host + ":" + port + ")";
  }
}
