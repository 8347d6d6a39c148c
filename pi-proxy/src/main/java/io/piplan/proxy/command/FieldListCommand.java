package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ResponseWalker.Kind;

/** COM_FIELD_LIST: the columns of a table, one definition after the other. */
final class FieldListCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    context.forward(packet, Kind.ROWS, CommandContext.After.NOTHING);
  }
}
