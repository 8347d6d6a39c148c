package io.piplan.proxy.command;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ResponseWalker;
import io.piplan.proxy.protocol.ResponseWalker.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** COM_QUERY: one or several statements as text. */
final class QueryCommand implements ClientCommand {
  @Override
  public void run(CommandContext context, Packet packet) {
    ByteBuf payload = packet.payload();
    int from = payload.readerIndex() + 1;
    StatementScan scan = StatementScan.of(payload, from);
    boolean single = scan.statements().size() == 1;
    Optional<AdminStatement> admin;
    try {
      admin = AdminStatement.of(scan, payload);
    } catch (ProxyException e) {
      packet.release();
      context.refuse(ErrPacket.of(e));
      return;
    }
    if (admin.isPresent()) {
      packet.release();
      context.admin(admin.get());
    } else if (single && scan.word(0).equals("KILL")) {
      packet.release();
      kill(context, scan);
    } else if (scan.traits().contains(Trait.PREVIOUS_RESULT)
        && !context.knowsPrevious()
        && context.hasRun()) {
      packet.release();
      context.refuse(lostContext());
    } else {
      forward(context, packet, scan, single);
    }
  }

  private static ErrPacket lostContext() {
    return ErrPacket.of(
        new ProxyException(
            ProxyError.NOT_SUPPORTED,
            "this statement asks about the one before (its rows, warnings or errors), whose"
                + " connection was given to another session meanwhile; ask at once, in the same"
                + " transaction, or raise maximum_pool_size"));
  }

  private static void forward(
      CommandContext context, Packet packet, StatementScan scan, boolean single) {
    SessionState state = context.state();
    if (single && scan.word(0).equals("USE")) {
      String schema = scan.statements().get(0).size() > 1 ? scan.statements().get(0).get(1) : null;
      context.forward(
          packet,
          Kind.RESULTS,
          walker -> {
            if (!walker.failed()) {
              state.schema(schema);
            }
          });
      return;
    }
    SetStatement set = null;
    if (single && scan.word(0).equals("SET") && !scan.traits().contains(Trait.USER_VARIABLE)) {
      ByteBuf payload = packet.payload();
      set =
          SetStatement.of(
              payload.toString(
                  payload.readerIndex() + 1,
                  payload.readableBytes() - 1,
                  StandardCharsets.ISO_8859_1));
      if (set.pin() != null) {
        state.pin(set.pin());
      }
    } else {
      StatementEffects.pin(scan, state);
    }
    SetStatement known = set;
    CommandContext.After after = walker -> ended(state, known, walker);
    if (scan.traits().contains(Trait.LAST_INSERT_ID) && !context.knowsLastInsertId()) {
      context.forwardWithInsertId(packet, Kind.RESULTS, after);
    } else if (scan.traits().contains(Trait.PREVIOUS_RESULT) && !context.knowsPrevious()) {
      context.forwardAsFirst(packet, Kind.RESULTS, after);
    } else {
      context.forward(packet, Kind.RESULTS, after);
    }
  }

  private static void ended(SessionState state, SetStatement set, ResponseWalker walker) {
    if (walker.lastInsertId() != 0) {
      state.lastInsertId(walker.lastInsertId());
    }
    if (set == null) {
      return;
    }
    if (walker.failed()) {
      // Which of its variables were set isn't known.
      state.pin("a SET statement that failed");
    } else if (set.setting() != null) {
      state.add(set.setting());
    }
  }

  private static void kill(CommandContext context, StatementScan scan) {
    KillStatement kill;
    try {
      kill = KillStatement.of(scan);
    } catch (ProxyException e) {
      context.refuse(ErrPacket.of(e));
      return;
    }
    context.kill(kill.session(), kill.queryOnly());
  }
}
