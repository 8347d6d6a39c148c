package io.piplan.proxy.server;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * How many clients there are. Those who have not logged in are counted by themselves, and by where
 * they come from: whoever opens many connections keeps neither others nor those out who are in. Any
 * thread may ask.
 */
final class Places {
  /** Beside those for all, so that somebody can look what is wrong when these are taken. */
  static final int FOR_ADMINISTRATORS = 5;

  private final Map<String, Integer> loggingIn = new HashMap<>();
  private int waiting;
  private int in;

  /** One client's. Only for its event loop's thread. */
  final class Place {
    private final String from;
    private boolean isIn;

    private Place(String from) {
      this.from = from;
    }

    /**
     * The client has logged in, perhaps as another user than before.
     *
     * @return false if there are too many
     */
    boolean enter(boolean administrator, ProxyConfig.Limits limits) {
      if (isIn) {
        return true;
      }
      synchronized (Places.this) {
        long most = (long) limits.connections() + (administrator ? FOR_ADMINISTRATORS : 0);
        if (in >= most) {
          return false;
        }
        in++;
        hasNotToLogIn(from);
      }
      isIn = true;
      return true;
    }

    /** To be called once. */
    void leave() {
      synchronized (Places.this) {
        if (isIn) {
          in--;
        } else {
          hasNotToLogIn(from);
        }
      }
    }
  }

  /** Null if too many clients are logging in, from there or in all. */
  synchronized Place take(SocketAddress remote, ProxyConfig.Limits limits) {
    String from = network(remote);
    int beside = loggingIn.getOrDefault(from, 0);
    if (waiting >= limits.logins() || beside >= limits.loginsPerAddress()) {
      return null;
    }
    waiting++;
    loggingIn.put(from, beside + 1);
    return new Place(from);
  }

  private void hasNotToLogIn(String from) {
    waiting--;
    loggingIn.computeIfPresent(from, (key, count) -> count == 1 ? null : count - 1);
  }

  /** Who has an address of IPv6 has many: those of one subnet count as one. */
  private static String network(SocketAddress remote) {
    if (!(remote instanceof InetSocketAddress inet)) {
      return "local";
    }
    InetAddress address = inet.getAddress();
    return address instanceof Inet6Address
        ? Arrays.toString(Arrays.copyOf(address.getAddress(), 8))
        : address.getHostAddress();
  }
}
