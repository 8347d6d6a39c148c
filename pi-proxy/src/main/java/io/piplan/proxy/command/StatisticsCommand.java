package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;

/** COM_STATISTICS: one line about the proxy. */
final class StatisticsCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    packet.release();
    context.text("Pi Plan proxy. SHOW PI SESSIONS, SHOW PI POOLS and SHOW PI NODES tell more.");
  }
}
