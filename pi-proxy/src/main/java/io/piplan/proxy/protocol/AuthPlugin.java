package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Names of ways to log in, and the packets that go to and fro between handshake and OK. */
public final class AuthPlugin {
  public static final String NATIVE_PASSWORD = "mysql_native_password";
  public static final String CACHING_SHA2_PASSWORD = "caching_sha2_password";

  /** Second byte of {@link #MORE_DATA}: the answer was right, an OK follows. */
  public static final int FAST_AUTH_DONE = 3;

  /** Second byte of {@link #MORE_DATA}: the server needs the password itself. */
  public static final int FULL_AUTH_NEEDED = 4;

  /** What a client sends to get the server's RSA key. */
  public static final int PUBLIC_KEY_REQUEST = 2;

  /** First byte of data that only the plugin understands. */
  public static final int MORE_DATA = 1;

  /** First byte of a demand to log in in another way. */
  public static final int SWITCH = 0xfe;

  private AuthPlugin() {}

  /** A demand to answer this nonce by that plugin. */
  public record Switch(String plugin, byte[] nonce) {
    public static Switch read(ByteBuf payload) {
      PayloadReader in = new PayloadReader(payload, "authentication switch");
      in.skip(1);
      if (!in.hasMore()) {
        throw in.broken("the old authentication of MySQL 4.0, which is not supported");
      }
      String plugin = in.nullTerminated(StandardCharsets.UTF_8);
      byte[] nonce = in.rest();
      int length =
          nonce.length > 0 && nonce[nonce.length - 1] == 0 ? nonce.length - 1 : nonce.length;
      return new Switch(plugin, Arrays.copyOf(nonce, length));
    }

    public void write(ByteBuf out, int sequence) {
      int at = Frames.begin(out);
      new PayloadWriter(out)
          .u1(SWITCH)
          .nullTerminated(plugin, StandardCharsets.UTF_8)
          .bytes(nonce)
          .u1(0);
      Frames.end(out, at, sequence);
    }
  }

  /** One byte for the client's plugin. */
  public static void writeMoreData(ByteBuf out, int sequence, int what) {
    int at = Frames.begin(out);
    out.writeByte(MORE_DATA).writeByte(what);
    Frames.end(out, at, sequence);
  }
}
