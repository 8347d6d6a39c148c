package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * COM_CHANGE_USER: another user on the same connection.
 *
 * @param schema null if none is asked for
 * @param collation that of the connection before if the client names none
 * @param plugin null if the client names none
 */
public record ChangeUser(String user, byte[] answer, String schema, int collation, String plugin) {
  /**
   * @param capabilities what the client said at its handshake
   */
  public static ChangeUser read(ByteBuf payload, int capabilities, int collationBefore) {
    PayloadReader in = new PayloadReader(payload, "COM_CHANGE_USER");
    in.skip(1);
    Charset charset = Collations.charset(collationBefore);
    String user = in.nullTerminated(charset);
    byte[] answer =
        Capability.has(capabilities, Capability.SECURE_CONNECTION)
            ? in.bytes(in.u1())
            : in.nullTerminated();
    String schema = in.nullTerminated(charset);
    int collation = in.remaining() >= 2 ? in.u2() : collationBefore;
    String plugin =
        Capability.has(capabilities, Capability.PLUGIN_AUTH) && in.hasMore()
            ? in.nullTerminated(StandardCharsets.UTF_8)
            : null;
    return new ChangeUser(user, answer, schema.isEmpty() ? null : schema, collation, plugin);
  }

  public void write(ByteBuf out, int capabilities, int collationBefore) {
    int at = Frames.begin(out);
    Charset charset = Collations.charset(collationBefore);
    PayloadWriter to = new PayloadWriter(out);
    to.u1(CommandCode.CHANGE_USER.number()).nullTerminated(user, charset);
    if (Capability.has(capabilities, Capability.SECURE_CONNECTION)) {
      to.u1(answer.length).bytes(answer);
    } else {
      to.nullTerminated(answer);
    }
    to.nullTerminated(schema == null ? "" : schema, charset).u2(collation);
    if (Capability.has(capabilities, Capability.PLUGIN_AUTH)) {
      to.nullTerminated(plugin == null ? "" : plugin, StandardCharsets.UTF_8);
    }
    Frames.end(out, at, 0);
  }
}
