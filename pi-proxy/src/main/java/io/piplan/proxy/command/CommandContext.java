package io.piplan.proxy.command;

import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ResponseWalker;
import java.nio.charset.Charset;
import java.util.List;

/**
 * What a command can do for its client. A command calls exactly one of the methods that answer
 * ({@link #ok}, {@link #refuse}, {@link #rows}, {@link #forward}, …) or, if it has no response,
 * {@link #nothing}. It owns the packet, and {@link #forward} takes it over.
 */
public interface CommandContext {
  SessionState state();

  Charset charset();

  int maxPreparedStatements();

  /** Whether the session's connection is the one that its last statement ran on. */
  boolean knowsPrevious();

  /** Whether the session has run a statement at all. */
  boolean hasRun();

  /** Whether the session's connection has its last inserted id. */
  boolean knowsLastInsertId();

  void ok();

  void refuse(ErrPacket error);

  /** A result made here. */
  void rows(List<String> columns, List<List<String>> rows);

  /** A single packet with this text in it. */
  void text(String text);

  /** Sends the command to the data node as it is, and its response to the client as it comes. */
  void forward(Packet packet, ResponseWalker.Kind kind, After after);

  /** Gives the connection the session's last inserted id first, then forwards. */
  void forwardWithInsertId(Packet packet, ResponseWalker.Kind kind, After after);

  /** Forwards, after making sure that nobody else's statement was the last one there. */
  void forwardAsFirst(Packet packet, ResponseWalker.Kind kind, After after);

  /** Sends a command that has no response. */
  void forwardSilently(Packet packet);

  /** No response, and nothing to do. */
  void nothing();

  void changeUser(Packet packet);

  /** Begins anew on a connection without traces; then OK. */
  void resetSession();

  /**
   * @param queryOnly the statement only, or the whole session
   */
  void kill(long session, boolean queryOnly);

  /** Answers a statement about the proxy. */
  void admin(AdminStatement statement);

  void close();

  /** What a command does when its response was passed on. */
  interface After {
    After NOTHING = walker -> {};

    void ended(ResponseWalker walker);
  }
}
