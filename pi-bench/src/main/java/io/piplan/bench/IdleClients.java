package io.piplan.bench;

import io.piplan.bench.Sysbench.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Many logged-in connections that do nothing, without a driver's memory for each. */
final class IdleClients implements AutoCloseable {
  /** LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, SECURE_CONNECTION. */
  private static final int CAPABILITIES = 1 | 8 | 0x200 | 0x8000;

  private final List<Socket> sockets = new ArrayList<>();

  private IdleClients() {}

  /** Its user has no password. */
  static IdleClients open(Endpoint to, int count) {
    IdleClients clients = new IdleClients();
    try {
      for (int i = 0; i < count; i++) {
        clients.sockets.add(login(to));
      }
      return clients;
    } catch (IOException e) {
      clients.close();
      throw new BenchException(
          "connection " + (clients.sockets.size() + 1) + " of " + count + ": " + e.getMessage(), e);
    }
  }

  private static Socket login(Endpoint to) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), to.port());
    DataInputStream in = new DataInputStream(socket.getInputStream());
    packet(in);
    ByteArrayOutputStream response = new ByteArrayOutputStream();
    response.write(new byte[] {0, 0, 0, 1});
    for (int i = 0; i < 4; i++) {
      response.write(CAPABILITIES >>> (8 * i));
    }
    response.write(new byte[] {0, 0, 0, 1, 45});
    response.write(new byte[23]);
    response.write(to.user().getBytes(StandardCharsets.UTF_8));
    response.write(new byte[] {0, 0});
    response.write(to.schema().getBytes(StandardCharsets.UTF_8));
    response.write(0);
    byte[] packet = response.toByteArray();
    packet[0] = (byte) (packet.length - 4);
    socket.getOutputStream().write(packet);
    byte[] answer = packet(in);
    if (answer[0] != 0) {
      throw new IOException("refused: " + new String(answer, StandardCharsets.UTF_8));
    }
    return socket;
  }

  private static byte[] packet(DataInputStream in) throws IOException {
    int length = in.readUnsignedByte() | in.readUnsignedByte() << 8 | in.readUnsignedByte() << 16;
    in.readUnsignedByte();
    byte[] payload = new byte[length];
    in.readFully(payload);
    return payload;
  }

  @Override
  public void close() {
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        // Its end is all that is wanted.
      }
    }
  }
}
