package io.piplan.proxy.command;

import io.piplan.proxy.protocol.Packet;

/** COM_STMT_CLOSE, which has no response. */
final class CloseStatementCommand implements ClientCommand {
  private static final int LENGTH = 5;

  @Override
  public void run(CommandContext context, Packet packet) {
    boolean known =
        packet.payload().readableBytes() == LENGTH
            && context
                    .state()
                    .prepared()
                    .remove(packet.payload().getIntLE(packet.payload().readerIndex() + 1))
                != null;
    if (known) {
      context.forwardSilently(packet);
    } else {
      packet.release();
      context.nothing();
    }
  }
}
