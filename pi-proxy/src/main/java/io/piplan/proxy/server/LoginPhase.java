package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.AuthPlugin;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.ChangeUser;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Handshake;
import io.piplan.proxy.protocol.HandshakeResponse;
import io.piplan.proxy.protocol.OkPacket;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ServerStatus;

/** The packets between a client's connecting (or COM_CHANGE_USER) and the OK. */
final class LoginPhase {
  private final ProxyContext proxy;
  private final ClientConnection client;
  private final Session session;
  private final ClientLogin login;
  private final boolean again;
  private boolean greeted;
  private boolean encrypted;
  private boolean accepted;
  private int sequence;
  private String schema;

  LoginPhase(ProxyContext proxy, ClientConnection client, Session session) {
    this(proxy, client, session, false);
  }

  private LoginPhase(ProxyContext proxy, ClientConnection client, Session session, boolean again) {
    this.proxy = proxy;
    this.client = client;
    this.session = session;
    this.login = new ClientLogin(proxy.config(), client.remoteHost());
    this.again = again;
  }

  /** The number that the client's next packet must have. */
  int nextSequence() {
    return sequence;
  }

  void greet() {
    ByteBuf out = client.channel().alloc().buffer();
    new Handshake(
            proxy.serverVersion(),
            (int) session.id(),
            login.offeredNonce(),
            proxy.capabilities(),
            proxy.node().collation(),
            ServerStatus.AUTOCOMMIT,
            AuthPlugin.NATIVE_PASSWORD)
        .write(out, 0);
    sequence = 1;
    client.write(out);
  }

  /** COM_CHANGE_USER: its answer is to a nonce of long ago, so it is asked for a new one. */
  static void changeUser(
      ProxyContext proxy, ClientConnection client, Session session, Packet packet) {
    LoginPhase phase = new LoginPhase(proxy, client, session, true);
    try {
      ChangeUser change =
          ChangeUser.read(packet.payload(), client.capabilities(), client.collation());
      phase.sequence = (packet.lastSequence() + 1) & 0xff;
      phase.greeted = true;
      phase.schema = change.schema();
      client.agreedOn(client.capabilities(), change.collation());
      client.loginAgain(phase);
      // No plugin has this name: whatever the answer is, another one is asked for.
      phase.take(phase.login.begin(change.user(), new byte[0], "none"));
    } catch (ProxyException e) {
      client.loginAgain(phase);
      phase.deny(ErrPacket.of(e));
    } finally {
      packet.release();
    }
  }

  /** Takes the packet over. */
  void packet(Packet packet) {
    sequence = (packet.lastSequence() + 1) & 0xff;
    try {
      if (accepted) {
        // A second answer would begin a second session beside the one that begins now.
        throw new ProxyException(
            ProxyError.BAD_HANDSHAKE, "a packet before the login was answered");
      } else if (greeted && login.isAsked()) {
        take(login.answer(packet));
      } else if (!greeted) {
        response(packet);
      } else {
        throw new ProxyException(
            ProxyError.BAD_HANDSHAKE, "a packet before the login was answered");
      }
    } catch (ProxyException e) {
      deny(ErrPacket.of(e));
    } finally {
      packet.release();
    }
  }

  private void response(Packet packet) {
    if (HandshakeResponse.isTlsRequest(packet.payload())) {
      if (proxy.config().tls() == null || encrypted) {
        throw new ProxyException(ProxyError.BAD_HANDSHAKE, "TLS is asked for and not offered here");
      }
      encrypted = true;
      client.startTls();
      return;
    }
    HandshakeResponse response = HandshakeResponse.read(packet.payload());
    greeted = true;
    client.agreedOn(response.capabilities() & proxy.capabilities(), response.collation());
    if (proxy.config().tlsRequired() && !encrypted) {
      throw new ProxyException(
          ProxyError.TLS_REQUIRED, "this proxy takes connections with TLS only; turn it on");
    }
    schema = response.schema();
    take(login.begin(response.user(), response.answer(), response.plugin()));
  }

  private void take(ClientLogin.Step step) {
    if (step instanceof ClientLogin.Ask ask) {
      ByteBuf out = client.channel().alloc().buffer();
      ask.question().write(out, sequence);
      sequence = (sequence + 1) & 0xff;
      client.write(out);
      return;
    }
    ClientLogin.Accepted found = (ClientLogin.Accepted) step;
    accepted = true;
    admit(found.user());
    client.loginIsAnswered();
    session.loggedIn(found.user(), schema, () -> tell(found), this::deny);
  }

  private void tell(ClientLogin.Accepted found) {
    if (client.isClosed()) {
      return;
    }
    ByteBuf out = client.channel().alloc().buffer();
    if (found.tells()) {
      AuthPlugin.writeMoreData(out, sequence, AuthPlugin.FAST_AUTH_DONE);
      sequence = (sequence + 1) & 0xff;
    }
    OkPacket.of(ServerStatus.AUTOCOMMIT).write(out, sequence, client.capabilities());
    client.write(out);
    client.loggedIn(found.user());
  }

  private void admit(ProxyUser user) {
    if (user.rights() != null && schema != null) {
      user.rights().checkSchema(schema);
    }
    if (!proxy.sessions().admit(session, user.name(), user.connections())) {
      throw new ProxyException(
          ProxyError.USER_LIMIT,
          "User '"
              + user.name()
              + "' has exceeded the 'max_connections' resource (current value: "
              + user.connections()
              + ")");
    }
    if (!client.enters(user)) {
      throw new ProxyException(
          ProxyError.TOO_MANY_CONNECTIONS,
          "Too many connections: the proxy takes "
              + proxy.config().limits().connections()
              + " (max_connections)");
    }
  }

  /** A client whose change of user fails is ended too: whose session it is would not be clear. */
  private void deny(ErrPacket error) {
    client.loginRefused(error);
    if (error.number() == ProxyError.ACCESS_DENIED.number()) {
      proxy.metrics().loginRefused();
    } else {
      proxy.metrics().proxyError();
    }
    ByteBuf out = client.channel().alloc().buffer();
    ErrPacket told =
        Capability.has(client.capabilities(), Capability.PROTOCOL_41) || again
            ? error
            : new ErrPacket(error.number(), "", error.message());
    told.write(out, sequence, client.charset());
    client.closeAfter(out);
  }
}
