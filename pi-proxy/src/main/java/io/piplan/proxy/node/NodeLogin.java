package io.piplan.proxy.node;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.auth.CachingSha2Password;
import io.piplan.proxy.auth.NativePassword;
import io.piplan.proxy.protocol.AuthPlugin;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.protocol.Handshake;
import io.piplan.proxy.protocol.HandshakeResponse;
import io.piplan.proxy.protocol.OkPacket;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.PacketAssembler;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Logs in to a data node, then leaves the pipeline to a {@link NodeConnection}. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel
final class NodeLogin extends ChannelInboundHandlerAdapter {
  private static final int MAX_PACKET = 64 * 1024;
  private static final int BASE =
      Capability.LONG_PASSWORD
          | Capability.LONG_FLAG
          | Capability.PROTOCOL_41
          | Capability.TRANSACTIONS
          | Capability.SECURE_CONNECTION
          | Capability.PLUGIN_AUTH;

  /** What comes of it; called once. */
  interface Outcome {
    void loggedIn(NodeConnection connection);

    void failed(ProxyException failure);
  }

  private final NodeAddress node;
  private final WireShape shape;
  private final Outcome outcome;
  private PacketAssembler assembler;
  private Handshake handshake;
  private byte[] nonce;
  private String plugin;
  private boolean encrypted;
  private boolean keyAsked;
  private boolean over;

