package io.piplan.proxy.node;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.protocol.Collations;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.protocol.ResponseWalker.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** Brings a connection to the state of the session that gets it, one command after the other. */
final class Preparation {
  private final NodeConnection connection;
  private final Deque<byte[]> commands = new ArrayDeque<>();

  private Preparation(NodeConnection connection) {
    this.connection = connection;
  }

  /** Whether the connection can be brought there at all; if not, another one is needed. */
  static boolean isPossible(NodeConnection connection, NodePool.Request request) {
    if (!connection.shape().equals(request.shape())) {
      return false;
    }
    if (connection.schema != null && request.schema() == null) {
      return false;
    }
    return !needsReset(connection, request) || canReset(connection);
  }

  /** Whether nothing has to be done. */
  static boolean isNone(NodeConnection connection, NodePool.Request request) {
    return connection.shape().equals(request.shape())
        && !connection.dirty
        && connection.settings.equals(request.settings())
        && (request.schema() == null
            ? connection.schema == null
            : request.schema().equals(connection.schema));
  }

  private static boolean needsReset(NodeConnection connection, NodePool.Request request) {
    return connection.dirty || !begins(request.settings(), connection.settings);
  }

  private static boolean begins(SessionSettings whole, SessionSettings beginning) {
    int size = beginning.settings().size();
    return size <= whole.settings().size()
        && whole.settings().subList(0, size).equals(beginning.settings());
  }

  /** MariaDB keeps the charset of the handshake over a reset, MySQL goes back to the server's. */
  private static boolean canReset(NodeConnection connection) {
    return isMariaDb(connection) || CharsetOfLogin.set(connection.shape()).isPresent();
  }

  private static boolean isMariaDb(NodeConnection connection) {
    return connection.handshake().serverVersion().contains("MariaDB");
  }

  static void run(
      NodeConnection connection,
      NodePool.Request request,
      Runnable prepared,
      Consumer<ErrPacket> refused) {
    Preparation preparation = new Preparation(connection);
    preparation.plan(request);
    preparation.next(request, prepared, refused);
  }

  private void plan(NodePool.Request request) {
    List<SessionSettings.Setting> missing = request.settings().settings();
    if (needsReset(connection, request)) {
      commands.add(new byte[] {(byte) CommandCode.RESET_CONNECTION.number()});
      if (!isMariaDb(connection)) {
        CharsetOfLogin.set(connection.shape())
            .ifPresent(
                sql ->
                    commands.add(
                        command(CommandCode.QUERY, sql.getBytes(StandardCharsets.US_ASCII))));
      }
    } else {
      missing = missing.subList(connection.settings.settings().size(), missing.size());
    }
    if (request.schema() != null && !request.schema().equals(connection.schema)) {
      commands.add(
          command(
              CommandCode.INIT_DB,
              request.schema().getBytes(Collations.charset(request.shape().collation()))));
    }
    for (SessionSettings.Setting setting : missing) {
      commands.add(command(CommandCode.QUERY, setting.sql().getBytes(StandardCharsets.ISO_8859_1)));
    }
  }

  private static byte[] command(CommandCode code, byte[] text) {
    byte[] whole = new byte[text.length + 1];
    whole[0] = (byte) code.number();
    System.arraycopy(text, 0, whole, 1, text.length);
    return whole;
  }

  private void next(NodePool.Request request, Runnable prepared, Consumer<ErrPacket> refused) {
    byte[] command = commands.poll();
    if (command == null) {
      connection.dirty = false;
      connection.settings = request.settings();
      connection.schema = request.schema();
      prepared.run();
      return;
    }
    // Until all is done nobody knows its state.
    connection.dirty = true;
    if (command[0] == (byte) CommandCode.RESET_CONNECTION.number()) {
      connection.statements().forget();
    }
    connection.send(
        framed(connection, command),
        Kind.RESULTS,
        new Collected(() -> next(request, prepared, refused), refused));
  }

  static ByteBuf query(NodeConnection connection, String sql) {
    return framed(connection, command(CommandCode.QUERY, sql.getBytes(StandardCharsets.UTF_8)));
  }

  static ByteBuf prepare(NodeConnection connection, String sql) {
    return framed(
        connection, command(CommandCode.STMT_PREPARE, sql.getBytes(StandardCharsets.UTF_8)));
  }

  private static ByteBuf framed(NodeConnection connection, byte[] command) {
    ByteBuf out = connection.allocate(command.length + Frames.HEADER);
    Frames.write(out, 0, io.netty.buffer.Unpooled.wrappedBuffer(command));
    return out;
  }
}
