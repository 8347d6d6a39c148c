package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ResponseWalker.Kind;

/** COM_SET_OPTION: several statements in one text, or not, on this connection. */
final class SetOptionCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    context.state().pin("COM_SET_OPTION");
    context.forward(packet, Kind.SINGLE, CommandContext.After.NOTHING);
  }
}