  NodeLogin(NodeAddress node, WireShape shape, Outcome outcome) {
    this.node = node;
    this.shape = shape;
    this.outcome = outcome;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    assembler = new PacketAssembler(context.alloc(), MAX_PACKET);
    context
        .executor()
        .schedule(
            () -> fail(context, "no login within " + node.connectTimeout().toMillis() + " ms"),
            node.connectTimeout().toMillis(),
            TimeUnit.MILLISECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    assembler.release();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    assembler.add((ByteBuf) message);
    try {
      Packet packet = assembler.next(-1);
      while (packet != null && !over) {
        try {
          packet(context, packet);
        } finally {
          packet.release();
        }
        packet = over ? null : assembler.next(-1);
      }
    } catch (ProxyException e) {
      fail(context, e.getMessage());
    } catch (GeneralSecurityException e) {
      fail(context, "caching_sha2_password: " + e.getMessage());
    }
  }

  private void packet(ChannelHandlerContext context, Packet packet)
      throws GeneralSecurityException {
    int next = (packet.lastSequence() + 1) & 0xff;
    int first = packet.firstByte();
    if (first == ErrPacket.ERR) {
      ErrPacket refusal = ErrPacket.read(packet.payload(), StandardCharsets.UTF_8);
      fail(context, "it refuses the login: " + refusal.number() + " " + refusal.message());
    } else if (handshake == null) {
      greeted(context, Handshake.read(packet.payload()), next);
    } else if (first == OkPacket.OK) {
      ready(context);
    } else if (first == AuthPlugin.SWITCH) {
      AuthPlugin.Switch asked = AuthPlugin.Switch.read(packet.payload());
      nonce = asked.nonce();
      plugin = asked.plugin();
      send(context, next, answer());
    } else if (first == AuthPlugin.MORE_DATA) {
      more(context, packet.payload().skipBytes(1), next);
    } else {
      fail(context, "it sent a packet that begins with " + first + " during the login");
    }
  }

  private void greeted(ChannelHandlerContext context, Handshake greeting, int sequence) {
    handshake = greeting;
    nonce = greeting.nonce();
    plugin = greeting.plugin();
    int missing = shape.capabilities() & ~greeting.capabilities();
    if (missing != 0) {
      throw new ProxyException(
          ProxyError.NODE_UNREACHABLE,
          "it lacks capabilities " + Integer.toHexString(missing) + " that other nodes have");
    }
    if (!plugin.equals(AuthPlugin.NATIVE_PASSWORD)
        && !plugin.equals(AuthPlugin.CACHING_SHA2_PASSWORD)) {
      // The server then asks for the plugin of the account.
      plugin = AuthPlugin.NATIVE_PASSWORD;
    }
    int capabilities = BASE | shape.capabilities();
    int next = sequence;
    if (node.tls() != null) {
      if (!Capability.has(greeting.capabilities(), Capability.SSL)) {
        throw new ProxyException(
            ProxyError.NODE_UNREACHABLE,
            "TLS is asked for and the node has none; configure it there, or set tls=off");
      }
      capabilities |= Capability.SSL;
      ByteBuf request = context.alloc().buffer();
      response(capabilities, new byte[0]).writeTlsRequest(request, next++);
      context.writeAndFlush(request);
      context.pipeline().addFirst(tlsHandler(context));
      encrypted = true;
    }
    ByteBuf out = context.alloc().buffer();
    response(capabilities, answer()).write(out, next);
    context.writeAndFlush(out);
  }

  private SslHandler tlsHandler(ChannelHandlerContext context) {
    SslHandler handler = node.tls().newHandler(context.alloc(), node.host(), node.port());
    if (node.checksHostName()) {
      SSLEngine engine = handler.engine();
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      engine.setSSLParameters(parameters);
    }
    return handler;
  }

  private HandshakeResponse response(int capabilities, byte[] answer) {
    return new HandshakeResponse(
        capabilities,
        1 << 30,
        shape.collation() > 255 ? 45 : shape.collation(),
        node.user(),
        answer,
        null,
        plugin,
        Map.of());
  }

  private byte[] answer() {
    return switch (plugin) {
      case AuthPlugin.NATIVE_PASSWORD -> NativePassword.answer(node.password(), nonce);
      case AuthPlugin.CACHING_SHA2_PASSWORD ->
          CachingSha2Password.fastAnswer(node.password(), nonce);
      default ->
          throw new ProxyException(
              ProxyError.NODE_UNREACHABLE,
              "user '"
                  + node.user()
                  + "' logs in by "
                  + plugin
                  + "; supported are mysql_native_password and caching_sha2_password");
    };
  }

  private void more(ChannelHandlerContext context, ByteBuf data, int sequence)
      throws GeneralSecurityException {
    if (keyAsked) {
      String pem = data.toString(StandardCharsets.US_ASCII);
      send(
          context,
          sequence,
          CachingSha2Password.fullAnswer(
              node.password(), nonce, CachingSha2Password.publicKey(pem)));
      return;
    }
    int what = data.isReadable() ? data.readUnsignedByte() : -1;
    if (what == AuthPlugin.FULL_AUTH_NEEDED && encrypted) {
      send(context, sequence, CachingSha2Password.fullAnswer(node.password()));
    } else if (what == AuthPlugin.FULL_AUTH_NEEDED) {
      keyAsked = true;
      send(context, sequence, new byte[] {AuthPlugin.PUBLIC_KEY_REQUEST});
    } else if (what != AuthPlugin.FAST_AUTH_DONE) {
      throw new ProxyException(
          ProxyError.NODE_UNREACHABLE, "unknown step " + what + " of " + plugin);
    }
  }

  private static void send(ChannelHandlerContext context, int sequence, byte[] payload) {
    ByteBuf out = context.alloc().buffer(payload.length + Frames.HEADER);
    ByteBuf body = io.netty.buffer.Unpooled.wrappedBuffer(payload);
    Frames.write(out, sequence, body);
    context.writeAndFlush(out);
  }

  private void ready(ChannelHandlerContext context) {
    over = true;
    NodeConnection connection = new NodeConnection(context.channel(), node, shape, handshake);
    context.pipeline().addLast(connection);
    context.pipeline().remove(this);
    outcome.loggedIn(connection);
  }

  private void fail(ChannelHandlerContext context, String why) {
    if (!over) {
      over = true;
      context.close();
      outcome.failed(new ProxyException(ProxyError.NODE_UNREACHABLE, "node " + node + ": " + why));
    }
  }

  /** There is no connection at all. */
  void notConnected(Throwable cause) {
    if (!over) {
      over = true;
      outcome.failed(
          new ProxyException(
              ProxyError.NODE_UNREACHABLE, "node " + node + ": " + cause.getMessage(), cause));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(context, "it closed the connection during the login");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(context, cause.toString());
  }
}
