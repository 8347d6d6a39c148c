package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;

/** COM_RESET_CONNECTION. */
final class ResetConnectionCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    packet.release();
    context.resetSession();
  }
}
