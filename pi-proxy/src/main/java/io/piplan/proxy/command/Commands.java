package io.piplan.proxy.command;

import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Packet;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Which class runs which command. */
public final class Commands {
  private final Map<CommandCode, ClientCommand> all = new EnumMap<>(CommandCode.class);

  public Commands() {
    all.put(CommandCode.QUIT, new QuitCommand());
    all.put(CommandCode.INIT_DB, new InitDbCommand());
    all.put(CommandCode.QUERY, new QueryCommand());
    all.put(CommandCode.FIELD_LIST, new FieldListCommand());
    all.put(CommandCode.STATISTICS, new StatisticsCommand());
    all.put(CommandCode.PROCESS_KILL, new ProcessKillCommand());
    all.put(CommandCode.PING, new PingCommand());
    all.put(CommandCode.CHANGE_USER, new ChangeUserCommand());
    all.put(CommandCode.STMT_PREPARE, new PrepareCommand());
    all.put(CommandCode.STMT_EXECUTE, new ExecuteCommand());
    all.put(CommandCode.STMT_SEND_LONG_DATA, new SendLongDataCommand());
    all.put(CommandCode.STMT_CLOSE, new CloseStatementCommand());
    all.put(CommandCode.STMT_RESET, new ResetStatementCommand());
    all.put(CommandCode.SET_OPTION, new SetOptionCommand());
    all.put(CommandCode.STMT_FETCH, new FetchCommand());
    all.put(CommandCode.RESET_CONNECTION, new ResetConnectionCommand());
  }

  /**
   * Runs the packet's command; takes the packet over. An unknown one gets an error, not silence.
   */
  public void run(CommandContext context, Packet packet) {
    int first = packet.firstByte();
    Optional<CommandCode> code = first < 0 ? Optional.empty() : CommandCode.of(first);
    if (code.isEmpty()) {
      packet.release();
      context.refuse(
          ErrPacket.of(
              new ProxyException(
                  ProxyError.UNKNOWN_COMMAND,
                  first < 0
                      ? "an empty packet, expected a command"
                      : String.format("unknown command 0x%02x", first))));
      return;
    }
    all.get(code.get()).run(context, packet);
  }
}
