package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;

/** COM_QUIT. */
final class QuitCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    packet.release();
    context.close();
  }
}
