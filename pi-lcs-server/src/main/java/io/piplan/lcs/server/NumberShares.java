package io.piplan.lcs.server;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * What connections may take: each so many numbers a second ({@link ServerLimit#RATE}), and those of
 * one address so many together ({@link ServerLimit#ADDRESS_RATE}), whichever way they ask; and how
 * many connections an address may have ({@link ServerLimit#ADDRESS_CONNECTIONS}). Any thread.
 */
final class NumberShares {
  /** Addresses without connections are kept while they owe something, and looked at beyond this. */
  private static final int REMEMBERED = 1_024;

  private static final int TIMES_AS_MANY = 2;

  private final long perConnection;
  private final long perAddress;
  private final long connectionsPerAddress;
  private final Map<Object, OfAddress> addresses = new HashMap<>();

  /** So many addresses are looked at next: rarely enough that it costs each connection little. */
  private int mostRemembered = REMEMBERED;

  private static final class OfAddress {
    private final Object host;
    private final NumberQuota quota;
    private int connections;

    OfAddress(Object host, NumberQuota quota) {
      this.host = host;
      this.quota = quota;
    }
  }

  NumberShares(ServerLimits limits) {
    this.perConnection = limits.of(ServerLimit.RATE);
    this.perAddress = limits.of(ServerLimit.ADDRESS_RATE);
    this.connectionsPerAddress = limits.of(ServerLimit.ADDRESS_CONNECTIONS);
  }

  /** Whether there is any limit of numbers: else nobody needs to look at the clock. */
  boolean limit() {
    return perConnection > 0 || perAddress > 0;
  }

  /** Of a connection that begins. */
  Share of(SocketAddress remote) {
    long now = System.nanoTime();
    return new Share(new NumberQuota(perConnection, now), enter(host(remote), now));
  }

  private static Object host(SocketAddress remote) {
    return remote instanceof InetSocketAddress internet && internet.getAddress() != null
        ? internet.getAddress()
        : String.valueOf(remote);
  }

  private synchronized OfAddress enter(Object host, long now) {
    if (addresses.size() >= mostRemembered) {
      addresses.values().removeIf(one -> one.connections == 0 && one.quota.full(now));
      mostRemembered = Math.max(REMEMBERED, TIMES_AS_MANY * addresses.size());
    }
    OfAddress address =
        addresses.computeIfAbsent(host, h -> new OfAddress(h, new NumberQuota(perAddress, now)));
    address.connections++;
    return address;
  }

  private synchronized int connections(OfAddress address) {
    return address.connections;
  }

  private synchronized void leave(OfAddress address) {
    address.connections--;
    if (address.connections == 0 && perAddress == 0) {
      // It can't owe anything.
      addresses.remove(address.host);
    }
  }

  /** How many addresses are known. */
  synchronized int addresses() {
    return addresses.size();
  }

  /** Of one connection. */
  final class Share {
    private final NumberQuota own;
    private final OfAddress address;

    private Share(NumberQuota own, OfAddress address) {
      this.own = own;
      this.address = address;
    }

    /** Why this connection is one too many, else null. */
    LcsException tooMany() {
      return connections(address) <= connectionsPerAddress
          ? null
          : new LcsException(
              LcsError.TOO_MANY_CONNECTIONS,
              connectionsPerAddress + " connections of this address are open",
              "share clients, or raise the servers' limit "
                  + ServerLimit.ADDRESS_CONNECTIONS.text());
    }

    /** Takes so many; why not, if it is too early, else null. */
    LcsException take(int count, long now) {
      if (!own.take(count, now)) {
        return exceeded("this connection has", perConnection, ServerLimit.RATE);
      }
      if (perAddress > 0 && !address.quota.take(count, now)) {
        own.giveBack(count);
        return exceeded(
            "the connections of this address have", perAddress, ServerLimit.ADDRESS_RATE);
      }
      return null;
    }

    void close() {
      leave(address);
    }
  }

  private static LcsException exceeded(String who, long most, ServerLimit limit) {
    return new LcsException(
        LcsError.OVERLOADED,
        who + " asked for more than " + most + " numbers a second",
        "ask for fewer, or raise the servers' limit " + limit.text());
  }
}
