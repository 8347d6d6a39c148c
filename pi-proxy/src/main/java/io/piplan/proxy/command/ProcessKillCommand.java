package io.piplan.proxy.command;

import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.PayloadReader;

/** COM_PROCESS_KILL: ends another session. */
final class ProcessKillCommand implements ClientCommand {
  private static final int LENGTH = 5;

  @Override
  public void run(CommandContext context, Packet packet) {
    try {
      if (packet.payload().readableBytes() != LENGTH) {
        context.refuse(
            ErrPacket.of(
                new ProxyException(
                    ProxyError.MALFORMED_PACKET,
                    "COM_PROCESS_KILL of "
                        + packet.payload().readableBytes()
                        + " bytes, expected "
                        + LENGTH)));
        return;
      }
      PayloadReader in = new PayloadReader(packet.payload(), "COM_PROCESS_KILL");
      in.skip(1);
      context.kill(in.u4(), false);
    } finally {
      packet.release();
    }
  }
}
