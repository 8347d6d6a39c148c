package io.piplan.proxy.server;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that may do what no driver does. Its user has no password. */
final class RawClient implements Closeable {
  private static final int CAPABILITIES = 0x00000001 | 0x00000200 | 0x00008000 | 0x00000008;

  private static final int PLUGIN_AUTH = 0x00080000;

  private final Socket socket;
  private final DataInputStream in;

  private RawClient(int port) throws IOException {
    this(port, InetAddress.getLoopbackAddress());
  }

  private RawClient(int port, InetAddress from) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port, from, 0);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
  }

  /** Connected only: the greeting is not read. */
  static RawClient connect(int port) throws IOException {
    return new RawClient(port);
  }

  /** As above, from another address of this machine. */
  static RawClient connect(int port, String from) throws IOException {
    return new RawClient(port, InetAddress.getByName(from));
  }

  /** Logs in after the greeting was read; gives the answer. */
  byte[] logIn(String user, String schema) throws IOException {
    send(1, response(user, schema, 45, CAPABILITIES));
    return packet();
  }

  /** Logged in. */
  static RawClient login(int port, String user, String schema) throws IOException {
    return login(port, user, schema, 45);
  }

  /** As above, with another character set. */
  static RawClient login(int port, String user, String schema, int collation) throws IOException {
    return login(port, user, schema, collation, CAPABILITIES);
  }

  /** As above, with more capabilities. */
  static RawClient loginWith(int port, String user, String schema, int more) throws IOException {
    return login(port, user, schema, 45, CAPABILITIES | more);
  }

  private static RawClient login(
      int port, String user, String schema, int collation, int capabilities) throws IOException {
    RawClient client = new RawClient(port);
    client.packet();
    client.send(1, response(user, schema, collation, capabilities));
    byte[] answer = client.packet();
    if (answer[0] != 0) {
      throw new IOException("refused: " + new String(answer, StandardCharsets.UTF_8));
    }
    return client;
  }

  private static byte[] response(String user, String schema, int collation, int capabilities)
      throws IOException {
    ByteArrayOutputStream response = new ByteArrayOutputStream();
    for (int i = 0; i < 4; i++) {
      response.write(capabilities >>> (8 * i));
    }
    response.write(new byte[] {0, 0, 0, 1, (byte) collation});
    response.write(new byte[23]);
    response.write((user + "\0\0" + schema + "\0").getBytes(StandardCharsets.UTF_8));
    return response.toByteArray();
  }

  /** Asked for an answer to another nonce, which is to be packet 3. */
  static RawClient asked(int port, String user, String schema) throws IOException {
    RawClient client = new RawClient(port);
    client.packet();
    ByteArrayOutputStream response = new ByteArrayOutputStream();
    response.write(response(user, schema, 45, CAPABILITIES | PLUGIN_AUTH));
    response.write("none\0".getBytes(StandardCharsets.UTF_8));
    client.send(1, response.toByteArray());
    client.packet();
    return client;
  }

  void send(int sequence, byte[] payload) throws IOException {
    bytes(framed(sequence, payload));
  }

  static byte[] framed(int sequence, byte[] payload) {
    byte[] framed = new byte[payload.length + 4];
    framed[0] = (byte) payload.length;
    framed[1] = (byte) (payload.length >>> 8);
    framed[2] = (byte) (payload.length >>> 16);
    framed[3] = (byte) sequence;
    System.arraycopy(payload, 0, framed, 4, payload.length);
    return framed;
  }

  static byte[] query(String sql) {
    return query(sql.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] query(byte[] text) {
    byte[] payload = new byte[text.length + 1];
    payload[0] = 3;
    System.arraycopy(text, 0, payload, 1, text.length);
    return payload;
  }

  void bytes(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  void readTimeout(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  /** The next packet's payload. */
  byte[] packet() throws IOException {
    int length = in.readUnsignedByte() | in.readUnsignedByte() << 8 | in.readUnsignedByte() << 16;
    in.readUnsignedByte();
    byte[] payload = new byte[length];
    in.readFully(payload);
    return payload;
  }

  /** The number of an error. */
  static int error(byte[] payload) {
    return (payload[0] & 0xff) != 0xff ? 0 : (payload[1] & 0xff) | (payload[2] & 0xff) << 8;
  }

  /** Whether the other side has closed, after whatever it still sent. */
  boolean isEnded() throws IOException {
    try {
      while (in.read() >= 0) {
        // What was sent before.
      }
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
