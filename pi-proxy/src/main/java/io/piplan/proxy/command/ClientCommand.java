package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;

/** One kind of command; has no state of its own. */
interface ClientCommand {
  void run(CommandContext context, Packet packet);
}
