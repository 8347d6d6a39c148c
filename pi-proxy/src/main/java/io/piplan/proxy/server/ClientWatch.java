package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.admin.StatementRun;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.PayloadReader;
import java.nio.charset.Charset;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * Looks at the commands of one client and at the beginnings of their answers, for the logs and the
 * statistics. It is only there if these are wanted. Only for the client's event loop.
 */
final class ClientWatch {
  private static final int BEGINNING = 200;

  /** MySQL's number for a connection that ended before its answer did. */
  private static final int ABORTED = 1152;

  private final ProxyContext proxy;

  /** The texts of prepared statements by their numbers. */
  private final Map<Integer, String> prepared = new HashMap<>();

  /** Characters of these. */
  private long kept;

  private Packet packet;
  private CommandCode code;
  private String sql;
  private Instant at;
  private long since;
  private long bytes;
  private boolean answered;
  private int error;
  private long changed;
  private int statement;
  private String node = "";

  ClientWatch(ProxyContext proxy) {
    this.proxy = proxy;
  }

  /** A command begins; the packet stays the caller's. */
  void begins(Packet command, Charset charset) {
    forget();
    code = command.firstByte() < 0 ? null : CommandCode.of(command.firstByte()).orElse(null);
    if (code == null) {
      return;
    }
    ByteBuf payload = command.payload();
    switch (code) {
      case QUERY, STMT_PREPARE ->
          sql = payload.toString(payload.readerIndex() + 1, payload.readableBytes() - 1, charset);
      case STMT_EXECUTE -> {
        sql = prepared.get(number(payload));
        packet = command;
        payload.retain();
        command.raw().retain();
      }
      case STMT_CLOSE -> {
        String closed = prepared.remove(number(payload));
        kept -= closed == null ? 0 : closed.length();
      }
      case RESET_CONNECTION, CHANGE_USER -> {
        prepared.clear();
        kept = 0;
      }
      default -> {
        // Nothing to write down.
      }
    }
    if (code == CommandCode.QUERY || code == CommandCode.STMT_EXECUTE) {
      at = Instant.now();
    }
    since = System.nanoTime();
  }

  private static int number(ByteBuf payload) {
    PayloadReader in = new PayloadReader(payload.duplicate(), "the number of a statement");
    in.skip(1);
    return in.remaining() < 4 ? 0 : in.i4();
  }

  /** Bytes of the answer, which stay the caller's. */
  void answers(ByteBuf out, Session session) {
    bytes += out.readableBytes();
    if (answered || code == null || out.readableBytes() <= Frames.HEADER) {
      return;
    }
    answered = true;
    node = session.node();
    int start = out.readerIndex() + Frames.HEADER;
    int first = out.getUnsignedByte(start);
    if (first == ErrPacket.ERR && out.readableBytes() >= Frames.HEADER + 3) {
      error = out.getUnsignedShortLE(start + 1);
    } else if (first == 0 && code == CommandCode.STMT_PREPARE) {
      statement = out.readableBytes() < Frames.HEADER + 5 ? 0 : out.getIntLE(start + 1);
    } else if (first == 0) {
      PayloadReader in = new PayloadReader(out.slice(start, out.writerIndex() - start), "an OK");
      in.skip(1);
      changed = in.lengthEncoded();
    }
  }

  /** The client has its answer. */
  void ended(Session session, String address) {
    ended(session, address, true);
  }

  /**
   * @param idle whether the session can be asked for the values of an execution
   */
  private void ended(Session session, String address, boolean idle) {
    if (code == CommandCode.STMT_PREPARE && statement != 0) {
      keep();
    } else if (at != null && sql != null) {
      long nanos = System.nanoTime() - since;
      boolean execution = code == CommandCode.STMT_EXECUTE;
      String bound =
          idle && execution && proxy.journal().isSlow(nanos)
              ? session.boundText(packet.payload())
              : null;
      proxy
          .journal()
          .ended(
              new StatementRun(
                  client(session, address),
                  sql,
                  execution,
                  bound,
                  at,
                  nanos,
                  bytes,
                  changed,
                  error,
                  node));
    }
    forget();
  }

  /** Beyond what a session may have only the beginnings are kept. */
  private void keep() {
    boolean room = kept + sql.length() <= proxy.config().limits().statementBytes();
    String text = room ? sql : sql.substring(0, Math.min(sql.length(), BEGINNING)) + " …";
    String before = prepared.put(statement, text);
    kept += text.length() - (before == null ? 0 : before.length());
  }

  /** The client is gone, or is sent away: what it had sent runs, or has run. */
  void left(Session session, String address) {
    if (code == CommandCode.QUERY || code == CommandCode.STMT_EXECUTE) {
      error = error == 0 ? ABORTED : error;
      node = answered ? node : session.node();
      ended(session, address, false);
    }
    forget();
  }

  static StatementRun.Client client(Session session, String address) {
    String schema = session.schema();
    return new StatementRun.Client(
        session.id(), session.user(), address, schema == null ? "" : schema);
  }

  /** Lets go of what it holds. */
  void forget() {
    if (packet != null) {
      packet.release();
      packet = null;
    }
    code = null;
    sql = null;
    at = null;
    bytes = 0;
    answered = false;
    error = 0;
    changed = 0;
    statement = 0;
    node = "";
  }
}
