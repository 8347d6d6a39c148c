package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.ProxyError;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A client's answer to the handshake.
 *
 * @param schema null if none is asked for
 * @param plugin null if the client names none
 */
public record HandshakeResponse(
    int capabilities,
    long maxPacket,
    int collation,
    String user,
    byte[] answer,
    String schema,
    String plugin,
    Map<String, String> attributes) {
  /** A request to begin TLS is the answer's first part alone. */
  public static final int TLS_REQUEST_LENGTH = 32;

  private static final int FILLER = 23;
  private static final int MAX_ATTRIBUTES = 64 * 1024;

  public HandshakeResponse {
    attributes = Map.copyOf(attributes);
  }

  /** Whether the packet asks for TLS, after which the real answer comes. */
  public static boolean isTlsRequest(ByteBuf payload) {
    return payload.readableBytes() == TLS_REQUEST_LENGTH
        && Capability.has(payload.getIntLE(payload.readerIndex()), Capability.SSL);
  }

  public static HandshakeResponse read(ByteBuf payload) {
    PayloadReader in = new PayloadReader(payload, "handshake response");
    int capabilities = in.u2();
    if (!Capability.has(capabilities, Capability.PROTOCOL_41)) {
      throw new ProtocolException(
          ProxyError.BAD_HANDSHAKE,
          "bad handshake: a client of MySQL 4.0 or older, or none at all; use a newer one");
    }
    capabilities |= in.u2() << 16;
    long maxPacket = in.u4();
    int collation = in.u1();
    in.skip(FILLER);
    Charset charset = Collations.charset(collation);
    String user = in.nullTerminated(charset);
    byte[] answer;
    if (Capability.has(capabilities, Capability.PLUGIN_AUTH_LENENC)) {
      answer = in.lengthEncodedBytes();
    } else if (Capability.has(capabilities, Capability.SECURE_CONNECTION)) {
      answer = in.bytes(in.u1());
    } else {
      answer = in.nullTerminated();
    }
    String schema = null;
    if (Capability.has(capabilities, Capability.CONNECT_WITH_DB) && in.hasMore()) {
      schema = in.nullTerminated(charset);
    }
    String plugin = null;
    if (Capability.has(capabilities, Capability.PLUGIN_AUTH) && in.hasMore()) {
      plugin = in.nullTerminated(StandardCharsets.UTF_8);
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    if (Capability.has(capabilities, Capability.CONNECT_ATTRS) && in.hasMore()) {
      readAttributes(in, charset, attributes);
    }
    return new HandshakeResponse(
        capabilities,
        maxPacket,
        collation,
        user,
        answer,
        schema == null || schema.isEmpty() ? null : schema,
        plugin,
        attributes);
  }

  private static void readAttributes(
      PayloadReader in, Charset charset, Map<String, String> attributes) {
    long length = in.lengthEncoded();
    if (length < 0 || length > Math.min(in.remaining(), MAX_ATTRIBUTES)) {
      throw in.broken("connection attributes of " + Long.toUnsignedString(length) + " bytes");
    }
    int end = in.remaining() - (int) length;
    while (in.remaining() > end) {
      attributes.put(in.lengthEncodedText(charset), in.lengthEncodedText(charset));
    }
  }

  /** The first part alone, which asks for TLS. */
  public void writeTlsRequest(ByteBuf out, int sequence) {
    int at = Frames.begin(out);
    writeHead(new PayloadWriter(out));
    Frames.end(out, at, sequence);
  }

  public void write(ByteBuf out, int sequence) {
    int at = Frames.begin(out);
    PayloadWriter to = new PayloadWriter(out);
    Charset charset = Collations.charset(collation);
    writeHead(to);
    to.nullTerminated(user, charset);
    if (Capability.has(capabilities, Capability.PLUGIN_AUTH_LENENC)) {
      to.lengthEncodedBytes(answer);
    } else if (Capability.has(capabilities, Capability.SECURE_CONNECTION)) {
      to.u1(answer.length).bytes(answer);
    } else {
      to.nullTerminated(answer);
    }
    if (Capability.has(capabilities, Capability.CONNECT_WITH_DB)) {
      to.nullTerminated(schema == null ? "" : schema, charset);
    }
    if (Capability.has(capabilities, Capability.PLUGIN_AUTH)) {
      to.nullTerminated(plugin == null ? "" : plugin, StandardCharsets.UTF_8);
    }
    if (Capability.has(capabilities, Capability.CONNECT_ATTRS)) {
      writeAttributes(out, to, charset);
    }
    Frames.end(out, at, sequence);
  }

  private void writeAttributes(ByteBuf out, PayloadWriter to, Charset charset) {
    ByteBuf block = out.alloc().buffer();
    try {
      PayloadWriter inner = new PayloadWriter(block);
      attributes.forEach(
          (name, value) ->
              inner.lengthEncodedText(name, charset).lengthEncodedText(value, charset));
      to.lengthEncoded(block.readableBytes());
      out.writeBytes(block);
    } finally {
      block.release();
    }
  }

  private void writeHead(PayloadWriter to) {
    to.u4(capabilities).u4(maxPacket).u1(collation & 0xff).zeros(FILLER);
  }
}
