package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;

/** COM_PING: is the proxy there? No data node is asked. */
final class PingCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    packet.release();
    context.ok();
  }
}
