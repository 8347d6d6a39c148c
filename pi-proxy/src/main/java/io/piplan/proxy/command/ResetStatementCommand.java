package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ResponseWalker.Kind;

/** COM_STMT_RESET. */
final class ResetStatementCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    context.forward(packet, Kind.SINGLE, CommandContext.After.NOTHING);
  }
}
