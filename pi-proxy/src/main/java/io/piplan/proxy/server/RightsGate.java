package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.rights.StatementRights;
import io.piplan.proxy.rights.UserRights;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** Lets the commands of a user pass who has not all rights, or refuses them. */
final class RightsGate {
  /** In which a byte of ASCII is ASCII, whatever is around it. */
  private static final Set<String> SAFE = Set.of("UTF-8", "ISO-8859-1", "windows-1252", "US-ASCII");

  private static final Set<CommandCode> TEXTS =
      Set.of(
          CommandCode.QUERY, CommandCode.STMT_PREPARE, CommandCode.INIT_DB, CommandCode.FIELD_LIST);

  private final UserRights rights;

  RightsGate(UserRights rights) {
    this.rights = rights;
  }

  /** Whether a command has a text, which takes the longer to look at the longer it is. */
  static boolean reads(Packet packet) {
    return code(packet).filter(TEXTS::contains).isPresent();
  }

  private static Optional<CommandCode> code(Packet packet) {
    return packet.firstByte() < 0 ? Optional.empty() : CommandCode.of(packet.firstByte());
  }

  /**
   * Looks at a command, which stays the caller's.
   *
   * @param schema the current one; null for none
   * @throws ProxyException if it may not run
   */
  void check(Packet packet, String schema, Charset charset) {
    Optional<CommandCode> code = code(packet);
    if (code.isEmpty()) {
      return;
    }
    switch (code.get()) {
      case QUERY, STMT_PREPARE -> {
        if (!SAFE.contains(charset.name())) {
          throw new ProxyException(
              ProxyError.NOT_SUPPORTED,
              "a user without all rights can't log in with the character set "
                  + charset
                  + "; use utf8mb4");
        }
        StatementRights all = new StatementRights(rights, schema);
        if (code.get() == CommandCode.QUERY) {
          all.check(text(packet, charset));
        } else {
          all.checkPrepared(text(packet, charset));
        }
      }
      case INIT_DB -> rights.checkSchema(text(packet, charset));
      case FIELD_LIST -> {
        String argument = text(packet, StandardCharsets.ISO_8859_1);
        int end = argument.indexOf('\0');
        String table = end < 0 ? argument : argument.substring(0, end);
        new StatementRights(rights, schema).check("DESCRIBE `" + table.replace("`", "``") + "`");
      }
      default -> {
        // About the session, or about what was looked at when it was prepared.
      }
    }
  }

  private static String text(Packet packet, Charset charset) {
    ByteBuf payload = packet.payload();
    return payload.toString(payload.readerIndex() + 1, payload.readableBytes() - 1, charset);
  }
}
