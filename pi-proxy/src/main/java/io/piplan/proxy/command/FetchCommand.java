package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ResponseWalker.Kind;

/** COM_STMT_FETCH: more rows of a cursor. */
final class FetchCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    context.forward(packet, Kind.ROWS, CommandContext.After.NOTHING);
  }
}
