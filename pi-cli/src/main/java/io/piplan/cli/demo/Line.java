package io.piplan.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The network between two sites, as far as the demo can cut it: passes TCP on to a server. */
final class Line implements AutoCloseable {
  private final ServerSocket door;
  private final int serverPort;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  Line(int serverPort) throws IOException {
    this.serverPort = serverPort;
    this.door = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    daemon(this::accept);
  }

  int port() {
    return door.getLocalPort();
  }

  /** Ends all connections, and lets no new one through until it is healed. */
  void cut() {
    cut = true;
    open.forEach(Line::reset);
  }

  void heal() {
    cut = false;
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        Socket server = new Socket();
        open.add(client);
        open.add(server);
        if (cut) {
          end(client, server);
        } else {
          server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort));
          daemon(() -> pass(client, server));
          daemon(() -> pass(server, client));
        }
      } catch (IOException e) {
        // The door was closed, or the server is down: whoever asked hears of that by himself.
      }
    }
  }

  private void pass(Socket from, Socket to) {
    byte[] buffer = new byte[16_384];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0 && !cut; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    } catch (IOException e) {
      // One end is gone; the other is told so below.
    }
    end(from, to);
  }

  private void end(Socket from, Socket to) {
    open.remove(from);
    open.remove(to);
    reset(from);
    reset(to);
  }

  private static void reset(Socket socket) {
    try (socket) {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // Closed already.
    }
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "demo-line");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    door.close();
    cut();
  }
}
