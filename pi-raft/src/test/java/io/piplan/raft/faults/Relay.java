package io.piplan.raft.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Takes connections at an address and carries them on to the same port of 127.0.0.1. */
final class Relay implements AutoCloseable {
  private final int port;
  private final ServerSocket door;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final Direction requests = new Direction();
  private final Direction answers = new Direction();

  /** Of all connections. */
  private static final class Direction {
    private volatile boolean cut;
    private volatile long delayMillis;
  }

  Relay(InetAddress at, int port) throws IOException {
    this.port = port;
    this.door = new ServerSocket();
    door.setReuseAddress(true);
    door.bind(new InetSocketAddress(at, port), 100);
    daemon("relay-" + at.getHostAddress(), this::accept);
  }

  /** Nothing of what is asked arrives any more. */
  void cutRequests() {
    requests.cut = true;
    links.forEach(Link::harm);
  }

  /** Nothing of what is answered arrives any more. */
  void cutAnswers() {
    answers.cut = true;
    links.forEach(Link::harm);
  }

  void delay(long millis) {
    requests.delayMillis = millis;
    answers.delayMillis = millis;
  }

  void heal() {
    delay(0);
    requests.cut = false;
    answers.cut = false;
    links.stream().filter(link -> link.harmed).forEach(Link::reset);
  }

  void reset() {
    links.forEach(Link::reset);
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Link link = new Link(door.accept());
        links.add(link);
        if (requests.cut || answers.cut) {
          link.harm();
        }
        link.open();
      } catch (IOException e) {
        // The door was closed, or the member is down, of which the other hears by the reset.
        continue;
      }
    }
  }

  private final class Link {
    private final Socket client;
    private final Socket server = new Socket();

    /** Whether something of it may have been lost: then it is good for nothing any more. */
    private volatile boolean harmed;

    Link(Socket client) {
      this.client = client;
    }

    void harm() {
      harmed = true;
    }

    void open() throws IOException {
      try {
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
      } catch (IOException e) {
        reset();
        throw e;
      }
      daemon("relay-up-" + port, () -> pump(client, server, requests));
      daemon("relay-down-" + port, () -> pump(server, client, answers));
    }

    private void pump(Socket from, Socket to, Direction direction) {
      byte[] buffer = new byte[65_536];
      boolean lost = false;
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          if (direction.delayMillis > 0) {
            Thread.sleep(direction.delayMillis);
          }
          // TCP has no gaps: behind something that was lost nothing arrives.
          lost |= direction.cut;
          if (!lost) {
            out.write(buffer, 0, read);
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (IOException e) {
        // One end is gone; the other is told so.
        reset();
      }
      reset();
    }

    void reset() {
      links.remove(this);
      reset(client);
      reset(server);
    }

    private static void reset(Socket socket) {
      try (socket) {
        socket.setSoLinger(true, 0);
      } catch (IOException e) {
        // Closed already.
        return;
      }
    }
  }

  private static void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      door.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    reset();
  }
}
