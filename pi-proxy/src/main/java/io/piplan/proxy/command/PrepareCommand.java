package io.piplan.proxy.command;

import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ResponseWalker.Kind;

/** COM_STMT_PREPARE: the statement is prepared on the data node, and its number is the node's. */
final class PrepareCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    SessionState state = context.state();
    if (state.prepared().size() >= context.maxPreparedStatements()) {
      packet.release();
      context.refuse(
          ErrPacket.of(
              new ProxyException(
                  ProxyError.TOO_MANY_STATEMENTS,
                  "this session has "
                      + state.prepared().size()
                      + " prepared statements, the most that it may have; close some, or raise"
                      + " max_prepared_statements")));
      return;
    }
    StatementScan scan = StatementScan.of(packet.payload(), packet.payload().readerIndex() + 1);
    StatementEffects.pin(scan, state);
    CommandContext.After after =
        walker -> {
          if (!walker.failed()) {
            state.prepared().put(walker.statementId(), scan.onlyReads());
          }
        };
    // From now on the session keeps its connection.
    if (scan.traits().contains(Trait.LAST_INSERT_ID) && !context.knowsLastInsertId()) {
      context.forwardWithInsertId(packet, Kind.PREPARE, after);
    } else {
      context.forward(packet, Kind.PREPARE, after);
    }
  }
}
