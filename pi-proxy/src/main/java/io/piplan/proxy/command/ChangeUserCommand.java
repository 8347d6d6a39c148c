package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;

/** COM_CHANGE_USER. */
final class ChangeUserCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    context.changeUser(packet);
  }
}
