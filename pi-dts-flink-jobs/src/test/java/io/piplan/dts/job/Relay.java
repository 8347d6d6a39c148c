package io.piplan.dts.job;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;

/**
 * A network between clients and a server that a test can break: connections end in the middle of a
 * message, or stay open while nothing arrives any more.
 */
public final class Relay implements AutoCloseable {
  private static final long NEVER = Long.MAX_VALUE;

  private final ServerSocket door;
  private volatile int serverPort;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicLong bytesToCut = new AtomicLong(NEVER);
  private final AtomicLong answersToForget = new AtomicLong(NEVER);

  public Relay(int serverPort) throws IOException {
    this.serverPort = serverPort;
    this.door = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    daemon("relay-" + serverPort, this::accept);
  }

  public int port() {
    return door.getLocalPort();
  }

  /** Leads to another server from now on, as an address does that moves; ends all connections. */
  void leadTo(int port) {
    serverPort = port;
    cut();
  }

  /** Ends all connections at once, with a reset. */
  void cut() {
    links.forEach(Link::reset);
  }

  /** Ends all connections in the middle of what is sent, either way; waits for it. */
  void cutAfter(long bytes) {
    bytesToCut.set(bytes);
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> bytesToCut.get() == NEVER);
  }

  /** After so many bytes of answers nothing more of them arrives on the present connections. */
  public void forgetAnswersAfter(long bytes) {
    answersToForget.set(bytes);
  }

  /** From now on nothing arrives on the present connections, though both ends stay open. */
  void forget() {
    links.forEach(link -> link.forgetsRequests = true);
    forgetAnswers();
  }

  /** The server still gets what the present clients send, and its answers are lost. */
  void forgetAnswers() {
    links.forEach(link -> link.forgetsAnswers = true);
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        Link link = new Link(client, new Socket());
        links.add(link);
        link.open();
      } catch (IOException e) {
        // The door was closed, or the server is down, of which the client hears by the reset.
      }
    }
  }

  private final class Link {
    private final Socket client;
    private final Socket server;
    private volatile boolean forgetsRequests;
    private volatile boolean forgetsAnswers;

    Link(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void open() throws IOException {
      try {
        server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort), 5_000);
      } catch (IOException e) {
        reset();
        throw e;
      }
      daemon("relay-up-" + serverPort, () -> pump(client, server, true));
      daemon("relay-down-" + serverPort, () -> pump(server, client, false));
    }

    private void pump(Socket from, Socket to, boolean requests) {
      byte[] buffer = new byte[8192];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          if (requests ? forgetsRequests : forgetsAnswers) {
            continue;
          }
          if (!requests && answersToForget.get() != NEVER) {
            long left = answersToForget.addAndGet(-read);
            if (left <= 0) {
              out.write(buffer, 0, (int) Math.max(0, read + left));
              answersToForget.set(NEVER);
              forgetAnswers();
              continue;
            }
          }
          if (bytesToCut.get() != NEVER) {
            long left = bytesToCut.addAndGet(-read);
            if (left <= 0) {
              out.write(buffer, 0, (int) Math.max(0, read + left));
              bytesToCut.set(NEVER);
              cut();
              return;
            }
          }
          out.write(buffer, 0, read);
        }
      } catch (IOException e) {
        // One end is gone; the other is told so below.
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
      }
    }
  }

  private static void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    door.close();
    cut();
  }
}
