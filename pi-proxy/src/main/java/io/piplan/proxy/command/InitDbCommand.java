package io.piplan.proxy.command;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ResponseWalker.Kind;

/** COM_INIT_DB: another default schema. */
final class InitDbCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    ByteBuf payload = packet.payload();
    String schema =
        payload.toString(payload.readerIndex() + 1, payload.readableBytes() - 1, context.charset());
    context.forward(
        packet,
        Kind.RESULTS,
        walker -> {
          if (!walker.failed()) {
            context.state().schema(schema);
          }
        });
  }
}
