package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ResponseWalker;
import io.piplan.proxy.protocol.ResponseWalker.Kind;

/** COM_STMT_EXECUTE. The connection is the one that prepared: a session keeps it for that long. */
final class ExecuteCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    context.forward(packet, Kind.RESULTS, walker -> ended(context.state(), walker));
  }

  private static void ended(SessionState state, ResponseWalker walker) {
    if (walker.lastInsertId() != 0) {
      state.lastInsertId(walker.lastInsertId());
    }
  }
}
