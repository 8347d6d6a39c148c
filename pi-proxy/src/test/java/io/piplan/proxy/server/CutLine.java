package io.piplan.proxy.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between proxy and node; while it is cut, connections end as soon as they are made. */
final class CutLine implements AutoCloseable {
  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private volatile boolean cut;

  CutLine(String host, int port) throws IOException {
    begin(
        () -> {
          while (true) {
            Socket client = listening.accept();
            if (cut) {
              client.close();
              continue;
            }
            Socket server = new Socket(host, port);
            open.add(client);
            open.add(server);
            if (cut) {
              // It was cut while this one was made, and may not have been seen there.
              client.close();
              server.close();
              continue;
            }
            begin(() -> copy(client, server));
            begin(() -> copy(server, client));
          }
        });
  }

  int port() {
    return listening.getLocalPort();
  }

  void cut(boolean wanted) throws IOException {
    cut = wanted;
    if (wanted) {
      for (Socket one : open) {
        one.close();
      }
      open.clear();
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void begin(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // One side has ended.
              }
            },
            "line");
    thread.setDaemon(true);
    thread.start();
  }

  private static void copy(Socket from, Socket to) throws IOException {
    try (from;
        to;
        InputStream in = from.getInputStream()) {
      in.transferTo(to.getOutputStream());
    }
  }

  @Override
  public void close() throws IOException {
    cut(true);
    listening.close();
  }
}
