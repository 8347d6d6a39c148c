package io.piplan.dts.flink;

import com.github.shyiko.mysql.binlog.io.ByteArrayOutputStream;
import com.github.shyiko.mysql.binlog.network.protocol.command.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * {@code COM_REGISTER_SLAVE}: makes the server list this connection among its replicas. The server
 * forgets it when the connection ends.
 *
 * @param host what the server shows as the replica's host
 */
record RegisterReplica(long serverId, String host) implements Command {
  private static final int COM_REGISTER_SLAVE = 21;
  private static final int NO_PORT = 0;
  private static final int NO_RANK = 0;
  private static final int ANY_SOURCE = 0;

  @Override
  public byte[] toByteArray() throws IOException {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.writeInteger(COM_REGISTER_SLAVE, 1);
    packet.writeLong(serverId, 4);
    text(packet, host);
    // The account that a replica would be known by; the server asks nobody with it.
    text(packet, "");
    text(packet, "");
    packet.writeInteger(NO_PORT, 2);
    packet.writeInteger(NO_RANK, 4);
    packet.writeInteger(ANY_SOURCE, 4);
    return packet.toByteArray();
  }

  private static void text(ByteArrayOutputStream packet, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    packet.writeInteger(bytes.length, 1);
    packet.write(bytes);
  }
}
