package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.admin.SessionFigures;
import io.piplan.proxy.admin.TransactionFigures;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Packet;
import java.util.Optional;
import java.util.function.Consumer;

/** A client's session. Only for its event loop's thread, except where it says so. */
interface Session {
  long id();

  /** Any thread may ask. */
  Worker worker();

  /** Any thread may ask. */
  String user();

  /**
   * Begins anew for this user. Calls one of the two back, at once or later.
   *
   * @param schema null for none
   */
  void loggedIn(ProxyUser who, String schema, Runnable told, Consumer<ErrPacket> refused);

  /** Runs one command; takes the packet over. */
  void run(Packet packet);

  /** Called about once a second. */
  default void checkTime(long now) {}

  /** Called once or more when the client is gone. */
  void end();

  /**
   * Whether its command still runs, and has its packet, though the client is gone. When that ends
   * it says so.
   */
  default boolean runsOn() {
    return false;
  }

  /** Whether it has nothing that a drain should wait for. */
  boolean mayEnd();

  /**
   * Ends what it does.
   *
   * @param queryOnly the statement only, or the whole session
   * @param itself whether it has asked for that itself
   * @param answer given null, or why not; on any thread
   */
  void killed(boolean queryOnly, boolean itself, Consumer<ErrPacket> answer);

  /** The current schema; null if none was chosen. */
  String schema();

  /** Where a statement runs now; empty if it runs nowhere, or on several nodes. */
  String node();

  /** Whether its user is an administrator. */
  boolean isAdmin();

  /**
   * The statement that an execution of a prepared one stands for, with its values; null if that
   * isn't known. Only while no command runs.
   *
   * @param payload of COM_STMT_EXECUTE; stays the caller's
   */
  default String boundText(ByteBuf payload) {
    return null;
  }

  /** For SHOW PI TRANSACTIONS; empty if it has none. */
  Optional<TransactionFigures> transaction();

  /** For SHOW PI SESSIONS. */
  SessionFigures figures();
}
