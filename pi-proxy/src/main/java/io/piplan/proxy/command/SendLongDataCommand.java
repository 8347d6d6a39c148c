package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;

/** COM_STMT_SEND_LONG_DATA: a piece of a parameter. */
final class SendLongDataCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    context.forwardSilently(packet);
  }
}
