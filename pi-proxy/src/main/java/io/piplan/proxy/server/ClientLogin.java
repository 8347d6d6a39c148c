package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.auth.CachingSha2Password;
import io.piplan.proxy.auth.NativePassword;
import io.piplan.proxy.protocol.AuthPlugin;
import io.piplan.proxy.protocol.Handshake;
import io.piplan.proxy.protocol.Packet;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

/**
 * Finds out whether a client is who it says, packet by packet; for a new connection and for
 * COM_CHANGE_USER. Names that nobody has are asked for an answer like all others.
 */
final class ClientLogin {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final byte[] NOBODY = {'?'};

  /** So that names which nobody has log in now as they did a moment ago. */
  private static final int SALT = RANDOM.nextInt();

  private final ProxyConfig config;
  private final String clientHost;
  private byte[] nonce = nonce();
  private ProxyUser user;
  private boolean known;
  private boolean asked;

  ClientLogin(ProxyConfig config, String clientHost) {
    this.config = config;
    this.clientHost = clientHost;
  }

  /** What to send next, and whether it is over. */
  sealed interface Step {}

  /** Another packet of the client is needed. */
  record Ask(AuthPlugin.Switch question) implements Step {}

  /**
   * The client is who it says.
   *
   * @param tells whether it waits to be told so before the OK
   */
  record Accepted(ProxyUser user, boolean tells) implements Step {}

  /** Bytes from 1 to 127: a zero would end the nonce, others may not survive in old clients. */
  static byte[] nonce() {
    byte[] nonce = new byte[Handshake.NONCE_LENGTH];
    for (int i = 0; i < nonce.length; i++) {
      nonce[i] = (byte) (1 + RANDOM.nextInt(127));
    }
    return nonce;
  }

  byte[] offeredNonce() {
    return nonce;
  }

  /**
   * The client's first answer.
   *
   * @param plugin how it computed that; null if it doesn't say
   */
  Step begin(String name, byte[] answer, String plugin) {
    known = config.user(name).isPresent();
    user = config.user(name).orElseGet(() -> ProxyUser.unknown(name, NOBODY, pluginOfNobody(name)));
    String used = plugin == null ? AuthPlugin.NATIVE_PASSWORD : plugin;
    // Clients that prefer another plugin than the greeting's have no nonce for it yet.
    if (used.equals(user.plugin()) && used.equals(AuthPlugin.NATIVE_PASSWORD)) {
      return verify(answer);
    }
    nonce = nonce();
    asked = true;
    return new Ask(new AuthPlugin.Switch(user.plugin(), nonce));
  }

  /** One of those that users have, as if it were one of theirs. */
  private String pluginOfNobody(String name) {
    List<String> plugins =
        config.users().values().stream().map(ProxyUser::plugin).sorted().toList();
    return plugins.isEmpty()
        ? AuthPlugin.NATIVE_PASSWORD
        : plugins.get(Math.floorMod(31 * name.hashCode() + SALT, plugins.size()));
  }

  /** The client's answer to {@link Ask}. */
  Step answer(Packet packet) {
    ByteBuf payload = packet.payload();
    byte[] answer = new byte[payload.readableBytes()];
    payload.getBytes(payload.readerIndex(), answer);
    // Some clients end an empty answer with a zero byte.
    return verify(answer.length == 1 && answer[0] == 0 ? new byte[0] : answer);
  }

  boolean isAsked() {
    return asked;
  }

  private Step verify(byte[] answer) {
    boolean sha2 = user.plugin().equals(AuthPlugin.CACHING_SHA2_PASSWORD);
    byte[] given =
        sha2 && answer.length == 1 && answer[0] == 0
            ? new byte[0]
            : Arrays.copyOf(answer, answer.length);
    boolean right =
        sha2
            ? CachingSha2Password.acceptsFast(user.password(), nonce, given)
            : NativePassword.accepts(user.password(), nonce, given);
    if (!right || !known) {
      throw new ProxyException(
          ProxyError.ACCESS_DENIED,
          "Access denied for user '"
              + user.name()
              + "'@'"
              + clientHost
              + "' (using password: "
              + (given.length == 0 ? "NO" : "YES")
              + ")");
    }
    return new Accepted(user, sha2 && given.length > 0);
  }
}
