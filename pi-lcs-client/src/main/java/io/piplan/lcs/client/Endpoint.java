package io.piplan.lcs.client;

import io.netty.util.NetUtil;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a server listens: {@code host:port}, an IPv6 address in brackets. */
record Endpoint(String host, int port) {
  private static final Pattern TEXT =
      Pattern.compile("(?:\\[(?<v6>[^\\]]+)\\]|(?<host>[^:\\[\\]]+)):(?<port>\\d{1,5})");

  static Endpoint parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    int port = matcher.matches() ? Integer.parseInt(matcher.group("port")) : 0;
    if (port < 1 || port > 65_535) {
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          "'" + text + "' is no address of a server",
          "write host:port, such as 10.0.0.1:7301");
    }
    String host = matcher.group("v6") == null ? matcher.group("host") : matcher.group("v6");
    return new Endpoint(host, port);
  }

  /** Whether nothing has to be looked up for it. */
  boolean isNumeric() {
    return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
  }

  /** Looked up anew each time: a host may have moved. */
  @SuppressWarnings("AddressSelection") // one connection, to whichever comes first
  InetSocketAddress address() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
